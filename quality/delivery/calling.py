"""Mail where a receipt was not proven in its time: the platform is asked to open the notice, the coordinator is rung.

What is asked for is a step that was made (falling_back.py) and has no mail; a unique cause sees to it that of twenty
who write it one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.config import Settings
from quality.core.words import Text, _, in_each_language
from quality.delivery.falling_back import ISSUE
from quality.delivery.mail import Posted, attach, keep, mail_of
from quality.delivery.models import Contact, Fallback, Message, MessageType
from quality.delivery.telling import Happened, each_by_itself
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.notices.models import Notice, NoticeItem, NoticeStatus, Way
from quality.people.models import Membership, Person
from quality.permissions import Role

LATELY = timedelta(days=2)  # a call that could not be written for so long is none any more
AT_ONCE = 100
MOST_RUNG = 20  # coordinators of an agency
CALL, RING = "way", "ring"  # how their causes begin


class Due(NamedTuple):
    """A mail to be written about one step: to the platform, or to the agency's own people."""

    happened: Happened
    step: Fallback
    is_ring: bool


def call_by_mail(sessions: sessionmaker[Session], settings: Settings, now: datetime) -> int:
    """Write each mail that is missing; returns how many this run wrote."""
    if not settings.sends_mail:
        return 0
    with sessions() as session:
        due = {each.happened.cause: each for each in missing(session, now)}
        session.expunge_all()
    happened = [each.happened for each in due.values()]
    return each_by_itself(happened, lambda each: write(sessions, settings, due[each.cause]))


def missing(session: Session, now: datetime) -> Iterator[Due]:
    for begins, those in ((CALL, Fallback.way == Way.EMAIL), (RING, sa.true())):
        cause = sa.literal(f"{begins}:") + sa.cast(Fallback.id, sa.String)
        written = sa.exists().where(Message.notice_id == Fallback.notice_id, Message.cause == cause)
        asked = sa.select(Fallback).where(those, Fallback.at >= now - LATELY, ~written)
        for step in session.scalars(asked.order_by(Fallback.id).limit(AT_ONCE)):
            happened = Happened(MessageType.REMINDER, step.notice_id, f"{begins}:{step.id}", step.at)
            yield Due(happened, step, begins == RING)


def write(sessions: sessionmaker[Session], settings: Settings, due: Due) -> bool:
    """The document is read with nothing open. Nothing is written where nobody reads it, or the notice has ended."""
    with sessions() as session:
        notice = session.get_one(Notice, due.step.notice_id)
        if notice.status in {NoticeStatus.WITHDRAWN, NoticeStatus.CLOSED}:
            return False
        to = coordinators_of(session, notice) if due.is_ring else mailboxes_of(session, notice)
        if not to:
            return False
        mail = mail_of(settings, notice, *(rung if due.is_ring else called)(session, settings, notice, due.step))
        document = None if due.is_ring else latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE)
        organisation_id = notice.agency_id if due.is_ring else notice.platform_id
        session.expunge_all()
    if document is not None:
        attach(mail, settings, document)
    return keep(sessions, settings, Posted(due.happened, organisation_id, mail, to))


def mailboxes_of(session: Session, notice: Notice) -> list[str]:
    contact = session.get(Contact, notice.platform_id)
    return [contact.email] if contact else []


def coordinators_of(session: Session, notice: Notice) -> list[str]:
    """Whoever drafted the notice, while they are a coordinator of its agency; else all who are."""
    working = (
        sa.select(Person.id, Person.email)
        .join(Person.memberships)
        .where(Membership.organisation_id == notice.agency_id, Membership.role == Role.COORDINATOR)
        .where(Membership.ended_at.is_(None), Person.active, ~Person.is_program, Person.blanked_at.is_(None))
        .order_by(Person.id)
        .limit(MOST_RUNG)
    )
    found = {row[0]: row[1] for row in session.execute(working)}
    return [found[notice.drafted_by_id]] if notice.drafted_by_id in found else list(found.values())


# --- what is written ---


def called(session: Session, settings: Settings, notice: Notice, step: Fallback) -> tuple[Text, Sequence[str]]:
    """To the platform: what is the matter, and what to press."""
    number, listings = notice.number, listings_asked_again(session, notice)
    if step.asked_in == ISSUE:
        about: Text = _("Notice %(number)s was issued to you, and nothing proves yet that you have it.", number=number)
    else:
        about = _("Notice %(number)s asks you again about listing %(listings)s, and nothing proves yet that you know.",
                  number=number, listings=listings)  # fmt: skip
    do = _("Please open it here, signed in, or acknowledge it by the API. This mail itself proves nothing.")
    after = _("If you do neither, it goes on by the ways that you set, and at last by post.")
    return _("Please open or acknowledge:"), lines(settings, notice, [about, do], [after])


def rung(session: Session, settings: Settings, notice: Notice, step: Fallback) -> tuple[Text, Sequence[str]]:
    """To the coordinator: what is the matter, what was done by itself, and what is theirs to do."""
    named = {"number": notice.number, "platform": notice.platform.name}
    about = _("Nothing proves that %(platform)s has notice %(number)s, and the time for it is over.", **named)
    done = {
        Way.WEBHOOK: _("It was sent to the platform's own system once more."),
        Way.EMAIL: _("It was mailed to the platform's desk once more, with a call to open or acknowledge it."),
        Way.LETTER: _("Nothing else is left than the post: print the cover letter and the notice, send them, and "
                      "record the postal receipt."),
    }[step.way]  # fmt: skip
    return _("No proof of receipt:"), lines(settings, notice, [about, done, _("The notice and what was tried:")])


def listings_asked_again(session: Session, notice: Notice) -> str:
    asked = sa.select(NoticeItem.listing_id).where(
        NoticeItem.notice_id == notice.id, NoticeItem.asked_again_in.is_not(None)
    )
    return ", ".join(session.scalars(asked.order_by(NoticeItem.id).limit(10)))


def lines(settings: Settings, notice: Notice, before: Sequence[Text], after: Sequence[Text] = ()) -> Sequence[str]:
    """A text for each language: what stands before the notice's address, and what behind it."""
    address = f"{settings.public_url}/desk/notice/{notice.number}"
    said = [*(in_each_language(text) for text in before), dict.fromkeys(("zh", "en"), address)]
    said += [in_each_language(text) for text in after]
    return ["\n\n".join(text[each] for text in said) for each in ("zh", "en")]
