"""An order, its sixty days, the re-checks in their windows, the announcement, the proposal: each by two persons."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.clocks.queries import clocks_of
from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.record import verify
from quality.core.workflow import record
from quality.corrections.jobs import end_what_was_overturned
from quality.corrections.models import CorrectionStatus, CorrectionStep, Outcome, StepKind, StepStatus
from quality.corrections.operations import (
    confirm,
    enter_recheck,
    propose_announcement,
    propose_order,
    propose_suspension,
    reject,
    report,
    withdraw,
)
from quality.corrections.queries import corrections_of, live_correction, one_visible
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import documents_of
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.lab.models import Verdict
from quality.objections.models import Decision, Ground, Party
from quality.objections.operations import decide
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness.corrections import (
    DEMANDS,
    announced_correction,
    at_the_top,
    failed_correction,
    looked,
    ordered_correction,
    proposed_correction,
    rechecked,
    reported_correction,
    second_failed,
    second_reviewer,
    waiting,
)
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import GOOD, confirmed_finding
from tests.harness.objections import admitted_objection, nonconforming, reinspected_objection
from tests.harness.people import hire
from tests.harness.purchases import settings
from tests.harness.refusals import assert_invalid, assert_refused

S, K = CorrectionStatus, DocumentKind


def running(session, case):
    return {shown.rule: shown for shown in clocks_of(session, case) if shown.stopped_at is None}


def papers(session, case):
    return {(each.kind, each.language) for each in documents_of(session, [(case.__tablename__, case.id)])}


def test_the_whole_ladder_is_climbed_by_two_persons_and_leaves_its_papers(session, cast):
    correction = at_the_top(session, cast)
    session.commit()
    assert correction.status == S.SUSPENSION_PROPOSED
    assert correction.number.startswith("G-YZ-2026-")
    assert [(step.kind, step.status, step.verdict) for step in correction.steps] == [
        (StepKind.ORDER, StepStatus.CONFIRMED, None),
        (StepKind.RECHECK, StepStatus.CONFIRMED, Outcome.FAILED),
        (StepKind.ANNOUNCEMENT, StepStatus.CONFIRMED, None),
        (StepKind.SECOND_RECHECK, StepStatus.CONFIRMED, Outcome.FAILED),
        (StepKind.SUSPENSION, StepStatus.CONFIRMED, None),
    ]
    assert all(step.answered_by_id != step.proposed_by_id for step in correction.steps)
    assert running(session, correction) == {}
    kinds = (K.CORRECTION_ORDER, K.CORRECTION_ANNOUNCEMENT, K.SUSPENSION_PROPOSAL)
    assert papers(session, correction) == {(kind, language) for kind in kinds for language in Language}
    assert verify(session, settings().roots_folder, []).broken is None


def test_the_order_starts_sixty_and_seventy_five_days(session, cast):
    correction = proposed_correction(session, cast)
    assert (correction.status, running(session, correction)) == (S.PROPOSED, {})
    assert_refused(session, "role_may_not", confirm, waiting(correction), by=cast.coordinator)
    confirm(session, waiting(correction), by=cast.reviewer)
    assert (correction.status, correction.ordered_by_id) == (S.ORDERED, cast.reviewer.id)
    days = {rule: (shown.due_on - shown.started_at.date()).days for rule, shown in running(session, correction).items()}
    assert days["correction"] in range(60, 63), "a last day that is none moves on"
    assert days["correction_recheck"] in range(75, 83)
    session.commit()


@on_sqlite
def test_who_proposed_does_not_confirm(session, cast):
    correction = proposed_correction(session, cast)
    both = hire(session, cast.agency, Role.REVIEWER)
    step = waiting(correction)
    session.execute(sa.update(CorrectionStep).values(proposed_by_id=both.id))  # the same person, now as a reviewer
    session.expire_all()
    assert_refused(session, "same_person", confirm, step, by=both)
    assert_refused(session, "same_person", reject, step, "不同意", by=both)


@on_sqlite
def test_one_party_is_ordered_once_about_a_finding_until_that_is_withdrawn(session, cast):
    correction = ordered_correction(session, cast)
    finding = correction.finding
    by = cast.coordinator
    assert_refused(session, "ordered_already", propose_order, finding, Party.PRODUCER, DEMANDS, by=by)
    seller = propose_order(session, finding, Party.SELLER, DEMANDS, by=by)
    assert list(corrections_of(session, finding)) == [correction, seller]
    withdraw(session, correction, "另有处理", by=cast.reviewer)
    assert running(session, correction) == {}
    assert all(each.withdrawn_at for each in documents_of(session, [("correction", correction.id)]))
    again = propose_order(session, finding, Party.PRODUCER, DEMANDS, by=by)
    assert live_correction(session, finding, Party.PRODUCER) == again
    session.commit()


@on_sqlite
def test_two_who_order_at_the_same_instant_are_told(session, cast, monkeypatch):
    correction = proposed_correction(session, cast)
    monkeypatch.setattr("quality.corrections.operations.climbing.live_correction", lambda *_: None)
    finding, by = correction.finding, cast.coordinator
    assert_refused(session, "ordered_already", propose_order, finding, Party.PRODUCER, DEMANDS, by=by)


@on_sqlite
def test_only_what_a_confirmed_bad_finding_says_is_ordered_and_of_whom_it_names(session, cast):
    good, bad = session.info["conforming"], nonconforming(session, cast)
    assert good.verdict == Verdict.CONFORMING
    by = cast.coordinator
    assert_refused(session, "finding_not_standing", propose_order, good, Party.SELLER, DEMANDS, by=by)
    wrong = {("party", "not_concerned"), ("demands", "missing"), ("region", "no_region")}
    assert_invalid(session, wrong, propose_order, bad, Party.PLATFORM, " ", by=by, region="33")
    assert_refused(session, "role_may_not", propose_order, bad, Party.SELLER, DEMANDS, by=cast.reviewer)
    above = hire(session, cast.above, Role.COORDINATOR)
    assert_refused(session, "not_yours", propose_order, bad, Party.SELLER, DEMANDS, by=above)


@on_sqlite
def test_whose_product_it_is_not_has_nothing_to_correct(session, cast):
    denial = admitted_objection(session, cast, ground=Ground.AUTHENTICITY)
    decide(session, denial, Decision.UPHELD, reason="防伪码为他人使用", by=cast.reviewer)
    finding, by = denial.finding, cast.coordinator
    assert_invalid(session, {("party", "not_theirs")}, propose_order, finding, Party.PRODUCER, DEMANDS, by=by)
    assert propose_order(session, finding, Party.SELLER, DEMANDS, by=by).status == S.PROPOSED


@on_sqlite
def test_who_made_nothing_known_is_not_written_to(session, cast):
    finding = nonconforming(session, cast)
    record(session, finding.sample, "amend", by=SYSTEM, facts={"producer_name": ""})
    named = {("party", "no_name")}
    assert_invalid(session, named, propose_order, finding, Party.PRODUCER, DEMANDS, by=cast.coordinator)


def test_a_party_reports_in_its_time_and_is_rechecked_at_once(session, cast, clock):
    correction = ordered_correction(session, cast)
    by = cast.coordinator
    clock.advance(days=10)
    assert_refused(session, "too_early", enter_recheck, correction, looked(session, cast), by=by)
    early = correction.ordered_at - timedelta(minutes=2)
    wrong = {("statement", "missing"), ("received_at", "too_early")}
    assert_invalid(session, wrong, report, correction, "", early, by=by)
    report(session, correction, "已整改", clock.now(), by=by)
    assert correction.status == S.REPORTED
    assert set(running(session, correction)) == {"correction_recheck"}
    report(session, correction, "补充说明", clock.advance(days=1), by=by)
    assert (correction.status, len(correction.reports)) == (S.REPORTED, 2)
    enter_recheck(session, correction, looked(session, cast, Outcome.GOOD), by=by)
    assert running(session, correction) == {}, "somebody has looked in time"
    step = waiting(correction)
    assert [each.kind for each in exhibits_of(session, correction, step)] == [EvidenceKind.LOOK]
    confirm(session, step, by=cast.reviewer)
    assert correction.status == S.CORRECTED
    session.commit()


@on_sqlite
def test_who_does_not_report_is_rechecked_once_the_time_is_over(session, cast, clock):
    correction = ordered_correction(session, cast)
    clock.moment = running(session, correction)["correction"].due_at
    rechecked(session, cast, correction)
    assert correction.status == S.FAILED
    outcomes = {shown.rule: shown.outcome for shown in clocks_of(session, correction)}
    assert outcomes == {"correction": "rechecked", "correction_recheck": "done"}


@on_sqlite
def test_a_recheck_that_is_rejected_leaves_the_time_running(session, cast, clock):
    correction = reported_correction(session, cast)
    before = running(session, correction)["correction_recheck"].due_on
    enter_recheck(session, correction, looked(session, cast), by=cast.coordinator)
    again = looked(session, cast)
    assert_refused(session, "step_waits", enter_recheck, correction, again, by=cast.coordinator)
    reject(session, waiting(correction), "照片看不清", by=cast.reviewer)
    assert (correction.status, correction.waiting) == (S.REPORTED, None)
    assert running(session, correction)["correction_recheck"].due_on == before
    announced = announced_correction(session, cast)
    clock.advance(days=62)
    enter_recheck(session, announced, looked(session, cast), by=cast.coordinator)
    reject(session, waiting(announced), "照片看不清", by=cast.reviewer)
    assert set(running(session, announced)) == {"second_recheck"}


@on_sqlite
def test_a_rejected_order_ends_its_case(session, cast):
    correction = proposed_correction(session, cast)
    reject(session, waiting(correction), "要求不明确", by=cast.reviewer)
    assert correction.status == S.WITHDRAWN
    assert documents_of(session, [("correction", correction.id)]) == []


@on_sqlite
def test_a_recheck_shows_what_it_rests_on(session, cast, clock):
    correction = reported_correction(session, cast)
    clock.advance(days=1)
    by, late = cast.coordinator, clock.now() + timedelta(minutes=5)

    def entered(**changed):
        return assert_invalid(session, changed.pop("wrong"), enter_recheck, correction, looked(session, cast, **changed), by=by)  # fmt: skip  # noqa: E501

    entered(evidence=[], wrong={("evidence", "missing")})
    entered(says=" ", wrong={("says", "missing")})
    entered(seen_at=late, wrong={("seen_at", "in_the_future")})
    entered(seen_at=correction.reported_at - timedelta(days=1), wrong={("seen_at", "too_early")})
    entered(evidence=["0" * 64], wrong={("sha256", "unknown_evidence")})
    entered(finding="F-YZ-2026-9999", wrong={("finding", "unknown")})
    old = correction.finding.number
    entered(finding=old, wrong={("finding", "too_early")})


@on_sqlite
def test_a_recheck_rests_on_what_was_bought_and_tested_anew(session, cast, clock):
    correction = reported_correction(session, cast)
    clock.advance(days=1)
    anew = confirmed_finding(session, cast, nonconforming=False)
    record(session, anew.sample, "amend", by=SYSTEM, facts={"sealed_at": clock.now()})  # it was sent before
    by = cast.coordinator
    said = looked(session, cast, evidence=[], finding=anew.number)
    assert_invalid(session, {("verdict", "not_as_found")}, enter_recheck, correction, said, by=by)
    enter_recheck(session, correction, said._replace(verdict=Outcome.GOOD), by=by)
    confirm(session, waiting(correction), by=cast.reviewer)
    assert (correction.status, correction.steps[-1].finding) == (S.CORRECTED, anew)


@on_sqlite
def test_goods_of_another_party_show_nothing(session, cast, clock):
    correction = reported_correction(session, cast)
    clock.advance(days=1)
    anew = confirmed_finding(session, cast)
    facts = {"sealed_at": clock.now(), "producer_name": "另一家玩具有限公司"}
    record(session, anew.sample, "amend", by=SYSTEM, facts=facts)
    said = looked(session, cast, evidence=[], finding=anew.number)
    assert_invalid(session, {("finding", "another_party")}, enter_recheck, correction, said, by=cast.coordinator)


@on_sqlite
def test_who_ordered_does_not_announce(session, cast):
    correction = failed_correction(session, cast)
    by = cast.coordinator
    wrong = {("authority", "missing"), ("says", "missing")}
    assert_invalid(session, wrong, propose_announcement, correction, "", "", by=by)
    propose_announcement(session, correction, "省市场监督管理局", "复查仍不合格。", by=by)
    assert_refused(session, "same_person", confirm, waiting(correction), by=cast.reviewer)
    confirm(session, waiting(correction), by=second_reviewer(session, cast))
    assert correction.status == S.ANNOUNCED


def test_the_second_recheck_has_a_window_from_day_sixty_to_day_ninety(session, cast, clock):
    correction = announced_correction(session, cast)
    window = running(session, correction)["second_recheck"]
    begun = correction.announced_at.date()
    assert (window.opens_on - begun).days == 60
    assert (window.due_on - begun).days >= 90
    clock.advance(days=58)
    by = cast.coordinator
    assert_refused(session, "too_early", enter_recheck, correction, looked(session, cast), by=by)
    clock.advance(days=4)
    early = looked(session, cast, seen_at=clock.now() - timedelta(days=10))
    assert_invalid(session, {("seen_at", "too_early")}, enter_recheck, correction, early, by=by)
    rechecked(session, cast, correction, Outcome.GOOD)
    assert correction.status == S.CORRECTED
    session.commit()


@on_sqlite
def test_each_rung_is_reached_from_the_one_below(session, cast):
    correction = reported_correction(session, cast)
    by = cast.coordinator
    assert_refused(session, "wrong_status", propose_announcement, correction, "省局", "理由", by=by)
    assert_refused(session, "wrong_status", propose_suspension, correction, "理由", by=by)
    failed = failed_correction(session, cast)
    assert_refused(session, "wrong_status", enter_recheck, failed, looked(session, cast), by=by)
    assert second_failed(session, cast).status == S.SECOND_FAILED


@on_sqlite
def test_nothing_is_reported_after_a_withdrawal(session, cast, clock):
    correction = ordered_correction(session, cast)
    withdraw(session, correction, "当事人已注销", by=cast.reviewer)
    assert_refused(session, "wrong_status", report, correction, "已整改", clock.now(), by=cast.coordinator)


@on_sqlite
def test_an_order_falls_with_its_finding(session, cast, clock):
    objection = reinspected_objection(session, cast, GOOD[:1])
    correction = ordered_correction(session, cast, objection.finding)
    clock.advance(days=1)
    report(session, correction, "已整改", clock.now(), by=cast.coordinator)
    enter_recheck(session, correction, looked(session, cast), by=cast.coordinator)
    decide(session, objection, Decision.UPHELD, by=cast.reviewer)
    assert_refused(session, "finding_not_standing", confirm, waiting(correction), by=cast.reviewer)
    sessions = sessionmaker(db.engine)
    assert end_what_was_overturned(sessions) == 1
    assert end_what_was_overturned(sessions) == 0
    session.expire_all()
    assert (correction.status, correction.waiting) == (S.WITHDRAWN, None)
    assert running(session, correction) == {}


@on_sqlite
def test_other_agencies_do_not_see_it(session, cast):
    correction = proposed_correction(session, cast)
    session.commit()
    assert one_visible(session, hire(session, cast.above, Role.REVIEWER), correction.number) == correction
    for actor in (cast.analyst, cast.desk):
        with pytest.raises(NotFound):
            one_visible(session, actor, correction.number)


@on_sqlite
def test_an_agency_with_one_reviewer_reads_who_must_be_added_before_it_can_announce(app, session, cast):
    correction = failed_correction(session, cast)
    admin = hire(session, cast.agency, Role.ADMIN)
    for actor in (cast.coordinator, cast.reviewer, admin):
        give_password(session, actor.person)
    session.commit()
    page, said = f"/desk/correction/{correction.number}", "there is no other reviewer"
    coordinator = sign_in(app, cast.coordinator)
    told = coordinator.get(page).text
    assert said in told and cast.reviewer.person.name in told and admin.person.name in told
    propose_announcement(session, correction, "省市场监督管理局", "复查仍不合格。", by=cast.coordinator)
    session.commit()
    assert said in coordinator.get(page).text
    give_password(session, second_reviewer(session, cast).person)
    session.commit()
    assert said not in coordinator.get(page).text
