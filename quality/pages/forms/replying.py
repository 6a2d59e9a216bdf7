"""What is asked of whoever replies to a result in public: a party by its link, a platform, or the agency for one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.words import _
from quality.lab.models import Finding
from quality.notices.models import NoticeItem
from quality.objections.models import Letter, Party
from quality.pages.forms.fields import Choice, Form, Moment, Paragraph
from quality.pages.forms.findings import is_nonconforming
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.replies import write

SHOWN_WHOLE = _(
    "Everybody reads it beside the result, word for word, as what you say and not as what the agency found. The agency "
    "shows it as it is, or tells you why not; it never changes it."
)


def statement_field() -> Paragraph:
    return Paragraph(
        _("What is to be shown"),
        _("At most 2,000 characters. No names of people, telephone numbers or mail addresses"),
        rows=8,
    )


class Replying(Form):
    statement = statement_field()


class Entering(Form):
    party = Choice(_("Whose reply it is"))
    received_at = Moment(_("Received by the agency"), _("Beijing time"))
    statement = statement_field()


def replying(_letter: Letter) -> Replying:
    return Replying()


def entering(_session: Session, _finding: Finding, _me: Actor) -> Entering:
    form = Entering(data={"received_at": clock.now()})
    form.party.offer({party.value: word("objecting_party", party.value) for party in Party})
    return form


def enter(session: Session, finding: Finding, form: Any, me: Actor, version: int) -> None:
    unchanged(session, finding, version)
    write(session, finding, Party(form.party.data), form.statement.data, by=me, received_at=form.received_at.data)


def of_a_platform(session: Session, item: NoticeItem, form: Any, me: Actor, version: int) -> None:
    unchanged(session, item, version)
    write(session, item.finding, Party.PLATFORM, form.statement.data, by=me)


ENTER_REPLY = Sheet(
    entering,
    enter,
    _("Write it down as it came, word for word. Another person decides whether it is shown; nobody changes it."),
    label=_("Enter a party's reply"),
    by=Can.REPLY_ENTER,
    is_due=is_nonconforming,
    may_wait=True,
)
REPLY_IN_PUBLIC = Sheet(
    lambda _session, _item, _me: Replying(),
    of_a_platform,
    SHOWN_WHOLE,
    label=_("Reply in public"),
    by=Can.REPLY_WRITE,
    is_due=lambda item: is_nonconforming(item.finding) and item.notice.issued_at is not None,
    may_wait=True,
)
