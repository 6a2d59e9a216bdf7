"""What became of a row of somebody's table."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
ROWS: dict[str, dict[str, Text]] = {
    "standard_row": {  # of an uploaded library
        "new":   _("new"),
        "other": _("a new version"),
        "same":  _("unchanged"),
        "held":  _("held up by another row"),
        "wrong": _("to mend"),
    },
    "row_state": {  # of a laboratory's workbook
        "good":    _("can be entered"),
        "wrong":   _("to mend"),
        "held":    _("held up by another row"),
        "already": _("entered before, unchanged"),
        "blank":   _("not filled in"),
    },
    "answer_row": {  # of a platform's workbook
        "good":    _("can be recorded"),
        "wrong":   _("to mend"),
        "already": _("answered before, unchanged"),
        "blank":   _("not filled in"),
    },
}
# fmt: on
