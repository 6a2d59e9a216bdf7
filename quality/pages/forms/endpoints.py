"""What is asked of a platform for its endpoints and its mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quality.core.words import Text, _
from quality.delivery.reaching import ORDERS
from quality.notices.models import Way
from quality.pages.forms.account import needed
from quality.pages.forms.fields import Choice, Form, Line, Moment
from quality.pages.words import word


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


class ReachForm(Form):
    """The order of ways travels as their codes with commas."""

    order = Choice(_("In this order"), _("Each has a day; the letter comes last, for it needs nothing of you"))
    recipient = Line(_("Who takes post in"), _("A person or a department; empty: the house"), optional=True)
    address = Line(_("Postal address"), _("Where documents are served on you; with the postal code"), optional=True)

    def __init__(self, *sent: Any, **given: Any) -> None:
        super().__init__(*sent, **given)
        self.order.offer({code_of(order): in_words(order) for order in ORDERS})

    def ways(self) -> list[Way]:
        return [Way(code) for code in (self.order.data or "").split(",")]


def code_of(order: Sequence[Way]) -> str:
    return ",".join(order)


def in_words(order: Sequence[Way]) -> Text:
    first, second, third = (word("way", way) for way in order)
    return _("%(first)s, %(second)s, %(third)s", first=first, second=second, third=third)
