"""A file input for a table, whatever is in it."""

from __future__ import annotations

from typing import Any

from quality.core.words import _
from quality.pages.forms.fields import Files, Form
from quality.workbooks.columns import Columns
from quality.workbooks.reading import SUFFIXES


class TableForm(Form):
    file = Files(_("Choose the workbook"), accept=",".join(SUFFIXES), many=False)

    def __init__(self, columns: Columns, sent: Any = None) -> None:
        super().__init__(sent)
        most = columns.most_bytes >> 20
        self.file.description = str(
            _("XLSX, or CSV in UTF-8 or GB18030, up to %(most)s MB. It is only looked at first.", most=most)
        )
