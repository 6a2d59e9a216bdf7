"""What the pages of sampling frames ask."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Form, Line


class TakingUp(Form):
    sha256 = Line(_("SHA-256 of the frame"), _("64 digits, as the command printed them"))
