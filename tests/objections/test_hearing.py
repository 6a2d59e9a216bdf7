"""The parties are told, each has fifteen days from its own receipt, and silence is acceptance."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.clocks.queries import clocks_of
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.events import Event
from quality.core.workflow import perform
from quality.objections.concerned import Concerned
from quality.objections.jobs import accept_what_was_not_objected_to
from quality.objections.models import Ground, ObjectionStatus, Party, TellingStatus
from quality.objections.operations import (
    acknowledge,
    admit,
    object_by_letter,
    receive,
    refuse,
    send_letter,
    tell,
    withdraw_by_letter,
)
from quality.objections.queries import (
    may_still_be_objected_to,
    one_visible,
    open_objections,
    telling_of,
    tellings_of,
    visible_to,
)
from quality.objections.workflow import TELLING_LIFE
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.lab import proposed_finding
from tests.harness.objections import admitted_objection, nonconforming, received_objection
from tests.harness.people import hire
from tests.harness.refusals import assert_invalid, assert_refused


def running(session, case):
    return {shown.rule for shown in clocks_of(session, case) if shown.stopped_at is None}


def heard(session, finding, cast, told, at, **changed):
    facts = {"party": Party.PRODUCER, "ground": Ground.RESULT, "result_received_at": told, "received_at": at}
    return receive(session, finding, by=cast.coordinator, **(facts | changed))


def test_telling_a_party_starts_its_own_days_and_ends_ours(session, cast, clock):
    finding = nonconforming(session, cast)
    assert "result_told" in running(session, finding.sample)
    first = tell(session, finding, Party.SELLER, clock.advance(days=1), by=cast.coordinator)
    assert "result_told" not in running(session, finding.sample)
    second = tell(session, finding, Party.PRODUCER, clock.advance(days=2), by=cast.coordinator)
    due = [clocks_of(session, telling)[0].due_on.isoformat() for telling in (first, second)]
    assert due == ["2026-09-17", "2026-09-20"]  # the 19th is a Saturday, the 20th a Sunday that is worked
    assert may_still_be_objected_to(session, finding)
    assert_refused(session, "told_already", tell, finding, Party.SELLER, clock.now(), by=cast.coordinator)
    events = session.scalars(sa.select(Event).where(Event.part == f"telling:{second.id}")).all()
    assert [(e.subject_type, e.action, e.new_status) for e in events] == [("finding", "create", "told")]


@on_sqlite
def test_nobody_is_told_before_the_finding_is_confirmed_nor_in_the_future(session, cast, clock):
    proposed = proposed_finding(session, cast)
    assert_refused(session, "finding_not_standing", tell, proposed, Party.SELLER, clock.now(), by=cast.coordinator)
    finding = nonconforming(session, cast)
    now, by = clock.now(), cast.coordinator
    early, late = finding.confirmed_at - timedelta(minutes=2), now + timedelta(minutes=2)
    assert_invalid(session, {("received_at", "too_early")}, tell, finding, Party.SELLER, early, by=by)
    assert_invalid(session, {("received_at", "in_the_future")}, tell, finding, Party.SELLER, late, by=by)
    assert_refused(session, "role_may_not", tell, finding, Party.SELLER, now, by=cast.reviewer)
    above = hire(session, cast.above, Role.COORDINATOR)
    assert_refused(session, "not_yours", tell, finding, Party.SELLER, now, by=above)


@on_sqlite
def test_a_party_told_a_moment_ago_is_not_told_twice(session, cast, clock, monkeypatch):
    finding = nonconforming(session, cast)
    tell(session, finding, Party.SELLER, clock.now(), by=cast.coordinator)
    monkeypatch.setattr("quality.objections.operations.hearing.telling_of", lambda *_: None)
    assert_refused(session, "told_already", tell, finding, Party.SELLER, clock.now(), by=cast.coordinator)


def test_an_objection_in_time_is_received_and_admitted_within_three_working_days(session, cast):
    objection = received_objection(session, cast)
    finding = objection.finding
    assert (objection.status, objection.items) == (ObjectionStatus.RECEIVED, ["磁通量指数"])
    assert objection.number.startswith("O-YZ-2026-")
    assert telling_of(session, finding, Party.PRODUCER).status == TellingStatus.OBJECTED
    assert running(session, objection) == {"objection_admission"}
    assert not may_still_be_objected_to(session, finding)
    assert list(open_objections(session, finding)) == [objection]
    admit(session, objection, by=cast.coordinator)
    assert (objection.status, objection.admitted_by_id) == (ObjectionStatus.ADMITTED, cast.coordinator.id)
    assert running(session, objection) == {"reinspection_lab"}
    session.commit()


@on_sqlite
def test_the_fifteenth_day_is_in_time_and_the_sixteenth_is_late(session, cast, clock):
    finding = nonconforming(session, cast)
    told = clock.now()
    telling = tell(session, finding, Party.PRODUCER, told, by=cast.coordinator)
    over = clocks_of(session, telling)[0].due_at
    clock.moment = over
    assert_refused(session, "late", heard, finding, cast, told, over)
    assert heard(session, finding, cast, told, over - timedelta(seconds=1)).status == ObjectionStatus.RECEIVED


@on_sqlite
def test_a_late_objection_of_a_party_that_was_never_recorded_leaves_nothing(session, cast, clock):
    finding = nonconforming(session, cast)
    told = clock.now()
    assert_refused(session, "late", heard, finding, cast, told, clock.advance(days=30))
    assert list(tellings_of(session, finding)) == []


def test_silence_is_acceptance(session, cast, clock):
    finding = nonconforming(session, cast)
    told = clock.now()
    silent = tell(session, finding, Party.SELLER, told, by=cast.coordinator)
    spoken = tell(session, finding, Party.PRODUCER, told, by=cast.coordinator)
    heard(session, finding, cast, told, clock.now())
    session.commit()
    sessions = sessionmaker(db.engine)
    assert accept_what_was_not_objected_to(sessions, clock.advance(days=14)) == 0
    now = clock.advance(days=10)
    assert accept_what_was_not_objected_to(sessions, now) == 1
    assert accept_what_was_not_objected_to(sessions, now) == 0
    session.expire_all()
    assert (silent.status, spoken.status) == (TellingStatus.ACCEPTED, TellingStatus.OBJECTED)
    assert clocks_of(session, silent)[0].outcome == "accepted"
    told_of = {"party": Party.SELLER, "result_received_at": told, "received_at": told}
    assert_refused(session, "late", heard, finding, cast, told, told, **told_of)


@on_sqlite
def test_nobody_accepts_for_a_party_before_its_period_is_over(session, cast, clock):
    telling = tell(session, nonconforming(session, cast), Party.SELLER, clock.now(), by=cast.coordinator)
    clock.advance(days=14)
    assert_refused(session, "period_runs", perform, telling, TELLING_LIFE["accept"], by=SYSTEM)
    assert_refused(session, "role_may_not", perform, telling, TELLING_LIFE["accept"], by=cast.coordinator)


@on_sqlite
def test_two_workers_who_accept_at_once_accept_once(session, cast, clock, monkeypatch):
    finding = nonconforming(session, cast)
    telling = tell(session, finding, Party.SELLER, clock.now(), by=cast.coordinator)
    session.commit()
    sessions = sessionmaker(db.engine)
    now = clock.advance(days=30)
    ran = []

    class Late:
        """Another worker is quicker between the question and the claim."""

        def __call__(self):
            return sessions()

        def begin(self):
            if not ran:
                ran.append(accept_what_was_not_objected_to(sessions, now))
            return sessions.begin()

    assert accept_what_was_not_objected_to(Late(), now) == 0
    session.expire_all()
    assert ran == [1]
    assert telling.status == TellingStatus.ACCEPTED


@on_sqlite
def test_what_is_wrong_with_an_objection_is_named_at_once(session, cast, clock):
    finding = nonconforming(session, cast)
    told, at = clock.now(), clock.advance(days=1)
    past, future = told - timedelta(hours=1), at + timedelta(hours=1)
    wrong = {("result_received_at", "too_early"), ("items", "did_not_fail")}
    assert_invalid(session, wrong, heard, finding, cast, past, at, items=["磁通量指数", "可迁移元素：铅"])
    assert_invalid(session, {("received_at", "too_early")}, heard, finding, cast, at, told)
    assert_invalid(session, {("received_at", "in_the_future")}, heard, finding, cast, told, future)
    assert_invalid(session, {("items", "missing")}, heard, finding, cast, told, at, items=[])
    origin = {"ground": Ground.AUTHENTICITY, "party": Party.SELLER, "items": ["磁通量指数"]}
    assert_invalid(
        session, {("ground", "not_the_producer"), ("items", "not_disputed")}, heard, finding, cast, told, at, **origin
    )
    conforming = session.info["conforming"]
    assert_invalid(session, {("items", "missing")}, heard, conforming, cast, at, at)


@on_sqlite
def test_the_moment_of_receipt_is_the_one_on_record_and_a_party_objects_once(session, cast, clock):
    finding = nonconforming(session, cast)
    told, other = clock.now(), clock.advance(days=1)
    tell(session, finding, Party.PRODUCER, told, by=cast.coordinator)
    at = clock.advance(days=1)
    assert_invalid(session, {("result_received_at", "told_otherwise")}, heard, finding, cast, other, at)
    heard(session, finding, cast, told, at)
    assert_refused(session, "wrong_status", heard, finding, cast, told, at)
    assert_refused(session, "role_may_not", receive_as, finding, cast.reviewer, told)


def receive_as(session, finding, by, told):
    facts = {"party": Party.SELLER, "ground": Ground.RESULT, "result_received_at": told, "received_at": told}
    receive(session, finding, by=by, **facts)


@on_sqlite
def test_an_objection_is_refused_with_its_reason(session, cast):
    objection = received_objection(session, cast)
    assert_invalid(session, {("reason", "missing")}, refuse, objection, " ", by=cast.coordinator)
    assert_refused(session, "role_may_not", refuse, objection, "缺少证明材料", by=cast.reviewer)
    read = objection.version
    refuse(session, objection, "缺少证明材料", by=cast.coordinator)
    assert objection.status == ObjectionStatus.REFUSED
    assert running(session, objection) == set()
    assert_refused(session, "stale", admit, objection, by=cast.coordinator, version=read)
    assert_refused(session, "wrong_status", admit, objection, by=cast.coordinator)
    assert open_objections(session, objection.finding) == []


@on_sqlite
def test_only_agencies_see_objections_and_those_above_only_read(session, cast):
    objection = admitted_objection(session, cast, party=Party.SELLER, ground=Ground.PROCEDURE)
    above, below = hire(session, cast.above, Role.COORDINATOR), hire(session, cast.below, Role.COORDINATOR)
    for reader in (cast.coordinator, cast.reviewer, above):
        assert one_visible(session, reader, objection.number) == objection
    for stranger in (below, cast.analyst, cast.second_analyst, cast.desk, cast.buyer):
        assert session.scalars(visible_to(stranger)).all() == []
        with pytest.raises(NotFound):
            one_visible(session, stranger, objection.number)
    fresh = received_objection(session, cast)
    assert_refused(session, "not_yours", admit, fresh, by=above)


@on_sqlite
def test_what_a_party_does_by_its_letter_is_not_dated_before_what_it_answers_though_the_clock_fell_back(session, cast):
    finding = nonconforming(session, cast)
    cast.clock.advance(hours=3)
    letter, _token = send_letter(session, finding, Party.SELLER, by=cast.coordinator)
    sent, by = letter.sent_at, Concerned.by(letter, cast.agency)
    cast.clock.advance(hours=-2)

    acknowledge(session, letter, by=by)
    objection = object_by_letter(session, letter, by=by, ground=Ground.PROCEDURE, items=None, statement="封样有误")
    withdraw_by_letter(session, objection, by=by)

    telling = telling_of(session, finding, Party.SELLER)
    assert (letter.received_at, telling.received_at, objection.received_at) == (sent, sent, sent)
    assert objection.withdrawn_by_party_at == sent
    assert {(each.started_at, each.stopped_at) for each in clocks_of(session, telling)} == {(sent, sent)}
