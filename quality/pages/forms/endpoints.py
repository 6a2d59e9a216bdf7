"""What is asked of a platform for its endpoints and its mailbox."""

from __future__ import annotations

from quality.core.words import _
from quality.pages.forms.account import needed
from quality.pages.forms.fields import Form, Line, Moment


class EndpointForm(Form):
    url = Line(
        _("Address"),
        _("https on the public network, as in https://example.org/notices; it cannot be changed afterwards"),
        validators=[needed(_("Enter the address"))],
    )


class CodeForm(Form):
    code = Line(
        _("Code of the test"),
        _("It stands in the test that your system received, under data.code; such as 7F3K-92QD-4B8M"),
        validators=[needed(_("Enter the code"))],
    )


class SinceForm(Form):
    since = Moment(
        _("Since when"),
        _("Beijing time, such as 2026-10-09 09:52"),
        validators=[needed(_("Enter since when messages are missing"))],
    )


class ContactForm(Form):
    email = Line(
        _("Mailbox of your desk"),
        _("Empty: no mail. A mail proves no receipt; it calls somebody to this portal"),
        optional=True,
    )
