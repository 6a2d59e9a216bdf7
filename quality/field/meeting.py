"""Giving and taking in the street: two people, two telephones, perhaps no network; each side comes when it can.

The giver shows a code, the taker reads it. When both sides are here, the hand-over is written down as on a page: given
by one, confirmed by the other, each with what they read (purchases/operations). What does not fit stands as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted, Refused
from quality.core.events import BESIDE
from quality.core.words import _, in_each_language
from quality.core.workflow import record
from quality.field.codes import read_code
from quality.field.models import Meeting, MeetingSide
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Can
from quality.purchases.blind import as_written
from quality.purchases.custody import steps_of
from quality.purchases.models import HandOver, PortionKind, Sample, Side
from quality.purchases.operations import confirm_hand_over, pass_on
from quality.purchases.operations.custody import may_not_pass_on
from quality.purchases.operations.photos import Seen
from quality.purchases.queries import holder_of

MOST = 50  # lines of a page


class Read(NamedTuple):
    """What one side read and saw, and when by their telephone."""

    seal_no: str
    seal_intact: bool
    seen: Seen
    place: str = ""
    condition: str = ""


def give(
    session: Session, sample: Sample, kind: PortionKind, code: str, read: Read, *, by: Actor, version: int | None = None
) -> Meeting:
    """The giver's side. It stands in the record of the sample at once, whoever took it."""
    if never := may_not_pass_on(sample, by):
        raise never
    meeting = meet(session, code, by)
    portion = sample.portion(kind)
    told = {"portion": kind, "code": meeting.code, "seal_intact": read.seal_intact}
    record(session, sample, "give", by=by, version=version, details=told)
    side(session, meeting, Side.GIVEN, read, by=by, portion_id=portion.id)
    match(session, meeting)
    return meeting


def take(session: Session, code: str, read: Read, *, by: Actor) -> Meeting:
    """The taker's side: the code that was shown, and the seal as they read it for themselves."""
    if not by.can(Can.SAMPLE_DISPATCH) or by.organisation_id is None:
        raise NotPermitted("role_may_not", _("Your role does not work in the field"))
    meeting = meet(session, code, by)
    side(session, meeting, Side.TAKEN, read, by=by)
    match(session, meeting)
    return meeting


def meet(session: Session, code: str, by: Actor) -> Meeting:
    """The meeting of this code, held until the transaction ends: of two sides that come at once, one sees the other."""
    known = read_code(code)
    if known is None:
        text = _("Read the code once more: it cannot be this one. It looks like HO-7K3X-92AM")
        raise Invalid(FieldProblem("code", "bad_code", text))
    mine = {"agency_id": by.organisation_id, "code": known}
    added = insert_into(session, Meeting.__table__).on_conflict_do_nothing(index_elements=["agency_id", "code"])
    session.connection().execute(added, mine)
    return session.scalars(sa.select(Meeting).filter_by(**mine).with_for_update()).one()


def side(
    session: Session, meeting: Meeting, which: Side, read: Read, *, by: Actor, portion_id: int | None = None
) -> None:
    for other in sides_of(session, meeting):
        if other.side == which:
            text = _("This code was used already; show a new one")
            raise Invalid(FieldProblem("code", "used_code", text))
        if other.membership.person_id == by.id:
            text = _("You cannot hand it over to yourself: the other person reads the code on their own telephone")
            raise Invalid(FieldProblem("code", "to_yourself", text))
    now = clock.now()
    session.add(
        MeetingSide(
            meeting_id=meeting.id,
            side=which,
            membership_id=membership_of(session, by),
            via=by.via,
            portion_id=portion_id,
            seal_no=as_written(read.seal_no)[: MeetingSide.seal_no.type.length],
            seal_intact=read.seal_intact,
            place=read.place,
            condition=read.condition,
            tenths_celsius=read.seen.tenths_celsius,
            no_photo=read.seen.no_photo,
            photos=list(read.seen.photos),
            said_at=session.info.get(BESIDE, {}).get("phone_at") or now,
            came_at=now,
        )
    )
    session.flush()
    session.expire(meeting, ["sides"])


def sides_of(session: Session, meeting: Meeting) -> list[MeetingSide]:
    return list(session.scalars(sa.select(MeetingSide).where(MeetingSide.meeting_id == meeting.id)))


def membership_of(session: Session, by: Actor) -> int:
    mine = Membership.person_id == by.id, Membership.organisation_id == by.organisation_id, Membership.role == by.role
    return session.scalars(sa.select(Membership.id).where(*mine)).one()


def match(session: Session, meeting: Meeting) -> None:
    """Both sides are here: the hand-over is given by one and confirmed by the other. What they cannot do is kept."""
    found = {each.side: each for each in sides_of(session, meeting)}
    if len(found) < len(Side):
        return
    meeting_id, trouble, hand_over_id = meeting.id, None, None
    before = session.info.get(BESIDE)
    try:
        with session.begin_nested():
            hand_over_id = written_down(session, found[Side.GIVEN], found[Side.TAKEN])
    except Invalid as no:
        trouble = in_each_language(no.problems[0].text)
    except Refused as no:
        trouble = in_each_language(no.reason)
    finally:
        session.info[BESIDE] = before or {}
    facts = {"hand_over_id": hand_over_id, "trouble": trouble}
    session.execute(sa.update(Meeting).where(Meeting.id == meeting_id).values(**facts))


def written_down(session: Session, given: MeetingSide, taken: MeetingSide) -> int:
    assert given.portion is not None, "the giver says which"
    sample, kind = given.portion.sample, given.portion.kind
    giver, taker = actor_of(given), actor_of(taken)
    put_on, gave, took = given.portion.seal_no, of_side(given), of_side(taken)
    at = between(given.said_at, steps_of(given.portion), sample.sealed_at, given.came_at)
    session.info[BESIDE] = {"phone_at": given.said_at}

    def passed(taken_by: int | None, place: str) -> HandOver:
        return pass_on(
            session,
            sample,
            kind,
            by=giver,
            taken_by=f"person:{taken_by}",
            at=at,
            seal_no=gave.seal_no or put_on,
            seal_intact=gave.seal_intact,
            place=place,
            condition=gave.condition,
            seen=gave.seen,
        )

    if holder_of(sample, given.portion).startswith("store:"):  # which gives nothing away: its giver took it out
        passed(giver.id, "")
    step = passed(taker.id, gave.place or took.place)
    session.info[BESIDE] = {"phone_at": taken.said_at}
    confirm_hand_over(
        session,
        sample,
        step.id,
        by=taker,
        seal_no=took.seal_no,
        seal_intact=took.seal_intact,
        condition=took.condition,
        seen=took.seen,
    )
    return step.id


def actor_of(said: MeetingSide) -> Actor:
    """Who said it, as they were when they did: what they did does not end with their role."""
    return Actor.working_in(said.membership, said.via)


def of_side(said: MeetingSide) -> Read:
    seen = Seen(said.photos, said.no_photo, said.tenths_celsius)
    return Read(said.seal_no, said.seal_intact, seen, said.place, said.condition)


def between(said: datetime, steps: list[HandOver], sealed_at: datetime, came: datetime) -> datetime:
    """The telephone's moment, as far as it can be true: not before the portion came there, not after it was sent."""
    earliest = steps[-1].at if steps else sealed_at
    return min(max(said, earliest), came)


def one_sided(session: Session, actor: Actor, *, most: int = MOST) -> list[Meeting]:
    """For who assigns tasks: of which one side has not come, or the two make no hand-over. The oldest first."""
    if not actor.can(Can.TASK_ASSIGN):
        return []
    still = Meeting.agency_id == actor.organisation_id, Meeting.hand_over_id.is_(None), Meeting.set_aside_at.is_(None)
    with_people = selectinload(Meeting.sides).joinedload(MeetingSide.membership)
    return list(session.scalars(sa.select(Meeting).where(*still).options(with_people).order_by(Meeting.id).limit(most)))


def set_aside(session: Session, meeting_id: int, *, by: Actor) -> None:
    """A coordinator has seen to it otherwise: on the page of the sample, by the custody that stands there."""
    mine = Meeting.id == meeting_id, Meeting.agency_id == by.organisation_id, Meeting.hand_over_id.is_(None)
    done = sa.update(Meeting).where(*mine, Meeting.set_aside_at.is_(None))
    facts = {"set_aside_at": clock.now(), "set_aside_by_id": by.id}
    if not by.can(Can.TASK_ASSIGN) or not session.scalars(done.values(**facts).returning(Meeting.id)).all():
        raise NotFound("meeting")


def samples_of(meetings: list[Meeting]) -> Iterator[tuple[Meeting, Sample | None]]:
    for each in meetings:
        portion = next((said.portion for said in each.sides if said.portion), None)
        yield each, portion.sample if portion else None
