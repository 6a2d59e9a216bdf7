"""A portion leaves the store for a laboratory that has no part in its sampling; the backup only for a re-inspection."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted, Refused, Stale
from quality.core.words import Reason
from quality.core.workflow import perform
from quality.people.actor import SYSTEM
from quality.people.operations import invite_person
from quality.permissions import Role
from quality.purchases.models import PortionKind, PortionStatus, Sample, SampleStatus
from quality.purchases.operations import Way, dispatch, dispatch_backup, hand_over
from quality.purchases.queries import custody
from quality.purchases.workflow import ACCEPT, CONCLUDE, REPORT, SAMPLE_LIFE, TAKE_IN, TEST, TRANSFER
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import BY_COURIER, buyer_of, dispatched_sample, sealed_sample

COURIER = "顺达快递"


def conclude(session: Session, sample: Sample, cast: Cast) -> Sample:
    """Along the table to concluded; what the laboratory writes on the way is told in its own room."""
    for move, actor in (
        (ACCEPT, cast.analyst),
        (TEST, cast.analyst),
        (REPORT, cast.signatory),
        (CONCLUDE, cast.reviewer),
    ):
        perform(session, sample, move, by=actor)
    return sample


def test_the_test_portion_goes_and_the_backup_stays(session: Session, cast: Cast, clock: HeldClock) -> None:
    sample = sealed_sample(session, cast)
    left = clock.advance(days=1)

    dispatch(session, sample, cast.laboratory, by=cast.buyer, way=Way(f"courier: {COURIER} ", "sd-7", "云州市东湖区"))

    test, backup = sample.portions
    assert (sample.status, sample.laboratory) == (SampleStatus.DISPATCHED, cast.laboratory)
    assert (test.status, test.laboratory) == (PortionStatus.DISPATCHED, cast.laboratory)
    assert (backup.status, backup.laboratory) == (PortionStatus.SEALED, None)
    step = sample.hand_overs[-1]
    assert (step.portion, step.given_by, step.taken_by) == (test, "store:YZ", f"courier:{COURIER}")
    assert (step.seal_no, step.seal_intact, step.at, step.place) == (test.seal_no, True, left, "云州市东湖区")
    assert [len(chain.steps) for chain in custody(session, sample)] == [2, 1]


@on_sqlite
def test_only_a_laboratory_is_sent_a_sample_and_someone_carries_it(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    missing = ("courier", "missing"), ("parcel_no", "missing")
    with invalid(("laboratory", "no_laboratory"), *missing, ("place", "too_long")):
        dispatch(session, sample, cast.platform, by=cast.buyer, way=Way("courier: ", " ", "路" * 201))
    with invalid(("courier", "too_long")):
        dispatch_backup(session, sample, cast.laboratory, by=cast.buyer, way=Way("courier:" + "顺" * 51, "1"))
    assert sample.status == SampleStatus.SEALED


def test_the_one_who_samples_does_not_test(session: Session, cast: Cast, clock: HeldClock) -> None:
    sample = sealed_sample(session, cast)
    working = invite_person(
        session, email=buyer_of(cast).email, organisation=cast.laboratory, role=Role.ANALYST, by=SYSTEM
    )
    session.commit()
    with pytest.raises(Refused, match="sampler_tests"):
        dispatch(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    session.rollback()
    dispatch(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)

    other = sealed_sample(session, cast)
    working.ended_at = clock.now()
    dispatch(session, other, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert other.status == SampleStatus.DISPATCHED


@on_sqlite
def test_a_sample_is_sent_once_by_its_own_people(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    above, other = hire(session, cast.above, Role.COORDINATOR), hire(session, cast.agency, Role.BUYER)
    session.commit()
    for stranger in (above, other, cast.reviewer, cast.analyst, cast.desk):
        with pytest.raises(NotPermitted):
            dispatch(session, sample, cast.laboratory, by=stranger, way=BY_COURIER)
        session.rollback()
    with pytest.raises(Stale):
        dispatch(session, sample, cast.laboratory, by=cast.buyer, way=BY_COURIER, version=1)
    session.rollback()
    dispatch(session, sample, cast.laboratory, by=cast.buyer, way=BY_COURIER)
    with pytest.raises(Refused, match="wrong_status"):
        dispatch(session, sample, cast.second_laboratory, by=cast.buyer, way=BY_COURIER)


def test_the_backup_goes_to_another_laboratory_once_there_is_a_conclusion(session: Session, cast: Cast) -> None:
    sample = dispatched_sample(session, cast)
    backup = sample.portion(PortionKind.BACKUP)
    session.commit()
    with pytest.raises(Refused, match="not_concluded"):
        dispatch_backup(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)
    session.rollback()
    conclude(session, sample, cast)
    session.commit()
    with pytest.raises(Refused, match="same_laboratory"):
        dispatch_backup(session, sample, cast.laboratory, by=cast.coordinator, way=BY_COURIER)
    session.rollback()

    dispatch_backup(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)

    assert (sample.status, sample.laboratory) == (SampleStatus.CONCLUDED, cast.laboratory)
    assert (backup.status, backup.laboratory) == (PortionStatus.DISPATCHED, cast.second_laboratory)
    assert sample.hand_overs[-1].portion == backup
    with pytest.raises(Refused, match="wrong_status"):
        dispatch_backup(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)


@on_sqlite
def test_a_later_room_may_ask_for_more_before_the_backup_goes(session: Session, cast: Cast) -> None:
    sample = conclude(session, dispatched_sample(session, cast), cast)
    session.commit()
    with pytest.raises(Refused, match="no_objection"):
        dispatch_backup(
            session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER,
            also=[lambda portion, actor: Reason("no_objection", "nobody objected")],
        )  # fmt: skip
    session.rollback()
    with pytest.raises(Stale):
        dispatch_backup(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER, version=9)


def test_custody_names_a_seal_that_was_read_otherwise(session: Session, cast: Cast, clock: HeldClock) -> None:
    sample = dispatched_sample(session, cast)
    test = sample.portion(PortionKind.TEST)
    assert [chain.gaps for chain in custody(session, sample)] == [[], []]

    hand_over(
        session, test, by=cast.analyst, taken_by=f"laboratory:{cast.laboratory.id}", at=clock.now() - timedelta(days=1),
        seal_no="yz-000", seal_intact=False, condition=" 箱角压瘪 ",
    )  # fmt: skip

    whole = custody(session, sample)
    assert [(gap.step, gap.reason.code) for gap in whole[0].gaps] == [
        (2, "seal_differs"), (2, "seal_broken"), (2, "out_of_order")
    ]  # fmt: skip
    last = whole[0].steps[-1]
    assert (last.given_by, last.seal_no, last.condition) == (f"courier:{COURIER}", "YZ-000", "箱角压瘪")
    assert whole[1].gaps == []
    with pytest.raises(Refused, match="seal_broken"):
        perform(session, test, TAKE_IN, by=cast.analyst)


@on_sqlite
def test_an_unbroken_portion_is_taken_in(session: Session, cast: Cast) -> None:
    sample = dispatched_sample(session, cast)
    test = sample.portion(PortionKind.TEST)
    perform(session, test, TAKE_IN, by=cast.analyst)
    assert test.status == PortionStatus.AT_LAB


@on_sqlite
def test_the_moves_of_a_sample_ask_for_what_they_need(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    offered = {move.name: refusal and refusal.code for move, refusal in SAMPLE_LIFE.choices(sample, cast.coordinator)}
    assert offered == {"dispatch": "no_laboratory", "transfer": "no_reason"}
    session.commit()
    with pytest.raises(Refused, match="no_reason"):
        perform(session, sample, TRANSFER, by=cast.coordinator)
