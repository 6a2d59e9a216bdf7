"""Places of an agency's store; how long backup portions are kept; and their disposal, which takes two people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from quality.clocks import operations as clocks
from quality.clocks.queries import running
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import Reason, _
from quality.core.workflow import Condition, begin, perform, record
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.custody import range_of
from quality.purchases.models import Disposal, Portion, PortionKind, PortionStatus, Sample, SampleStatus
from quality.purchases.places import StoragePlace, StorageReading
from quality.purchases.workflow import DISPOSE, is_not_needed_any_more

KEEPING = ("keep_backup", "keep_backup_failed")  # codes of the clocks that say until when a backup portion is kept
LONGEST_AGO = timedelta(days=31)  # a sheet beside the door is typed in once a month
TO_BE_DISPOSED = frozenset(DISPOSE.sources)


def add_place(
    session: Session,
    *,
    by: Actor,
    code: str,
    room: str,
    shelf: str = "",
    least_tenths: int | None = None,
    most_tenths: int | None = None,
) -> StoragePlace:
    """Name a place. Its code stands in hand-overs and is never given to another."""
    if not by.can(Can.STORAGE_KEEP) or by.organisation_id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.STORAGE_KEEP))
    problems = [
        *fields.text("code", code, most=40, ask=_("Enter a short name, such as B-12")),
        *fields.text("room", room, most=100, ask=_("Enter the room")),
        *fields.text("shelf", shelf, most=100, ask=None),
    ]
    if least_tenths is not None and most_tenths is not None and least_tenths > most_tenths:
        problems.append(FieldProblem("most", "empty_range", _("Enter a highest temperature above the lowest")))
    named = {"agency_id": by.organisation_id, "code": code.strip()}
    taken = FieldProblem("code", "used_code", _("A place has this name already; choose another"))
    if session.scalars(sa.select(StoragePlace.id).filter_by(**named)).first():
        problems.append(taken)
    if problems:
        raise Invalid(*problems)
    place = StoragePlace(
        **named, room=room.strip(), shelf=shelf.strip(), least_tenths=least_tenths, most_tenths=most_tenths
    )
    try:
        begin(session, place, by=by)
    except IntegrityError as conflict:  # by someone who named it at the same moment
        raise Invalid(taken) from conflict
    return place


def close_place(session: Session, place: StoragePlace, *, by: Actor, version: int | None = None) -> None:
    """Nothing more is put there. What lies there stays where it is until it is handed on."""
    if not (by.can(Can.STORAGE_KEEP) and by.stands_over(place)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.STORAGE_KEEP))
    record(session, place, "close", by=by, version=version, facts={"closed_at": clock.now()})


def read_temperature(
    session: Session,
    place: StoragePlace,
    tenths: int,
    at: datetime,
    *,
    by: Actor,
    note: str = "",
    version: int | None = None,
) -> StorageReading:
    """Write down what a place was measured at. Outside of its range it is a deviation, which asks what was done."""
    if not (by.can(Can.STORAGE_KEEP) and by.stands_over(place)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.STORAGE_KEEP))
    kept_at = range_of(place)
    is_outside = kept_at is not None and tenths not in kept_at
    ask = None
    if kept_at and is_outside:
        ask = _("It is kept at %(range)s: write down what was done", range=kept_at.words)
    before = _("Enter when it was measured; this is too long ago")
    problems = [
        *fields.text("note", note, most=StorageReading.note.type.length, ask=ask),
        *fields.moment("at", at, earliest=clock.now() - LONGEST_AGO, before=before),
    ]
    if problems:
        raise Invalid(*problems)
    told = {"tenths_celsius": tenths, "at": at, "outside": is_outside}
    record(session, place, "read", by=by, version=version, note=note.strip(), details=told)
    assert by.id, "a person or a program of the agency"
    reading = StorageReading(
        place_id=place.id, at=at, tenths_celsius=tenths, is_outside=is_outside, note=note.strip(), by_id=by.id
    )
    session.add(reading)
    session.flush()
    return reading


def keep_backup(session: Session, sample: Sample, *, failed: bool, since: datetime | None = None) -> None:
    """From the confirmed conclusion on (now, or `since`): how long the backup portion is kept. It runs on the sample,
    never on the portion: a second laboratory would learn from it what it has before it."""
    if sample.portion(PortionKind.BACKUP).status == PortionStatus.SEALED:
        clocks.start(session, sample, KEEPING[failed], since or clock.now())


def propose_disposal(
    session: Session, sample: Sample, kind: PortionKind, reason: str, *, by: Actor, version: int | None = None
) -> Disposal:
    """The first of two signatures. Who proposes says how and why."""
    if not (by.can(Can.DISPOSAL_PROPOSE) and by.stands_over(sample)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.DISPOSAL_PROPOSE))
    ask = _("Write down why and how it is disposed of")
    if problems := list(fields.text("reason", reason, most=Disposal.reason.type.length, ask=ask)):
        raise Invalid(*problems)
    portion = sample.portion(kind)
    record(session, sample, "propose_disposal", by=by, version=version, part=portion, note=reason.strip())
    if portion.disposal is not None:
        raise Refused("proposed_already", _("Its disposal is proposed already; another person confirms it"))
    if hindrance := why_it_is_kept(portion, by):
        raise Refused.because(hindrance)
    assert by.id, "a person or a program of the agency"
    proposed = Disposal(portion_id=portion.id, reason=reason.strip(), proposed_by_id=by.id, proposed_at=clock.now())
    session.add(proposed)
    session.flush()
    session.refresh(portion, ["disposal"])
    return proposed


def why_it_is_kept(portion: Portion, by: Actor) -> Reason | None:
    """As far as this room knows; whether somebody may still object, a later one does."""
    if portion.status not in TO_BE_DISPOSED or portion.sample.status == SampleStatus.TRANSFERRED_UNTESTED:
        return Reason("not_there", _("This portion is on its way, being tested, or gone already"))
    return is_not_needed_any_more(portion, by) or is_kept_long_enough(portion, by)


def is_kept_long_enough(portion: Portion, by: Actor) -> Reason | None:
    session = object_session(portion)
    assert session is not None, "begin() it first"
    if portion.kind != PortionKind.BACKUP:
        return None
    left = [
        one for rule in KEEPING for one in running(session, portion.sample, rule) if not one.is_overdue(clock.now())
    ]
    if not left:
        return None
    until = max(one.due_on for one in left)
    return Reason("kept_longer", _("The backup portion is kept until %(day)s", day=until.isoformat()))


def withdraw_disposal(
    session: Session, sample: Sample, kind: PortionKind, *, by: Actor, version: int | None = None
) -> None:
    if not (by.can(Can.DISPOSAL_PROPOSE) and by.stands_over(sample)):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.DISPOSAL_PROPOSE))
    portion = sample.portion(kind)
    record(session, sample, "withdraw_disposal", by=by, version=version, part=portion)
    if portion.disposal is None or portion.disposal.confirmed_at:
        raise Refused("not_proposed", _("There is no proposal to take back"))
    session.delete(portion.disposal)
    session.flush()
    session.refresh(portion, ["disposal"])


def dispose(
    session: Session, portion: Portion, *, by: Actor, version: int | None = None, also: Sequence[Condition] = ()
) -> None:
    """The second signature. `also` is what the room of objections asks beside."""
    now = clock.now()
    perform(session, portion, DISPOSE, by=by, version=version, also=[is_kept_long_enough, *also])
    assert portion.disposal, "the move asked for it"
    portion.disposal.confirmed_by_id, portion.disposal.confirmed_at = by.id, now
    if portion.kind == PortionKind.BACKUP:
        for rule in KEEPING:
            clocks.stop(session, portion.sample, rule, now, by=by, outcome="disposed")
    session.flush()
