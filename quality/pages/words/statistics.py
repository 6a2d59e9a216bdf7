"""Words of the figures in public: why there is no estimate, and why something was bought and has no result."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
STATISTICS: dict[str, dict[str, Text]] = {
    "why_not": {  # publication/estimates.py
        "risk_targeted": _("Chosen by risk: counts only. Nobody knows how likely each listing was to be chosen, so that no rate of these says anything of all listings on sale."),
        "too_few":       _("Too few were tested to say anything of all listings."),
        "no_sizes":      _("How many listings each stratum had is not known any more, so that nothing can be said of all of them."),
        "thin_stratum":  _("In one stratum fewer than two were tested: nothing says how its listings differ, and so nothing can be said of all of them."),
    },
    "no_result": {  # publication/counting.py
        "transferred_untested": _("Handed over untested"),
        "refused_by_lab":       _("Refused by the laboratory"),
        "test_impossible":      _("Impossible to test"),
        "label_only":           _("Concluded on the label, untested"),
        "not_in_force":         _("Tested, but without a result in force"),
    },
}
# fmt: on
