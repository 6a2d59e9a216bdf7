"""Where a platform's test system listens."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.fields import Form, Line


class Starting(Form):
    url = Line(_("Address of your test system"), _("https, on the public network; sample notices are sent there"))
