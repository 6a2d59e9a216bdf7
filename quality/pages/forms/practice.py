"""How an agency looks for itself."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Form, Paragraph, Whole


class PracticeForm(Form):
    second_look_percent = Whole(
        _("Claims that two persons look at, in per cent"), _("0: none; 100: every claim. Which ones, nobody chooses.")
    )
    capture_hosts = Paragraph(
        _("Hosts whose pages a program may capture"),
        _("One a line, as item.example.com or *.example.com. Only where their terms allow it. Empty: none."),
        optional=True,
    )
