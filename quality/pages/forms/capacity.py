"""What a laboratory says it can take in a week, and how long it needs."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Form, Line, Whole


class CapacityForm(Form):
    item = Line(_("Test item"), _("Empty: whatever is tested"), optional=True)
    per_week = Whole(_("Samples a week"), optional=True)
    days = Whole(_("Days to the report"), _("Calendar days from the receipt of the sample"), optional=True)
