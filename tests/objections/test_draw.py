"""The laboratory of a re-inspection is drawn: nobody chooses it, and anybody can repeat how it came about."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.clocks.models import Clock
from quality.competence.contents import LineText
from quality.core.db import db
from quality.core.events import Event
from quality.objections.drawing import in_order, seed_of
from quality.objections.jobs import waive_what_was_not_seen_to
from quality.objections.models import Bearer, Decision, Ground, NoReinspection, ObjectionStatus
from quality.objections.operations import decide, draw_laboratory, pass_over, see_to_formalities, send_to_reinspection
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind
from quality.people.operations import add_organisation, find_organisation
from quality.permissions import Role
from tests.harness.certificates import certified
from tests.harness.databases import on_sqlite
from tests.harness.lab import GOOD
from tests.harness.objections import admitted_objection, received_objection, reinspected_objection
from tests.harness.people import hire
from tests.harness.purchases import BY_COURIER
from tests.harness.refusals import assert_invalid, assert_refused


def another_laboratory(session, code, *roles):
    laboratory = add_organisation(
        session, kind=OrganisationKind.LABORATORY, code=code, name=f"第{code}检验所", by=SYSTEM
    )
    for role in roles:
        hire(session, laboratory, role)
    return laboratory


def test_the_order_is_what_sha256_says_of_seed_and_code():
    seed = seed_of("a", "b")
    assert seed == hashlib.sha256(b"a,b").hexdigest()
    order = in_order(seed, ["L2", "L1", "L3"])
    assert order == sorted(((c, hashlib.sha256(f"{seed},{c}".encode()).hexdigest()) for c in ("L1", "L2", "L3")),
                           key=lambda each: each[1])  # fmt: skip


def test_a_laboratory_is_drawn_from_the_eligible_and_the_draw_can_be_repeated_from_the_record(session, cast, clock):
    both = (Role.ANALYST, Role.SIGNATORY)
    for code in ("JC", "JD", "JE"):
        another_laboratory(session, code, *both)
    another_laboratory(session, "JF", Role.ANALYST)
    objection = admitted_objection(session, cast)

    drawn = draw_laboratory(session, objection, by=cast.coordinator)
    session.commit()

    events = session.scalars(
        sa.select(Event).where(Event.subject_type == "objection", Event.subject_id == objection.id).order_by(Event.seq)
    ).all()
    digests = {event.action: event.digest for event in events}
    seed = hashlib.sha256(f"{digests['create']},{digests['admit']}".encode()).hexdigest()
    eligible = {"JC", "JD", "JE", cast.second_laboratory.code}
    first = min(eligible, key=lambda code: hashlib.sha256(f"{seed},{code}".encode()).hexdigest())
    assert (objection.draw["seed"], drawn.code, objection.laboratory.code) == (seed, first, first)
    assert {each["code"] for each in objection.draw["order"]} == eligible
    why = {each["code"]: each["why"] for each in objection.draw["excluded"]}
    assert (why[cast.laboratory.code], why["JF"]) == ("tested_it", "no_staff")
    assert_refused(session, "drawn_already", draw_laboratory, objection, by=cast.coordinator)
    other = next(each for each in eligible if each != first)
    elsewhere = find_organisation(session, other)
    assert_refused(
        session, "not_the_drawn", send_to_reinspection, objection, elsewhere, by=cast.coordinator, way=BY_COURIER
    )


@on_sqlite
def test_who_has_seen_to_the_formalities_loses_nothing_by_a_portion_that_leaves_late(session, cast, clock):
    objection = admitted_objection(session, cast)
    assert_refused(session, "no_formalities", see_to_formalities, objection, by=cast.coordinator)
    draw_laboratory(session, objection, by=cast.coordinator)
    session.commit()
    due = session.scalars(sa.select(Clock.due_at).where(Clock.rule == "reinspection_formalities")).one()
    clock.moment = due
    assert_refused(session, "late", see_to_formalities, objection, by=cast.coordinator)
    clock.moment = due - timedelta(minutes=1)
    see_to_formalities(session, objection, by=cast.coordinator)
    session.commit()
    clock.moment = due + timedelta(days=3)

    assert waive_what_was_not_seen_to(sessionmaker(db.engine), clock.now()) == 0

    send_to_reinspection(session, objection, objection.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert objection.status == ObjectionStatus.IN_REINSPECTION


@on_sqlite
def test_a_laboratory_without_scope_for_the_disputed_items_is_left_out_by_name(session, cast):
    another_laboratory(session, "JC", Role.ANALYST, Role.SIGNATORY)
    certified(session, cast, [LineText("可迁移元素：铅")], laboratory=cast.second_laboratory)
    objection = admitted_objection(session, cast)
    drawn = draw_laboratory(session, objection, by=cast.coordinator)
    assert drawn.code == "JC"  # of which no certificate is recorded at all
    [left] = [each for each in objection.draw["excluded"] if each["code"] == cast.second_laboratory.code]
    assert (left["why"], left["items"]) == ("out_of_scope", ["磁通量指数 (item_not_in_scope)"])


@on_sqlite
def test_a_laboratory_that_cannot_is_passed_over_with_its_reason_and_the_next_takes_its_place(session, cast):
    another_laboratory(session, "JC", Role.ANALYST, Role.SIGNATORY)
    objection = admitted_objection(session, cast)
    assert_refused(session, "not_drawn", pass_over, objection, "无此资质", by=cast.coordinator)
    first = draw_laboratory(session, objection, by=cast.coordinator)
    assert_invalid(session, {("reason", "missing")}, pass_over, objection, " ", by=cast.coordinator)

    pass_over(session, objection, "设备检修", by=cast.coordinator)

    assert objection.laboratory.code == objection.draw["order"][1]["code"] != first.code
    assert objection.draw["passed"] == [{"code": first.code, "reason": "设备检修"}]
    assert_refused(session, "none_left", pass_over, objection, "也不行", by=cast.coordinator)
    send_to_reinspection(session, objection, objection.laboratory, by=cast.coordinator, way=BY_COURIER)
    assert objection.status == ObjectionStatus.IN_REINSPECTION


@on_sqlite
def test_nothing_is_drawn_before_admission_for_another_ground_or_by_somebody_else(session, cast):
    fresh = received_objection(session, cast)
    assert_refused(session, "not_admitted", draw_laboratory, fresh, by=cast.coordinator)
    assert_refused(session, "role_may_not", draw_laboratory, fresh, by=cast.reviewer)
    procedure = admitted_objection(session, cast, ground=Ground.PROCEDURE)
    assert_refused(session, "nothing_to_test", draw_laboratory, procedure, by=cast.coordinator)


def test_who_does_not_see_to_the_formalities_in_time_has_waived(session, cast, clock):
    objection = admitted_objection(session, cast)
    draw_laboratory(session, objection, by=cast.coordinator)
    session.commit()
    due = session.scalars(sa.select(Clock.due_at).where(Clock.rule == "reinspection_formalities")).one()
    sessions = sessionmaker(db.engine)
    clock.moment = due - timedelta(minutes=1)
    assert waive_what_was_not_seen_to(sessions, clock.now()) == 0
    clock.moment = due

    assert waive_what_was_not_seen_to(sessions, clock.now()) == 1

    session.expire_all()
    assert (objection.status, objection.no_reinspection) == (ObjectionStatus.WITHDRAWN, NoReinspection.WAIVED)
    assert objection.finding.status == "confirmed"
    assert waive_what_was_not_seen_to(sessions, clock.now()) == 0


@on_sqlite
def test_the_side_that_was_wrong_pays(session, cast):
    upheld = reinspected_objection(session, cast, GOOD[:1])
    decide(session, upheld, Decision.UPHELD, by=cast.reviewer, cost_fen=120_000)
    assert (upheld.cost_fen, upheld.cost_bearer) == (120_000, Bearer.AGENCY)
    dismissed = reinspected_objection(session, cast)
    wrong = {("cost_fen", "no_cost")}
    assert_invalid(session, wrong, decide, dismissed, Decision.DISMISSED, by=cast.reviewer, cost_fen=-1)
    decide(session, dismissed, Decision.DISMISSED, by=cast.reviewer, cost_fen=120_000)
    assert dismissed.cost_bearer == Bearer.OBJECTOR
    untested = admitted_objection(session, cast, ground=Ground.PROCEDURE)
    more = {"by": cast.reviewer, "reason": "无误", "cost_fen": 1}
    assert_invalid(session, wrong, decide, untested, Decision.DISMISSED, **more)
