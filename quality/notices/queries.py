"""Reads for notices: whose they are, and what was said and seen of each listing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quality.clocks.models import Clock
from quality.clocks.queries import clocks_of_all
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.queries import findings_visible_to
from quality.notices.models import (
    REMOVAL_RULES,
    ItemKind,
    ItemStatus,
    Notice,
    NoticeEdition,
    NoticeItem,
    stands_on_a_notice,
)
from quality.notices.operations.looking import RECHECKS
from quality.notices.workflow import WAITING, WITH_THE_PLATFORM
from quality.people.actor import Actor, within
from quality.permissions import Can, Sees

WHOLE, OWN = aliased(Clock), aliased(Clock)  # the time of a whole notice, and of a listing that came back
FAR_OFF = datetime(9999, 1, 1, tzinfo=UTC)


def visible_to(actor: Actor) -> sa.Select[Notice]:
    """An agency's own and those of agencies below; of a platform, what was issued to it and nothing before."""
    if not actor.can(Can.NOTICE_READ):
        return sa.select(Notice).where(sa.false())
    seen = sa.select(Notice).where(within(Notice, actor))
    return seen.where(Notice.issued_at.is_not(None)) if actor.sees == Sees.PLATFORM else seen


def one_visible(session: Session, actor: Actor, number: str) -> Notice:
    """By its number, or while it has none by the reference of the draft."""
    named = visible_to(actor).where(sa.or_(Notice.number == number, Notice.reference == number))
    notice = session.scalars(named).one_or_none()
    if notice is None:
        raise NotFound(number)
    return notice


def one_item_visible(session: Session, actor: Actor, number: str, listing_id: str) -> NoticeItem:
    notice = one_visible(session, actor, number)
    item = next((item for item in notice.items if item.listing_id == listing_id), None)
    if item is None:
        raise NotFound(listing_id)
    return item


def items_about(session: Session, finding: Finding) -> list[NoticeItem]:
    """The listings that stand on notices because of this finding, but for withdrawn notices."""
    return list(
        session.scalars(
            sa.select(NoticeItem)
            .join(NoticeItem.notice)
            .where(NoticeItem.finding_id == finding.id, stands_on_a_notice())
            .order_by(NoticeItem.id)
        )
    )


def looks_due(actor: Actor, until: datetime) -> sa.Select[NoticeItem, Clock]:
    """The same of the actor's own agency."""
    return looks_due_of(actor.organisation_id, until)


def looks_due_of(agency_id: int | None, until: datetime) -> sa.Select[NoticeItem, Clock]:
    """The listings of an agency that wait for a look of its own, each with the clock that presses first.

    That is every claim that is not settled yet, and each re-check that is due before `until`. In no order.
    """
    again = sa.and_(Clock.rule.in_(RECHECKS), Clock.due_at <= until)
    earlier = aliased(Clock)
    earlier_look = (
        sa.select(earlier.id)
        .where(earlier.subject_type == Clock.subject_type, earlier.subject_id == Clock.subject_id)
        .where(earlier.rule.in_(RECHECKS), earlier.stopped_at.is_(None))
        .where(sa.or_(earlier.due_at < Clock.due_at, sa.and_(earlier.due_at == Clock.due_at, earlier.id < Clock.id)))
    )
    return (
        sa.select(NoticeItem, Clock)
        .join(Notice, NoticeItem.notice_id == Notice.id)
        .join(Clock, sa.and_(Clock.subject_type == NoticeItem.__tablename__, Clock.subject_id == NoticeItem.id))
        .where(Notice.agency_id == agency_id, Clock.stopped_at.is_(None))
        .where(sa.or_(Clock.rule == "verify_claim", sa.and_(again, ~earlier_look.exists())))
    )


def first_removal_due(session: Session, notices: Sequence[Notice]) -> dict[int, datetime]:
    """By when something on each of these is to be removed and answered for: the first day of the notice's own time
    and its listings'."""
    ids = [notice.id for notice in notices]
    own = sa.select(Clock.subject_id, Clock.due_at).where(
        Clock.subject_type == Notice.__tablename__, Clock.subject_id.in_(ids)
    )
    of_listings = (
        sa.select(NoticeItem.notice_id, Clock.due_at)
        .join(Clock, sa.and_(Clock.subject_type == NoticeItem.__tablename__, Clock.subject_id == NoticeItem.id))
        .where(NoticeItem.notice_id.in_(ids))
    )
    found: dict[int, datetime] = {}
    for asked in (own, of_listings):
        for notice_id, due in session.execute(asked.where(Clock.rule.in_(REMOVAL_RULES), Clock.stopped_at.is_(None))):
            found[notice_id] = min(due, found.get(notice_id, due))
    return found


def removal_due(session: Session, notice: Notice) -> dict[int, datetime | None]:
    """By when each listing is to be removed and answered for: with the others of the notice, or, where it went back
    or is there again, or was added later, in its own time. None where nothing is asked now, or the receipt of it is
    not proven."""
    running = [clock for clock in clocks_of_all(session, [notice, *notice.items]) if clock.is_running]
    due = {(one.subject_type, one.subject_id): one.due_at for one in running if one.rule in REMOVAL_RULES}
    of_all = due.get((Notice.__tablename__, notice.id))
    return {
        item.id: of_all if is_of_all(item) else due.get((NoticeItem.__tablename__, item.id)) for item in notice.items
    }


def listings_waiting(actor: Actor) -> sa.Select[NoticeItem, datetime]:
    """The listings of a platform that wait for its answer, over all its notices, each with `due()`. In no order."""
    return (
        sa.select(NoticeItem, due())
        .join(Notice, NoticeItem.notice_id == Notice.id)
        .outerjoin(WHOLE, running(WHOLE, Notice))
        .outerjoin(OWN, running(OWN, NoticeItem))
        .where(Notice.id.in_(visible_to(actor).with_only_columns(Notice.id)))
        .where(Notice.status.in_(WITH_THE_PLATFORM), NoticeItem.status.in_(WAITING))
    )


def due() -> sa.ColumnElement[datetime]:
    """By when a listing is to be removed and answered for, in `listings_waiting`; far off where no time runs yet."""
    of_all = sa.and_(NoticeItem.status == ItemStatus.OPEN, NoticeItem.edition == 1)
    whose = sa.case((of_all, WHOLE.due_at), else_=OWN.due_at)
    return sa.func.coalesce(whose, sa.literal(FAR_OFF, Clock.due_at.type), type_=Clock.due_at.type)


def running(clock: type[Clock], of: type[Notice] | type[NoticeItem]) -> sa.ColumnElement[bool]:
    those = sa.and_(clock.subject_type == of.__tablename__, clock.subject_id == of.id)
    return sa.and_(those, clock.rule.in_(REMOVAL_RULES), clock.stopped_at.is_(None))


def is_of_all(item: NoticeItem) -> bool:
    """Whether it is to be removed in the time of the notice as a whole."""
    return item.status == ItemStatus.OPEN and item.edition == 1


def findings_to_put_on(actor: Actor) -> sa.Select[Finding]:
    """Confirmed nonconforming findings of the own agency that stand on no live notice, the oldest first."""
    there = (
        sa.select(NoticeItem.id)
        .join(NoticeItem.notice)
        .where(NoticeItem.finding_id == Finding.id, NoticeItem.kind == ItemKind.TESTED)
        .where(stands_on_a_notice())
    )
    return (
        findings_visible_to(actor)
        .where(Finding.agency_id == actor.organisation_id)
        .where(Finding.status == FindingStatus.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
        .where(~there.exists())
        .order_by(None)
        .order_by(Finding.id)
    )


def has_an_edition_for(person: int | None) -> sa.ColumnElement[bool]:
    """Notices whose next edition waits for the approval of this person, who did not draft it."""
    waiting = sa.select(NoticeEdition.notice_id).where(
        NoticeEdition.approved_at.is_(None),
        NoticeEdition.issued_at.is_(None),
        NoticeEdition.dropped_at.is_(None),
        NoticeEdition.drafted_by_id != person,
    )
    return Notice.id.in_(waiting)


def in_its_status_since(session: Session, notice: Notice) -> datetime | None:
    """When the notice last came to be what it is: closed, withdrawn, reopened …"""
    moves = sa.select(Event.at).where(Event.subject_type == Notice.__tablename__, Event.subject_id == notice.id)
    last = moves.where(Event.part.is_(None), Event.new_status == notice.status).order_by(Event.seq.desc()).limit(1)
    return session.scalars(last).one_or_none()


def one_sealed(session: Session, code: str) -> Notice | None:
    """The notice with this verification code, for the public question whether a document is genuine."""
    return session.scalars(sa.select(Notice).where(Notice.verification_code == code)).one_or_none()
