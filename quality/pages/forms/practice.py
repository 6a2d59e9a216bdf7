"""How an agency looks for itself."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Form, Whole


class PracticeForm(Form):
    second_look_percent = Whole(
        _("Claims that two persons look at, in per cent"), _("0: none; 100: every claim. Which ones, nobody chooses.")
    )
