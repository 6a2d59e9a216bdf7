"""What a capsule is to hold, and what it is for."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Choice, Form, Paragraph


class Asking(Form):
    variant = Choice(_("What is to be in it"))
    why = Paragraph(
        _("What it is for"),
        _("The court, authority or party, and its case. It stands in the record; of a whole one it must be said"),
        rows=2,
        optional=True,
    )
