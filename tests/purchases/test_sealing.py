"""What came is checked, sealed in two portions, and gets names that tell a laboratory nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.clocks.queries import clocks_of
from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.permissions import Role
from quality.purchases import blind
from quality.purchases.blind import is_blind_number
from quality.purchases.labels import WORDS, LabelProblem
from quality.purchases.models import Portion, PortionKind, Sample, SampleStatus, Task, TaskStatus
from quality.purchases.operations import ProductFacts, SealedPortion, check_label, seal, sealing
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import FACTS, SEALED, buyer_of, prove, ready_to_seal, received_task, sealed_sample, task_at
from tests.harness.races import at_once

TEST, BACKUP = SealedPortion("YZ-900001", "2 件"), SealedPortion("YZ-900002", "1 件")


def seal_it(session: Session, task: Task, cast: Cast, **changed: Any) -> Sample:
    given: dict[str, Any] = {"by": cast.buyer, "facts": FACTS, "test": TEST, "backup": BACKUP} | changed
    return seal(session, task, **given)


def test_sealing_makes_a_sample_of_two_portions(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = ready_to_seal(session, cast)
    now = clock.advance(hours=1)

    sample = seal_it(session, task, cast)

    assert (task.status, task.sample) == (TaskStatus.SEALED, sample)
    assert (sample.number, sample.status) == ("S-YZ-2026-0001", SampleStatus.SEALED)
    assert (sample.agency_id, sample.buyer_id, sample.sealed_at) == (cast.agency.id, cast.buyer.id, now)
    assert {name: getattr(sample, name) for name in vars(FACTS)} == vars(FACTS)
    test, backup = sample.portions
    assert [(p.kind, p.seal_no, p.quantity, p.status) for p in (test, backup)] == [
        ("test", "YZ-900001", "2 件", "sealed"), ("backup", "YZ-900002", "1 件", "sealed")
    ]  # fmt: skip
    assert is_blind_number(test.blind_no) and is_blind_number(backup.blind_no) and test.blind_no != backup.blind_no
    assert (sample.portion(PortionKind.TEST), sample.portion(PortionKind.BACKUP)) == (test, backup)
    assert {(h.portion, h.given_by, h.taken_by, h.seal_no, h.at) for h in sample.hand_overs} == {
        (p, cast.buyer.signature, "store:YZ", p.seal_no, now) for p in (test, backup)
    }


@on_sqlite
def test_the_way_to_the_laboratory_has_its_clock_from_sealing(session: Session, cast: Cast, clock: HeldClock) -> None:
    sample = sealed_sample(session, cast)
    [running] = clocks_of(session, sample)
    assert (running.rule, running.started_at, running.stopped_at) == ("to_lab", sample.sealed_at, None)
    assert running.due_on.isoformat() == "2026-09-08"  # five working days after Tuesday, 1 September


@on_sqlite
def test_sealing_is_told_in_the_record_of_task_and_sample(session: Session, cast: Cast) -> None:
    sample = sealed_sample(session, cast)
    of = sa.select(Event.action, Event.part).filter_by(subject_type="sample", subject_id=sample.id).order_by(Event.seq)
    first, second = sorted(portion.id for portion in sample.portions)
    assert [tuple(row) for row in session.execute(of)] == [
        ("create", None), ("create", f"portion:{first}"), ("create", f"portion:{second}")
    ]  # fmt: skip
    last = sa.select(Event.action).filter_by(subject_type="task", subject_id=sample.task_id).order_by(Event.seq.desc())
    assert session.scalars(last.limit(1)).one() == "seal"


@on_sqlite
def test_a_label_problem_is_written_down_and_refuses_nothing(session: Session, cast: Cast, clock: HeldClock) -> None:
    task = received_task(session, cast)
    check_label(session, task, ["warnings", LabelProblem.CONFORMITY_MARK, "warnings"], by=cast.buyer)
    assert (task.status, task.label_problems) == (TaskStatus.RECEIVED, ["conformity_mark", "warnings"])
    assert task.label_checked_at == clock.now()
    prove(session, task, *SEALED, by=cast.buyer)
    seal_it(session, task, cast, facts=replace(FACTS, producer_name=""))
    assert task.label_problems == ["conformity_mark", "warnings"]


@on_sqlite
def test_a_label_can_be_checked_again_until_the_goods_are_sealed(session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    check_label(session, task, ["warnings"], by=cast.buyer)
    check_label(session, task, [], by=cast.buyer)
    assert task.label_problems == []
    prove(session, task, *SEALED, by=cast.buyer)
    seal_it(session, task, cast)
    with pytest.raises(Refused, match="wrong_status"):
        check_label(session, task, [], by=cast.buyer)


@on_sqlite
def test_a_label_is_checked_by_its_buyer_after_the_parcel_came(session: Session, cast: Cast) -> None:
    came = received_task(session, cast)
    on_its_way = task_at(session, cast, TaskStatus.SHIPPED)
    with pytest.raises(Refused, match="wrong_status"):
        check_label(session, on_its_way, [], by=cast.buyer)
    with invalid(("problems", "unknown_problem")):
        check_label(session, came, ["ugly"], by=cast.buyer)
    for stranger in (cast.coordinator, hire(session, cast.agency, Role.BUYER)):
        with pytest.raises(NotPermitted):
            check_label(session, came, [], by=stranger)
    with pytest.raises(Stale):
        check_label(session, came, [], by=cast.buyer, version=1)
    assert WORDS.keys() == set(LabelProblem)


@on_sqlite
def test_nothing_is_sealed_before_its_label_was_checked(session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    prove(session, task, *SEALED, by=cast.buyer)
    with pytest.raises(Refused, match="label_unchecked"):
        seal_it(session, task, cast)


@on_sqlite
def test_sealing_needs_pictures_of_packaging_marks_and_both_seals(session: Session, cast: Cast) -> None:
    task = received_task(session, cast)
    check_label(session, task, [], by=cast.buyer)
    for kind in SEALED:
        session.commit()
        with pytest.raises(Refused, match="evidence_missing"):
            seal_it(session, task, cast)
        session.rollback()
        prove(session, task, kind, by=cast.buyer)
    seal_it(session, task, cast)


@on_sqlite
def test_every_wrong_field_of_a_sealing_is_named(session: Session, cast: Cast) -> None:
    task = ready_to_seal(session, cast)
    wrong: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        ({"facts": ProductFacts(product_name=" ")}, [("product_name", "missing")]),
        ({"facts": replace(FACTS, batch="1" * 101)}, [("batch", "too_long")]),
        ({"facts": replace(FACTS, remark="看\x07")}, [("remark", "unprintable")]),
        ({"test": SealedPortion("", "2 件")}, [("test.seal_no", "missing")]),
        ({"backup": SealedPortion("YZ-900002", " ")}, [("backup.quantity", "missing")]),
        ({"test": SealedPortion("9" * 41, "2 件")}, [("test.seal_no", "too_long")]),
        ({"backup": SealedPortion(" yz-９00001 ", "1 件")}, [("backup.seal_no", "same_seal")]),
        (
            {"facts": ProductFacts(product_name=""), "test": SealedPortion("", ""), "backup": SealedPortion("", "")},
            [("product_name", "missing"), *((f"{p}.{f}", "missing") for p in ("test", "backup")
                                            for f in ("seal_no", "quantity"))],
        ),
    ]  # fmt: skip
    for changed, problems in wrong:
        with invalid(*problems):
            seal_it(session, task, cast, **changed)
    assert task.status == TaskStatus.RECEIVED


def test_a_seal_number_is_used_once_ever(session: Session, cast: Cast) -> None:
    first = sealed_sample(session, cast)
    used = first.portion(PortionKind.BACKUP).seal_no
    task = ready_to_seal(session, cast)
    with invalid(("test.seal_no", "used_seal")):
        seal_it(session, task, cast, test=SealedPortion(f" {used.lower()} ", "2 件"))
    with invalid(("backup.seal_no", "used_seal")):
        seal_it(session, task, cast, backup=SealedPortion(used, "1 件"))


def test_of_two_who_use_one_seal_number_at_once_the_second_is_told(app: Flask, session: Session, cast: Cast) -> None:
    buyers = [cast.buyer, hire(session, cast.agency, Role.BUYER)]
    tasks = {buyer.id: ready_to_seal(session, replace(cast, buyer=buyer)).id for buyer in buyers}
    session.commit()

    def press(own: Session, actor: Any) -> str:
        return seal(own, own.get_one(Task, tasks[actor.id]), by=actor, facts=FACTS, test=TEST, backup=BACKUP).number

    answers = at_once(app, buyers, press)

    told = [answer for answer in answers if isinstance(answer, Invalid)]
    assert [answer for answer in answers if isinstance(answer, str)] == ["S-YZ-2026-0001"]
    problems = {(problem.field, problem.code) for answer in told for problem in answer.problems}
    assert problems and problems <= {("test.seal_no", "used_seal"), ("backup.seal_no", "used_seal")}
    assert session.scalar(sa.select(sa.func.count(Sample.id))) == 1


def test_a_blind_number_that_is_taken_is_drawn_again(
    session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = sealed_sample(session, cast).portions[0].blind_no
    drawn = chain([taken, taken], iter(blind.new_blind_number, None))
    monkeypatch.setattr(blind, "new_blind_number", lambda: next(drawn))
    again = sealed_sample(session, cast)
    assert len({taken, *(portion.blind_no for portion in again.portions)}) == 3


def test_two_blind_numbers_alike_are_never_kept(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should two draw the same number at the same moment, the database keeps one, and nobody is told a wrong reason."""
    taken = sealed_sample(session, cast).portions[0].blind_no
    task = ready_to_seal(session, cast)
    monkeypatch.setattr(sealing, "unused_blind_number", lambda _session: taken)
    with pytest.raises(IntegrityError):
        seal_it(session, task, cast)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Portion.id))) == 0


@on_sqlite
def test_only_the_buyer_seals_and_only_what_they_saw(session: Session, cast: Cast) -> None:
    task = ready_to_seal(session, cast)
    session.commit()
    for stranger in (cast.coordinator, hire(session, cast.agency, Role.BUYER), cast.analyst):
        with pytest.raises(NotPermitted):
            seal_it(session, task, cast, by=stranger)
    with pytest.raises(Stale):
        seal_it(session, task, cast, version=task.version - 1)
    assert buyer_of(cast).id == task.buyer_id


def test_the_order_in_which_portions_come_tells_nobody_which_is_the_backup(session: Session, cast: Cast) -> None:
    """Either may come first; that one of them always does, of sixty, happens by chance in no year."""
    seen = set()
    for _many in range(60):
        seen.add(min(sealed_sample(session, cast).portions, key=lambda portion: portion.id).kind)
        if seen == {PortionKind.TEST, PortionKind.BACKUP}:
            return
    raise AssertionError(f"of sixty samples the first portion is always {seen}")
