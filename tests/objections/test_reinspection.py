"""Another laboratory tests the backup portion, blind, for what is disputed; its conclusion is final."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import sessionmaker

from quality.clocks.queries import clocks_of
from quality.core.db import db
from quality.core.errors import Stale
from quality.core.workflow import perform
from quality.lab.models import FindingStatus
from quality.lab.operations import confirm_finding, hand_on_backup, propose_finding, stop_testing
from quality.lab.operations import refuse as refuse_portion
from quality.lab.queries import as_shown_to_the_laboratory, following
from quality.objections.jobs import follow_reinspections
from quality.objections.models import Decision, Ground, NoReinspection, ObjectionStatus, Party
from quality.objections.operations import admit, decide, draw_laboratory, receive, send_to_reinspection, tell, withdraw
from quality.objections.queries import open_objections, producer_denies, results_in_force
from quality.objections.workflow import LIFE
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Role
from quality.purchases.models import PortionStatus, SampleStatus, Untested
from tests.harness.databases import on_sqlite
from tests.harness.lab import BAD, GOOD, OPEN, enter, reported_sample, sign, take_in
from tests.harness.objections import (
    admitted_objection,
    backup,
    nonconforming,
    received_objection,
    reinspected_objection,
    sent_objection,
)
from tests.harness.people import hire
from tests.harness.purchases import BY_COURIER
from tests.harness.refusals import assert_invalid, assert_refused


def running(session, case):
    return {shown.rule for shown in clocks_of(session, case) if shown.stopped_at is None}


@pytest.mark.parametrize(
    ("second", "decision", "status"),
    [
        (GOOD[:1], Decision.UPHELD, FindingStatus.OVERTURNED),
        (BAD[:1], Decision.DISMISSED, FindingStatus.CONFIRMED),
    ],
)
def test_the_second_report_decides_and_nobody_decides_otherwise(session, cast, second, decision, status):
    objection = reinspected_objection(session, cast, second)
    other = next(d for d in Decision if d != decision)
    assert_refused(session, "follows_the_report", decide, objection, other, by=cast.reviewer)
    assert_refused(session, "role_may_not", decide, objection, decision, by=cast.coordinator)

    decide(session, objection, decision, by=cast.reviewer)

    finding = objection.finding
    assert (objection.status, objection.decision, finding.status) == (ObjectionStatus.DECIDED, decision, status)
    assert objection.report.portion == backup(finding)
    assert objection.decided_by_id == cast.reviewer.id
    assert running(session, objection) == set()
    assert open_objections(session, finding) == []
    assert [result.value for result in results_in_force(session, finding)] == [second[0].value, "8.5"]
    assert finding.report.results[0].value == "386"
    assert not producer_denies(session, finding)
    session.commit()


def test_the_second_laboratory_is_as_blind_as_the_first(session, cast, clock):
    objection = sent_objection(session, cast)
    portion = backup(objection.finding)
    assert running(session, objection) == set()
    assert objection.status == ObjectionStatus.IN_REINSPECTION
    shown = as_shown_to_the_laboratory(session, portion)
    assert [item.item for item in shown.items] == ["磁通量指数"]
    assert shown.blind_no != objection.finding.report.portion.blind_no
    both = {("results 2, item", "unknown_item")}
    take_in(session, portion, cast)
    assert_invalid(session, both, enter, portion, cast, GOOD)
    assert objection.finding.sample.status == SampleStatus.CONCLUDED
    assert portion.status == PortionStatus.AT_LAB
    report = enter(session, portion, cast, GOOD[:1])
    sign(session, report, cast)
    assert (portion.status, objection.finding.sample.status) == (PortionStatus.TESTED, SampleStatus.CONCLUDED)
    better = enter(session, portion, cast, BAD[:1], supersedes=report.report_no)
    sign(session, better, cast)
    decide(session, objection, Decision.DISMISSED, by=cast.reviewer)
    assert objection.report == better


@on_sqlite
def test_the_re_inspection_goes_to_another_laboratory_with_a_sealed_portion(session, cast):
    objection = admitted_objection(session, cast)
    by = cast.coordinator

    def sent(session, laboratory, **more):
        send_to_reinspection(session, objection, laboratory, by=by, way=BY_COURIER, **more)

    assert_refused(session, "not_drawn", perform, objection, LIFE["reinspect"], by=by)
    assert_refused(session, "same_laboratory", sent, cast.laboratory)
    assert_refused(session, "not_drawn", sent, cast.second_laboratory)
    draw_laboratory(session, objection, by=by)
    session.commit()
    assert_invalid(session, {("laboratory", "no_laboratory")}, sent, cast.platform)
    read = objection.version
    sent(session, cast.second_laboratory)
    assert_refused(session, "stale", sent, cast.second_laboratory, version=read)
    assert_refused(session, "wrong_status", sent, cast.second_laboratory)
    assert_refused(session, "no_second_report", decide, objection, Decision.DISMISSED, by=cast.reviewer)
    procedure = admitted_objection(session, cast, ground=Ground.PROCEDURE)
    assert_refused(
        session, "nothing_to_test", send_to_reinspection, procedure, cast.second_laboratory, by=by, way=BY_COURIER
    )


@on_sqlite
def test_an_objection_to_the_result_is_not_decided_without_a_test(session, cast):
    objection = admitted_objection(session, cast)
    assert_refused(session, "needs_reinspection", decide, objection, Decision.UPHELD, by=cast.reviewer)
    fresh = received_objection(session, cast)
    assert_refused(session, "wrong_status", decide, fresh, Decision.DISMISSED, by=cast.reviewer)


@on_sqlite
def test_an_undecided_item_of_the_second_report_leaves_it_open(session, cast):
    objection = reinspected_objection(session, cast, OPEN[:1])
    for decision in Decision:
        assert_refused(session, "undecided", decide, objection, decision, by=cast.reviewer)


@on_sqlite
def test_who_admitted_does_not_decide_even_in_another_role(session, cast):
    objection = reinspected_objection(session, cast)
    hired = Membership(person_id=cast.coordinator.id, organisation_id=cast.agency.id, role=Role.REVIEWER)
    session.add(hired)
    session.flush()
    assert_refused(session, "same_person", decide, objection, Decision.DISMISSED, by=Actor.working_in(hired))
    above = hire(session, cast.above, Role.REVIEWER)
    assert_refused(session, "not_yours", decide, objection, Decision.DISMISSED, by=above)
    read = objection.version
    decide(session, objection, Decision.DISMISSED, by=cast.reviewer)
    assert_refused(session, "stale", decide, objection, Decision.DISMISSED, by=cast.reviewer, version=read)


def dismissed_without_a_test(session, objection, cast, why, *, decision=Decision.DISMISSED, reason="备样不可用"):
    decide(session, objection, decision, by=cast.reviewer, reason=reason, no_reinspection=why)


@on_sqlite
def test_with_a_tampered_backup_portion_the_first_result_stands(session, cast, clock):
    objection = sent_objection(session, cast)
    portion = backup(objection.finding)
    tampered = NoReinspection.TAMPERED
    assert_refused(session, "can_be_reinspected", dismissed_without_a_test, objection, cast, tampered)
    refuse_portion(session, portion, "封条断裂", by=cast.second_analyst, seal_intact=False)
    assert_refused(
        session, "follows_the_report", dismissed_without_a_test, objection, cast, tampered, decision=Decision.UPHELD
    )
    assert_invalid(session, {("reason", "missing")}, dismissed_without_a_test, objection, cast, tampered, reason="")
    dismissed_without_a_test(session, objection, cast, tampered)
    assert (objection.decision, objection.report) == (Decision.DISMISSED, None)
    assert objection.finding.status == FindingStatus.CONFIRMED
    assert objection.finding.sample.status == SampleStatus.CONCLUDED


@on_sqlite
def test_a_backup_portion_that_is_suspected_goes_to_an_authority_and_the_first_result_stands(session, cast):
    objection = sent_objection(session, cast)
    portion, sample, why = backup(objection.finding), objection.finding.sample, NoReinspection.SUSPECTED
    take_in(session, portion, cast)
    stop_testing(session, portion, Untested.COUNTERFEIT, "商标与正品不符", by=cast.second_analyst)
    assert_refused(session, "can_be_reinspected", dismissed_without_a_test, objection, cast, why)
    handed = "云州市知识产权局", "权利人确认系假冒"
    assert_invalid(session, {("authority", "missing")}, hand_on_backup, sample, "", handed[1], by=cast.coordinator)
    hand_on_backup(session, sample, *handed, by=cast.coordinator)
    assert (portion.status, sample.status) == (PortionStatus.HANDED_ON, SampleStatus.CONCLUDED)
    assert sample.hand_overs[-1].taken_by == "authority:云州市知识产权局"
    assert "lab_report" not in running(session, portion)
    dismissed_without_a_test(session, objection, cast, why)
    assert objection.decision == Decision.DISMISSED


@on_sqlite
def test_with_a_withheld_backup_portion_the_first_result_stands(session, cast):
    objection = admitted_objection(session, cast)
    spent = NoReinspection.SPENT
    assert_refused(session, "can_be_reinspected", dismissed_without_a_test, objection, cast, spent)
    dismissed_without_a_test(session, objection, cast, NoReinspection.WITHHELD)
    assert objection.decision == Decision.DISMISSED
    lost = admitted_objection(session, cast)
    dismissed_without_a_test(session, lost, cast, NoReinspection.MISSING)
    assert (lost.decision, lost.cost_bearer) == (Decision.DISMISSED, None)
    tested = reinspected_objection(session, cast)
    for why in NoReinspection:
        assert_refused(session, "can_be_reinspected", dismissed_without_a_test, tested, cast, why)


@on_sqlite
def test_two_who_dispute_the_same_items_are_answered_by_one_backup_portion(session, cast, clock):
    finding = nonconforming(session, cast)
    told = clock.now()
    both = [
        receive(
            session,
            finding,
            by=cast.coordinator,
            party=party,
            ground=Ground.RESULT,
            result_received_at=told,
            received_at=told,
        )
        for party in (Party.SELLER, Party.PRODUCER)
    ]
    for objection in both:
        admit(session, objection, by=cast.coordinator)
    first, second = both
    lab = cast.second_laboratory
    for objection in both:
        draw_laboratory(session, objection, by=cast.coordinator)
    session.commit()
    send_to_reinspection(session, first, lab, by=cast.coordinator, way=BY_COURIER)
    assert_refused(session, "no_backup", send_to_reinspection, second, lab, by=cast.coordinator, way=BY_COURIER)
    take_in(session, backup(finding), cast)
    sign(session, enter(session, backup(finding), cast, GOOD[:1]), cast)
    for objection in both:
        decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    assert finding.status == FindingStatus.OVERTURNED
    assert first.report == second.report


@on_sqlite
def test_a_backup_portion_already_spent_on_other_items_leaves_the_first_result(session, cast, clock):
    bad = [BAD[0], GOOD[1]._replace(value="200")]
    finding = propose_finding(session, reported_sample(session, cast, bad), by=cast.coordinator)
    confirm_finding(session, finding, by=cast.reviewer)
    told = clock.now()
    magnet, lead = (
        received_objection(
            session, cast, finding, party=party, items=[item], result_received_at=told, received_at=clock.now()
        )
        for party, item in ((Party.SELLER, "磁通量指数"), (Party.PRODUCER, "可迁移元素:铅"))
    )
    assert lead.items == ["可迁移元素：铅"]
    for objection in (magnet, lead):
        admit(session, objection, by=cast.coordinator)
    draw_laboratory(session, magnet, by=cast.coordinator)
    send_to_reinspection(session, magnet, cast.second_laboratory, by=cast.coordinator, way=BY_COURIER)
    take_in(session, backup(finding), cast)
    sign(session, enter(session, backup(finding), cast, GOOD[:1]), cast)
    # the magnet conforms after all, but the lead fails still: the sample stays nonconforming
    assert_refused(session, "follows_the_report", decide, magnet, Decision.UPHELD, by=cast.reviewer)
    decide(session, magnet, Decision.DISMISSED, by=cast.reviewer)
    assert_refused(session, "needs_reinspection", decide, lead, Decision.DISMISSED, by=cast.reviewer)
    dismissed_without_a_test(session, lead, cast, NoReinspection.SPENT)
    assert finding.status == FindingStatus.CONFIRMED
    assert [result.verdict for result in results_in_force(session, finding)] == ["pass", "fail"]


@on_sqlite
def test_a_procedure_is_judged_by_a_person_who_says_why(session, cast):
    objection = admitted_objection(session, cast, ground=Ground.PROCEDURE)
    assert objection.items == []
    assert running(session, objection) == set()
    assert_invalid(session, {("reason", "missing")}, decide, objection, Decision.UPHELD, by=cast.reviewer)
    assert_refused(session, "no_decision", decide, objection, None, by=cast.reviewer, reason="封样未拍照")
    decide(session, objection, Decision.UPHELD, by=cast.reviewer, reason="封样未拍照")
    assert objection.finding.status == FindingStatus.OVERTURNED
    assert_refused(session, "finding_not_standing", told_again, objection.finding, cast)


def told_again(session, finding, cast):
    tell(session, finding, Party.SELLER, cast.clock.now(), by=cast.coordinator)


@on_sqlite
@pytest.mark.parametrize("decision", list(Decision))
def test_a_producer_who_denies_the_product_does_not_undo_the_finding(session, cast, decision):
    objection = admitted_objection(session, cast, ground=Ground.AUTHENTICITY)
    decide(session, objection, decision, by=cast.reviewer, reason="经生产者所在地核查")
    assert objection.finding.status == FindingStatus.CONFIRMED
    assert producer_denies(session, objection.finding) == (decision == Decision.UPHELD)


@on_sqlite
def test_a_party_may_take_its_objection_back(session, cast):
    objection = sent_objection(session, cast)
    assert_invalid(session, {("reason", "missing")}, withdraw, objection, "", by=cast.coordinator)
    withdraw(session, objection, "当事人撤回", by=cast.coordinator)
    assert objection.status == ObjectionStatus.WITHDRAWN
    assert running(session, objection) == set()
    assert objection.finding.status == FindingStatus.CONFIRMED


@on_sqlite
def test_nobody_enters_a_withdrawal_in_place_of_what_the_second_test_found(session, cast):
    objection = reinspected_objection(session, cast, GOOD[:1])
    assert_refused(session, "tested_again", withdraw, objection, "当事人撤回", by=cast.coordinator)


def test_what_the_second_laboratory_did_reaches_the_objection_by_itself(session, cast, clock):
    sessions = sessionmaker(db.engine)
    objection = sent_objection(session, cast)
    portion = backup(objection.finding)

    def followed():
        session.commit()
        follow_reinspections(sessions, clock.now())
        session.expire_all()

    followed()
    clock.advance(days=2)
    take_in(session, portion, cast)
    followed()
    assert objection.report is None
    sign(session, enter(session, portion, cast, GOOD[:1]), cast)
    followed()
    assert objection.report.portion == portion
    version = objection.version
    followed()
    assert objection.version == version  # nothing new, nothing written


@on_sqlite
def test_an_objection_that_someone_moves_meanwhile_is_left_for_the_next_round(session, cast, clock, monkeypatch):
    objection = reinspected_objection(session, cast)
    session.commit()

    def refused(*_args, **_named):
        raise Stale(status=None, version=None)

    monkeypatch.setattr("quality.objections.operations.reinspection.record", refused)
    follow_reinspections(sessionmaker(db.engine), clock.now())
    session.expire_all()
    assert objection.report is None


def test_what_the_second_laboratory_found_takes_the_place_of_what_it_overturned(session, cast):
    objection = reinspected_objection(session, cast, GOOD[:1])
    fallen = objection.finding

    decide(session, objection, Decision.UPHELD, by=cast.reviewer)

    last = following(session, fallen)
    assert (last.status, last.verdict, last.report) == (FindingStatus.CONFIRMED, "conforming", objection.report)
    assert (last.proposed_by_id, last.confirmed_by_id) == (objection.admitted_by_id, objection.decided_by_id)
    assert [(r.item, r.value) for r in last.results] == [("磁通量指数", GOOD[0].value), ("可迁移元素：铅", "8.5")]
    now = cast.clock.moment
    told = {"party": Party.PRODUCER, "ground": Ground.RESULT, "result_received_at": now, "received_at": now}
    assert_refused(session, "final", tell, last, Party.SELLER, now, by=cast.coordinator)
    assert_refused(session, "final", receive, last, by=cast.coordinator, **told | {"ground": Ground.PROCEDURE})
    session.commit()


@on_sqlite
def test_a_procedure_that_failed_leaves_no_finding(session, cast):
    objection = admitted_objection(session, cast, ground=Ground.PROCEDURE)

    decide(session, objection, Decision.UPHELD, by=cast.reviewer, reason="封样前未核对批号")

    assert objection.finding.status == FindingStatus.OVERTURNED
    assert following(session, objection.finding) is None
