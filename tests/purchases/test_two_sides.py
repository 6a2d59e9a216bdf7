"""A hand-over has two sides; an unconfirmed one, or another gap, stops the portion at the laboratory's door."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock as real_clock
from quality.core.events import Event, Note
from quality.lab.models import Refusal
from quality.lab.operations import refuse
from quality.lab.queries import why_held
from quality.permissions import Role
from quality.purchases.models import Confirmation, HandOver, PortionKind, PortionStatus, Sample, SampleStatus
from quality.purchases.operations import Way, confirm_hand_over, dispatch, explain_gap, pass_on
from quality.purchases.operations.storage import add_place, close_place
from quality.purchases.queries import custody, places_of
from tests.harness.databases import on_sqlite
from tests.harness.lab import portion_to_test, take_in
from tests.harness.people import Cast, hire
from tests.harness.purchases import BY_COURIER, dispatched_sample, sealed_sample
from tests.harness.refusals import assert_invalid, assert_refused

HOW: dict[str, Any] = {"seal_intact": True, "condition": "完好"}


def codes(session: Session, sample: Sample) -> list[str]:
    return [gap.reason.code for chain in custody(session, sample) for gap in chain.gaps]


def hand(actor: Any) -> str:
    return f"person:{actor.id}"


def given_to_the_coordinator(session: Session, cast: Cast) -> tuple[Sample, HandOver]:
    """The buyer takes the test portion out of the store and gives it to the coordinator, who has said nothing yet."""
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=1)
    seal = portion_to_test(sample).seal_no
    how: dict[str, Any] = HOW | {"seal_no": seal}
    for taker in (cast.buyer, cast.coordinator):
        pass_on(session, sample, PortionKind.TEST, by=cast.buyer, taken_by=hand(taker), at=real_clock.now(), **how)
    return sample, sample.hand_overs[-1]


def test_each_side_is_confirmed_by_its_person_with_the_seal(session: Session, cast: Cast) -> None:
    sample, step = given_to_the_coordinator(session, cast)
    assert codes(session, sample) == ["taker_silent"]
    seal = portion_to_test(sample).seal_no
    assert_refused(
        session, "nothing_to_confirm", confirm_hand_over, sample, step.id, by=cast.buyer, seal_no=seal, **HOW
    )
    assert_invalid(
        session, {("seal_no", "missing")}, confirm_hand_over, sample, step.id, by=cast.coordinator, seal_no=" ", **HOW
    )
    assert_refused(session, "role_may_not", confirm_hand_over, sample, step.id, by=cast.reviewer, seal_no=seal, **HOW)

    confirm_hand_over(session, sample, step.id, by=cast.coordinator, seal_no=seal.lower(), **HOW)

    assert codes(session, sample) == []
    said = session.scalars(sa.select(Confirmation).where(Confirmation.hand_over_id == step.id)).one()
    assert (said.side, said.by_id, said.seal_no, said.condition) == ("taken", cast.coordinator.id, seal, "完好")
    assert_refused(
        session, "nothing_to_confirm", confirm_hand_over, sample, step.id, by=cast.coordinator, seal_no=seal, **HOW
    )


@on_sqlite
def test_who_writes_down_a_hand_over_of_two_others_confirms_neither_side(session: Session, cast: Cast) -> None:
    sample, step = given_to_the_coordinator(session, cast)
    seal, other = portion_to_test(sample).seal_no, hire(session, cast.agency, Role.COORDINATOR)
    confirm_hand_over(session, sample, step.id, by=cast.coordinator, seal_no=seal, **HOW)
    how: dict[str, Any] = HOW | {"seal_no": seal, "at": real_clock.now()}
    between = pass_on(session, sample, PortionKind.TEST, by=cast.buyer, taken_by=hand(other), **how)
    assert codes(session, sample) == ["giver_silent", "taker_silent"]
    confirm_hand_over(session, sample, between.id, by=cast.coordinator, seal_no=seal, **HOW)
    assert codes(session, sample) == ["taker_silent"]
    confirm_hand_over(session, sample, between.id, by=other, seal_no=seal, **HOW)
    assert codes(session, sample) == []


@on_sqlite
@pytest.mark.parametrize(
    ("read", "wrong"), [({"seal_no": "YZ-OTHER"}, "seal_differs"), ({"seal_intact": False}, "seal_broken")]
)
def test_the_worse_of_what_both_sides_read_stands(
    session: Session, cast: Cast, read: dict[str, Any], wrong: str
) -> None:
    sample, step = given_to_the_coordinator(session, cast)
    by = cast.coordinator
    confirm_hand_over(session, sample, step.id, by=by, **HOW | {"seal_no": portion_to_test(sample).seal_no} | read)
    assert codes(session, sample) == [wrong]
    assert_invalid(
        session, {("step", "no_gap")}, explain_gap, sample, step.id, "看错了", by=other_coordinator(session, cast)
    )


def test_a_gap_stops_the_portion_at_the_door_until_it_is_explained(session: Session, cast: Cast) -> None:
    sample, step = given_to_the_coordinator(session, cast)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    portion = portion_to_test(sample)
    session.commit()
    take_in(session, portion, cast)
    assert (portion.status, sample.status) == (PortionStatus.HELD, SampleStatus.DISPATCHED)
    assert len(why_held(portion)) == 1
    session.commit()
    assert_refused(session, "custody_gap", take_in, portion, cast)
    assert_refused(session, "role_may_not", explain_gap, sample, step.id, "当面交接", by=cast.buyer)
    assert_refused(session, "same_person", explain_gap, sample, step.id, "当面交接", by=cast.coordinator)
    colleague = other_coordinator(session, cast)
    assert_invalid(session, {("reason", "missing")}, explain_gap, sample, step.id, " ", by=colleague)
    assert_invalid(session, {("step", "no_gap")}, explain_gap, sample, 99_999, "当面交接", by=colleague)

    explain_gap(session, sample, step.id, " 当面交接，监控可查 ", by=colleague)

    assert step.explanation == "当面交接，监控可查"
    notes = sa.select(Note.text).join(Event, Event.note_digest == Note.digest).where(Event.action == "explain_gap")
    assert session.scalars(notes).all() == ["当面交接，监控可查"]
    assert (portion.status, why_held(portion)) == (PortionStatus.DISPATCHED, [])
    take_in(session, portion, cast)
    assert (portion.status, sample.status) == (PortionStatus.AT_LAB, SampleStatus.AT_LAB)
    assert [gap.is_explained for gap in custody(session, sample)[0].gaps] == [True]
    hands = [step.taken_by.partition(":")[0] for step in custody(session, sample)[0].steps]
    assert hands[-3:] == ["courier", "door", "laboratory"]


@on_sqlite
def test_what_comes_as_another_parcel_is_held_and_can_be_turned_away(session: Session, cast: Cast) -> None:
    sample = dispatched_sample(session, cast)
    portion = portion_to_test(sample)
    take_in(session, portion, cast, parcel_no="SD-8")
    assert portion.status == PortionStatus.HELD
    assert codes(session, sample) == ["parcel_differs"]
    [why] = why_held(portion)
    assert all(number in str(why) for number in ("SD-7", "SD-8"))
    refuse(session, portion, "包裹不是寄出的那个", by=cast.analyst, cause=Refusal.CUSTODY_GAP)
    assert (portion.status, sample.status) == (PortionStatus.REFUSED_BY_LAB, SampleStatus.REFUSED_BY_LAB)


@on_sqlite
def test_who_carries_it_by_hand_confirms_both_ends_by_the_seal(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    portion, by = portion_to_test(sample), cast.coordinator
    way = Way(hand(by))
    stranger = hire(session, cast.agency, Role.BUYER)
    assert_invalid(
        session, {("taken_by", "cannot_confirm")},
        dispatch, sample, cast.laboratory, by=cast.buyer, way=Way(hand(stranger)),
    )  # fmt: skip
    dispatch(session, sample, cast.laboratory, by=cast.buyer, way=way)
    assert codes(session, sample) == ["taker_silent"]
    confirm_hand_over(session, sample, sample.hand_overs[-1].id, by=by, seal_no=portion.seal_no, **HOW)
    take_in(session, portion, cast)
    assert (portion.status, codes(session, sample)) == (PortionStatus.HELD, ["giver_silent"])
    confirm_hand_over(session, sample, sample.hand_overs[-1].id, by=by, seal_no=portion.seal_no, **HOW)
    assert (portion.status, codes(session, sample)) == (PortionStatus.DISPATCHED, [])
    take_in(session, portion, cast)
    assert portion.status == PortionStatus.AT_LAB


@on_sqlite
def test_a_portion_with_a_gap_is_refused_for_it(session: Session, cast: Cast) -> None:
    sample, _step = given_to_the_coordinator(session, cast)
    dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    refuse(session, portion_to_test(sample), "流转记录不全", by=cast.analyst, cause=Refusal.CUSTODY_GAP)
    assert sample.exit_reason == Refusal.CUSTODY_GAP


@on_sqlite
def test_a_portion_is_given_only_to_who_can_confirm_that_they_have_it(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=1)
    how: dict[str, Any] = HOW | {"seal_no": portion_to_test(sample).seal_no, "at": real_clock.now()}
    for stranger in (hire(session, cast.agency, Role.BUYER), cast.reviewer, cast.analyst):
        assert_invalid(
            session, {("taken_by", "cannot_confirm")},
            pass_on, sample, PortionKind.TEST, by=cast.buyer, taken_by=hand(stranger), **how,
        )  # fmt: skip


@on_sqlite
def test_a_chilled_portion_is_measured_at_each_hand_over(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=1)
    campaign = sample.task.campaign
    session.execute(sa.update(type(campaign)).where(type(campaign).id == campaign.id).values(category="冷藏乳制品"))
    session.expire_all()
    how: dict[str, Any] = HOW | {"seal_no": portion_to_test(sample).seal_no, "at": real_clock.now()}
    store: dict[str, Any] = {"by": cast.buyer, "taken_by": "store:冷库1", **how}
    assert_invalid(session, {("temperature", "missing")}, pass_on, sample, PortionKind.TEST, **store)
    pass_on(session, sample, PortionKind.TEST, tenths_celsius=45, **store)
    assert codes(session, sample) == []
    pass_on(session, sample, PortionKind.TEST, tenths_celsius=171, **store)
    assert codes(session, sample) == ["wrong_temperature"]
    add_place(session, by=cast.coordinator, code="A-1", room="常温库", least_tenths=150, most_tenths=250)
    backup = HOW | {"seal_no": sample.portion(PortionKind.BACKUP).seal_no, "at": real_clock.now()}
    there: dict[str, Any] = {"by": cast.buyer, "taken_by": "store:A-1", **backup}
    pass_on(session, sample, PortionKind.BACKUP, tenths_celsius=45, **there)
    assert codes(session, sample) == ["wrong_temperature", "unfit_place"]
    [place] = places_of(session, cast.agency.id)
    close_place(session, place, by=cast.coordinator)
    refused = {("taken_by", "closed_place")}
    assert_invalid(session, refused, pass_on, sample, PortionKind.BACKUP, tenths_celsius=45, **there)


@on_sqlite
def test_hand_overs_of_before_have_both_sides(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    row = {
        "sample_id": sample.id, "portion_id": portion_to_test(sample).id, "given_by": "store:YZ",
        "taken_by": hand(cast.coordinator), "seal_no": portion_to_test(sample).seal_no, "seal_intact": True,
        "at": real_clock.now(), "place": "", "condition": "",
    }  # fmt: skip
    session.execute(sa.text(f"INSERT INTO hand_over ({', '.join(row)}) VALUES (:{', :'.join(row)})"), row)
    session.expire_all()
    assert codes(session, sample) == []


def other_coordinator(session: Session, cast: Cast) -> Any:
    return hire(session, cast.agency, Role.COORDINATOR)
