"""Portions go from hand to hand: from the store to a laboratory, the backup only for a re-inspection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, NotRequired, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted
from quality.core.withholding import refuse_what_leads
from quality.core.words import Reason, _
from quality.core.workflow import Condition, perform, record
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind, Person
from quality.permissions import Can
from quality.purchases import fields
from quality.purchases.blind import as_written
from quality.purchases.cold import asked_for
from quality.purchases.custody import steps_of
from quality.purchases.fitness import outside, said_of, standings_for
from quality.purchases.models import HandOver, Portion, PortionKind, PortionStatus, Sample, SampleStatus, Untested
from quality.purchases.operations.field import read_reason
from quality.purchases.operations.photos import UNSEEN, Seen, show_at
from quality.purchases.operations.storage import KEEPING
from quality.purchases.operations.unboxing import goes_unscanned, sent_unscanned, what_is_wrong_with_label
from quality.purchases.places import StoragePlace
from quality.purchases.queries import who_may_take
from quality.purchases.workflow import DISPATCH, SEND, TRANSFER

LONGEST_COURIER = 50
LONGEST_SEAL = 40
LONGEST_NOTE = 1_000


class Way(NamedTuple):
    """Who takes a portion along: a courier, with the number of the parcel, or somebody of the agency (`person:3`)."""

    taken_by: str
    parcel_no: str = ""
    place: str = ""  # of the hand-over


def dispatch(
    session: Session,
    sample: Sample,
    laboratory: Organisation,
    *,
    by: Actor,
    way: Way,
    despite: str = "",
    no_scan: str | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Send the test portion to the laboratory that is to test it. The backup portion stays in the store.

    Whoever dispatches has looked at the seal: a broken one is not sent. `despite` says why it goes to a laboratory
    whose certificates do not cover everything that is asked; it stays with the record. `no_scan` says why its label
    was not scanned, where it was not; a program that says None is not asked, and the chain of custody says so.
    """
    check_way(laboratory, way)
    seen.must_fit()
    test = sample.portion(PortionKind.TEST)
    problems = [
        *what_is_wrong_with_label(session, test, no_scan),
        *fields.text("despite", despite, most=LONGEST_NOTE, ask=None),
        *what_is_wrong_with_taker(session, sample, way.taken_by),
    ]
    if problems:
        raise Invalid(*problems)
    perform(
        session,
        sample,
        DISPATCH,
        by=by,
        version=version,
        note=despite.strip(),
        also=() if despite.strip() else [goes_to_one_that_may_test_it],
        facts={"laboratory_id": laboratory.id},
        details={"laboratory": laboratory.id},
    )
    send(session, test, laboratory, by=by, way=way, seen=seen, no_scan=no_scan)


def goes_to_one_that_may_test_it(sample: Sample, by: Actor) -> Reason | None:
    """Every item is in the scope of its certificates, or none of them is recorded. Of a control its own room asks."""
    if sample.task_id is None:
        return None
    session = object_session(sample)
    assert session is not None, "begin() it first"
    assert sample.laboratory_id is not None, "has_a_laboratory was asked before"
    return said_of(outside(standings_for(session, sample, [sample.laboratory_id])[sample.laboratory_id]))


def dispatch_backup(
    session: Session,
    sample: Sample,
    laboratory: Organisation,
    *,
    by: Actor,
    way: Way,
    no_scan: str | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
    also: Sequence[Condition] = (),
) -> None:
    """Send the backup portion to another laboratory for re-inspection. The sample's own status stays.

    `version` is the portion's; `also` is what re-inspection asks for beside (the room of objections knows).
    """
    check_way(laboratory, way)
    seen.must_fit()
    portion = sample.portion(PortionKind.BACKUP)
    problems = [
        *what_is_wrong_with_label(session, portion, no_scan),
        *what_is_wrong_with_taker(session, sample, way.taken_by),
    ]
    if problems:
        raise Invalid(*problems)
    send(session, portion, laboratory, by=by, way=way, version=version, also=also, seen=seen, no_scan=no_scan)
    for rule in KEEPING:
        clocks.stop(session, sample, rule, clock.now(), by=by, outcome="sent")


def transfer_untested(
    session: Session,
    sample: Sample,
    reason: Untested | str,
    authority: str,
    *,
    by: Actor,
    place: str = "",
    note: str = "",
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Hand sealed goods that must not be tested to the local `authority`, both portions; they never reach a laboratory.

    The exit stays in the statistics: the sample counts as bought, and not as tested.
    """
    code = read_reason(Untested, reason)
    problems = [
        *fields.text("authority", authority, most=LONGEST_COURIER, ask=_("Enter which authority takes them")),
        *fields.text("place", place, most=HandOver.place.type.length, ask=None),
        *fields.text("note", note, most=LONGEST_NOTE, ask=None),
    ]
    seen.must_fit()
    if problems:
        raise Invalid(*problems)
    facts, told = {"exit_reason": code}, {"reason": code, "authority": authority.strip()}
    perform(session, sample, TRANSFER, by=by, version=version, note=note.strip(), facts=facts, details=told)
    to_authority(session, sample.portions, authority, by=by, place=place, seen=seen)
    now = clock.now()
    clocks.stop(session, sample, "to_lab", now, by=by, outcome="transferred")


def to_authority(
    session: Session, portions: Sequence[Portion], authority: str, *, by: Actor, place: str = "", seen: Seen = UNSEEN
) -> None:
    """Both portions go over one table, and one photo may show both."""
    now, taker = clock.now(), f"authority:{authority.strip()}"
    for each in portions:
        hand_over(
            session, each, by=by, taken_by=taker, at=now, seal_no=each.seal_no, seal_intact=True, place=place, seen=seen
        )


def send(
    session: Session,
    portion: Portion,
    laboratory: Organisation,
    *,
    by: Actor,
    way: Way,
    no_scan: str | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
    also: Sequence[Condition] = (),
) -> None:
    is_unscanned, why = goes_unscanned(session, portion), (no_scan or "").strip()
    if is_unscanned and why:
        sent_unscanned(session, portion, why, by=by)  # first: what comes from now on, a laboratory is told
    perform(
        session,
        portion,
        SEND,
        by=by,
        version=version,
        facts={"laboratory_id": laboratory.id},
        details={"laboratory": laboratory.id},
        also=also,
    )
    hand_over(
        session,
        portion,
        by=by,
        taken_by=taker_of(way),
        at=clock.now(),
        seal_no=portion.seal_no,
        seal_intact=True,
        place=way.place,
        parcel_no=way.parcel_no,
        label_unscanned=is_unscanned,
        no_scan=why if is_unscanned else "",
        seen=seen,
    )


def taker_of(way: Way) -> str:
    kind, _colon, name = way.taken_by.partition(":")
    return f"{kind}:{name.strip()}"


class Said(TypedDict):
    """What is written down of a hand-over, as it was read and measured."""

    taken_by: str
    at: datetime
    seal_no: str
    seal_intact: bool
    seal_unread: NotRequired[bool]
    place: NotRequired[str]
    condition: NotRequired[str]
    parcel_no: NotRequired[str]
    tenths_celsius: NotRequired[int | None]
    label_unscanned: NotRequired[bool]
    no_scan: NotRequired[str]


def hand_over(session: Session, portion: Portion, *, by: Actor, seen: Seen = UNSEEN, **said: Unpack[Said]) -> HandOver:
    """Add a link to the portion's chain, given by whoever held it last. Called after the portion was taken."""
    step = link(session, portion, by=by, seen=seen, **said)
    typed = {name: getattr(step, name) for name in ("place", "condition", "parcel_no", "no_photo")}
    refuse_what_leads(session, portion, typed, by=by)
    session.add(step)
    session.flush()
    session.expire(portion.sample, ["hand_overs"])  # a condition has read them before
    show_at(session, step, seen, by=by)
    return step


def link(session: Session, portion: Portion, *, by: Actor, seen: Seen = UNSEEN, **said: Unpack[Said]) -> HandOver:
    """The next link of the portion's chain as it would be, not added yet.

    Whoever writes it down confirms their own side with it. A person on the other side is silent until they confirm.
    """
    last = sa.select(HandOver.taken_by).where(HandOver.portion_id == portion.id).order_by(HandOver.id.desc()).limit(1)
    given_by = session.scalars(last).one_or_none() or portion.sealed_by
    measured = said.get("tenths_celsius")
    return HandOver(
        sample_id=portion.sample_id,
        portion_id=portion.id,
        seal_no=as_written(said["seal_no"]),
        seal_intact=said["seal_intact"],
        seal_unread=said.get("seal_unread", False),
        given_by=given_by,
        taken_by=said["taken_by"],
        at=said["at"],
        place=said.get("place", "").strip(),
        condition=said.get("condition", "").strip(),
        parcel_no=as_written(said.get("parcel_no", "")),
        tenths_celsius=seen.tenths_celsius if measured is None else measured,
        giver_is_silent=is_somebody_else(given_by, by),
        taker_is_silent=is_somebody_else(said["taken_by"], by),
        explanation="",
        no_photo=seen.no_photo.strip(),
        label_unscanned=said.get("label_unscanned", False),
        no_scan=said.get("no_scan", ""),
    )


def is_somebody_else(hand: str, by: Actor) -> bool:
    return hand.startswith("person:") and hand != f"person:{by.id}"


def pass_on(
    session: Session,
    sample: Sample,
    kind: PortionKind,
    *,
    by: Actor,
    taken_by: str,
    at: datetime,
    seal_no: str,
    seal_intact: bool,
    place: str = "",
    condition: str = "",
    parcel_no: str = "",
    tenths_celsius: int | None = None,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> HandOver:
    """From hand to hand inside the agency: a colleague (`person:3`), a store (`store:B-12`) or a courier.

    The seal is written down as it was read. A broken one breaks the chain there, and everybody sees where.
    """
    if never := may_not_pass_on(sample, by):
        raise never
    seen.must_fit()
    portion = sample.portion(kind)
    steps = steps_of(portion)
    problems = [
        *fields.text("name", taken_by.partition(":")[2], most=LONGEST_COURIER, ask=_("Enter which store or courier")),
        *fields.text("seal_no", seal_no, most=LONGEST_SEAL, ask=_("Enter the seal number that you read")),
        *fields.text("place", place, most=HandOver.place.type.length, ask=None),
        *fields.text("condition", condition, most=HandOver.condition.type.length, ask=None),
        *what_is_wrong_with_parcel(taken_by, parcel_no),
        *what_is_wrong_with_taker(session, sample, taken_by),
        *what_is_wrong_with_temperature(sample, seen.tenths_celsius if tenths_celsius is None else tenths_celsius),
        *fields.moment(
            "at",
            at,
            earliest=steps[-1].at if steps else sample.sealed_at,
            before=_("This lies before the portion came into these hands; enter when it left them"),
        ),
    ]
    if portion.status != PortionStatus.SEALED or sample.status == SampleStatus.TRANSFERRED_UNTESTED:
        problems.append(FieldProblem("portion", "not_held", _("The agency does not hold this portion any more")))
    if problems:
        raise Invalid(*problems)
    told = {"portion": kind, "seal_intact": seal_intact}
    record(session, sample, "hand_over", by=by, version=version, details=told)
    return hand_over(
        session,
        portion,
        by=by,
        taken_by=taken_by,
        at=at,
        seal_no=seal_no,
        seal_intact=seal_intact,
        place=place,
        condition=condition,
        parcel_no=parcel_no,
        tenths_celsius=tenths_celsius,
        seen=seen,
    )


def what_is_wrong_with_taker(session: Session, sample: Sample, taken_by: str) -> Iterator[FieldProblem]:
    """Whoever cannot see the sample could never confirm that they have it. A place that was closed takes nothing."""
    kind, _colon, key = taken_by.partition(":")
    if kind == "store":
        named = sa.select(StoragePlace.closed_at).filter_by(agency_id=sample.agency_id, code=key.strip())
        if session.scalars(named).one_or_none() is not None:
            text = _("Nothing more is put into %(code)s; choose another place", code=key.strip())
            yield FieldProblem("taken_by", "closed_place", text)
    if kind != "person":
        return
    able = who_may_take(sample.agency_id, sample.buyer_id).where(Person.id == int(key))
    if session.scalars(able).one_or_none() is None:
        text = _("Give it to a coordinator of the agency, or to the buyer who sealed it")
        yield FieldProblem("taken_by", "cannot_confirm", text)


def what_is_wrong_with_temperature(sample: Sample, tenths: int | None) -> Iterator[FieldProblem]:
    kept_at = asked_for(sample.campaign.category)
    if kept_at and tenths is None:
        text = _("Measure and enter the temperature; it is kept at %(range)s", range=kept_at.words)
        yield FieldProblem("temperature", "missing", text)


def may_not_pass_on(sample: Sample, by: Actor) -> NotPermitted | None:
    if by.can(Can.SAMPLE_DISPATCH) and by.stands_over(sample):
        return None
    return NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.SAMPLE_DISPATCH))


def check_way(laboratory: Organisation, way: Way) -> None:
    problems = list(fields.text("place", way.place, most=HandOver.place.type.length, ask=None))
    if way.taken_by.startswith("courier:"):
        name = way.taken_by.removeprefix("courier:")
        problems += fields.text("courier", name, most=LONGEST_COURIER, ask=_("Enter which courier carries it"))
    problems += what_is_wrong_with_parcel(way.taken_by, way.parcel_no)
    if laboratory.kind != OrganisationKind.LABORATORY:
        problems.append(FieldProblem("laboratory", "no_laboratory", _("Choose a laboratory")))
    if problems:
        raise Invalid(*problems)


def what_is_wrong_with_parcel(taken_by: str, parcel_no: str) -> Iterator[FieldProblem]:
    """A courier signs nothing here: only the number of the parcel, and its arrival, confirm that side."""
    is_by_courier = taken_by.startswith("courier:")
    ask = _("Enter the parcel number; who carries it by hand is somebody of the agency, who confirms it")
    yield from fields.text(
        "parcel_no", parcel_no, most=HandOver.parcel_no.type.length, ask=ask if is_by_courier else None
    )
