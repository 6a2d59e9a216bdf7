"""Backup portions lie in named places, are kept for their time, and go only with two signatures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.clocks.models import Clock
from quality.clocks.queries import clocks_of
from quality.core import clock as real_clock
from quality.core.db import db
from quality.core.events import Event
from quality.lab.jobs import keep_backups_of_before
from quality.lab.operations import refuse
from quality.objections.models import Ground, Party
from quality.objections.operations import receive, tell
from quality.objections.operations.disposal import confirm_disposal
from quality.permissions import Role
from quality.purchases.models import Disposal, PortionKind, PortionStatus, Sample
from quality.purchases.operations import dispatch_backup, pass_on
from quality.purchases.operations.storage import (
    KEEPING,
    add_place,
    close_place,
    propose_disposal,
    withdraw_disposal,
)
from quality.purchases.queries import lying_in, places_of
from tests.harness.databases import on_sqlite
from tests.harness.lab import confirmed_finding, portion_to_test, sent_sample
from tests.harness.people import Cast, hire
from tests.harness.purchases import BY_COURIER, sealed_sample
from tests.harness.refusals import assert_invalid, assert_refused

BACKUP = PortionKind.BACKUP


def refused_sample(session: Session, cast: Cast) -> Sample:
    sample = sent_sample(session, cast)
    refuse(session, portion_to_test(sample), "封条断裂", by=cast.analyst, seal_intact=False)
    return sample


def keeps(session: Session, sample: Sample) -> list[str]:
    return [each.rule for each in clocks_of(session, sample) if each.rule in KEEPING and each.stopped_at is None]


def test_a_place_is_named_once_and_what_is_put_there_is_listed(session: Session, cast: Cast) -> None:
    by: Any = cast.coordinator
    place = add_place(session, by=by, code=" B-12 ", room="留样室", shelf="二层", least_tenths=20, most_tenths=80)
    session.commit()
    assert_invalid(session, {("code", "used_code")}, add_place, by=by, code="B-12", room="冷库")
    assert_invalid(session, {("code", "missing"), ("room", "missing")}, add_place, by=by, code=" ", room="")
    reversed_range = {"code": "B-13", "room": "冷库", "least_tenths": 81, "most_tenths": 80}
    assert_invalid(session, {("most", "empty_range")}, add_place, by=by, **reversed_range)
    unasked: dict[str, Any] = {"code": "B-14", "room": "冷库"}
    assert_refused(session, "role_may_not", lambda session: add_place(session, by=cast.reviewer, **unasked))
    sample = sealed_sample(session, cast)
    cast.clock.advance(hours=1)
    how: dict[str, Any] = {"at": real_clock.now(), "seal_intact": True}
    for kind in PortionKind:
        seal = sample.portion(kind).seal_no
        pass_on(session, sample, kind, by=cast.buyer, taken_by=place.hand, seal_no=seal, **how)
    [first, second] = lying_in(session, cast.coordinator, place.hand, before=None, most=5)
    assert {first.portion.kind, second.portion.kind} == set(PortionKind)
    assert lying_in(session, cast.coordinator, place.hand, before=first.id, most=5) == [second]
    assert lying_in(session, hire(session, cast.below, Role.COORDINATOR), place.hand, before=None, most=5) == []
    seal = sample.portion(BACKUP).seal_no
    pass_on(session, sample, BACKUP, by=cast.buyer, taken_by="store:C-1", seal_no=seal, **how)
    assert [step.portion.kind for step in lying_in(session, cast.coordinator, place.hand, before=None, most=5)] == [
        PortionKind.TEST
    ]
    close_place(session, place, by=by)
    assert [each.closed_at is None for each in places_of(session, cast.agency.id)] == [False]


@pytest.mark.parametrize(
    ("nonconforming", "rule", "days"), [(True, "keep_backup_failed", 180), (False, "keep_backup", 90)]
)
def test_a_backup_portion_is_kept_from_the_conclusion_on(
    session: Session, cast: Cast, nonconforming: bool, rule: str, days: int
) -> None:
    sample = confirmed_finding(session, cast, nonconforming).sample
    assert keeps(session, sample) == [rule]
    by: Any = cast.coordinator
    assert_refused(session, "kept_longer", propose_disposal, sample, BACKUP, "到期", by=by)
    cast.clock.advance(days=days + 15)
    propose_disposal(session, sample, BACKUP, "保存期满，按废弃物处理", by=by)


@pytest.mark.parametrize(("nonconforming", "rule"), [(True, "keep_backup_failed"), (False, "keep_backup")])
def test_what_was_concluded_before_there_was_a_clock_is_kept_from_its_conclusion_on(
    session: Session, cast: Cast, nonconforming: bool, rule: str
) -> None:
    finding = confirmed_finding(session, cast, nonconforming)
    session.execute(sa.delete(Clock).where(Clock.rule.in_(KEEPING)))
    session.commit()
    cast.clock.advance(days=30)
    sessions = sessionmaker(db.engine)
    assert [keep_backups_of_before(sessions, real_clock.now()) for _twice in range(2)] == [1, 0]
    session.expire_all()
    assert keeps(session, finding.sample) == [rule]
    started = session.scalars(sa.select(Clock.started_at).where(Clock.rule == rule)).one()
    assert started == finding.confirmed_at
    assert session.scalars(sa.select(Event.actor).where(Event.action == "keep_backup")).all() == ["system"]


@on_sqlite
def test_a_backup_portion_that_is_sent_to_be_tested_again_is_kept_no_longer(session: Session, cast: Cast) -> None:
    sample = confirmed_finding(session, cast).sample
    dispatch_backup(session, sample, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)
    assert keeps(session, sample) == []


def test_disposal_takes_two_people_and_stops_the_clock(session: Session, cast: Cast) -> None:
    sample = confirmed_finding(session, cast, nonconforming=False).sample
    cast.clock.advance(days=120)
    by: Any = cast.coordinator
    assert_invalid(session, {("reason", "missing")}, propose_disposal, sample, BACKUP, " ", by=by)
    assert_refused(session, "role_may_not", propose_disposal, sample, BACKUP, "到期", by=cast.buyer)
    assert_refused(session, "not_proposed", confirm_disposal, sample, BACKUP, by=cast.reviewer)
    propose_disposal(session, sample, BACKUP, "到期", by=by)
    session.commit()
    assert_refused(session, "proposed_already", propose_disposal, sample, BACKUP, "到期", by=cast.reviewer)
    assert_refused(session, "same_person", confirm_disposal, sample, BACKUP, by=by)
    assert_refused(session, "role_may_not", confirm_disposal, sample, BACKUP, by=cast.buyer)

    confirm_disposal(session, sample, BACKUP, by=cast.reviewer)

    backup = sample.portion(BACKUP)
    assert backup.status == PortionStatus.DISPOSED
    assert backup.disposal is not None
    assert (backup.disposal.proposed_by_id, backup.disposal.confirmed_by_id) == (by.id, cast.reviewer.id)
    assert keeps(session, sample) == []
    assert_refused(session, "wrong_status", confirm_disposal, sample, BACKUP, by=hire_reviewer(session, cast))


@on_sqlite
def test_the_database_itself_wants_two_people(session: Session, cast: Cast) -> None:
    sample = refused_sample(session, cast)
    propose_disposal(session, sample, BACKUP, "拒收", by=cast.coordinator)
    alone = sa.update(Disposal).values(confirmed_by_id=Disposal.proposed_by_id, confirmed_at=real_clock.now())
    with pytest.raises(IntegrityError, match="four_eyes"):
        session.execute(alone)


@on_sqlite
def test_a_proposal_is_taken_back_and_made_anew(session: Session, cast: Cast) -> None:
    sample = refused_sample(session, cast)
    by: Any = cast.coordinator
    assert_refused(session, "not_proposed", withdraw_disposal, sample, BACKUP, by=by)
    propose_disposal(session, sample, BACKUP, "拒收", by=by)
    withdraw_disposal(session, sample, BACKUP, by=by)
    propose_disposal(session, sample, BACKUP, "拒收，改由复核人提出", by=cast.reviewer)
    confirm_disposal(session, sample, BACKUP, by=by)
    assert sample.portion(BACKUP).status == PortionStatus.DISPOSED


@on_sqlite
def test_a_portion_that_may_still_speak_is_kept(session: Session, cast: Cast) -> None:
    by: Any = cast.coordinator
    assert_refused(session, "still_needed", propose_disposal, sealed_sample(session, cast), BACKUP, "到期", by=by)
    finding = confirmed_finding(session, cast)
    sample = finding.sample
    cast.clock.advance(days=200)
    propose_disposal(session, sample, BACKUP, "到期", by=by)
    session.commit()
    assert_refused(session, "not_told", confirm_disposal, sample, BACKUP, by=cast.reviewer)
    told_at = real_clock.now() - timedelta(hours=1)
    tell(session, finding, Party.SELLER, told_at, by=by)
    session.commit()
    assert_refused(session, "period_runs", confirm_disposal, sample, BACKUP, by=cast.reviewer)
    now = real_clock.now()
    facts: dict[str, Any] = {"party": Party.SELLER, "ground": Ground.RESULT}
    receive(session, finding, by=by, result_received_at=told_at, received_at=now, **facts)
    session.commit()
    assert_refused(session, "objection_open", confirm_disposal, sample, BACKUP, by=cast.reviewer)


def hire_reviewer(session: Session, cast: Cast) -> Any:
    return hire(session, cast.agency, Role.REVIEWER)
