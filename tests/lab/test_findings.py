"""One person proposes what the report says, another confirms; a sample has one conclusion at a time."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.core.errors import Refused
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.lab.operations import (
    confirm_finding,
    end_as_impossible,
    propose_finding,
    reject_finding,
    send_back,
    withdraw_report,
)
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Role
from quality.purchases.models import Sample, SampleStatus
from tests.harness.databases import on_sqlite
from tests.harness.lab import (
    BAD,
    GOOD,
    confirmed_finding,
    enter,
    portion_to_test,
    proposed_finding,
    reported_sample,
    sample_at_lab,
    sign,
)
from tests.harness.people import hire, membership_of
from tests.harness.refusals import assert_invalid, assert_refused


@pytest.mark.parametrize(
    ("results", "verdict"),
    [(BAD, Verdict.NONCONFORMING), (GOOD, Verdict.CONFORMING)],
)
@on_sqlite
def test_a_sample_fails_if_any_item_fails(session, cast, results, verdict):
    sample = reported_sample(session, cast, results)
    finding = propose_finding(session, sample, by=cast.coordinator)
    assert (finding.verdict, finding.status) == (verdict, FindingStatus.PROPOSED)
    assert finding.number.startswith("F-YZ-2026-")


@on_sqlite
def test_a_conditional_verdict_leans_to_the_side_on_which_the_value_lies(session, cast):
    narrow = GOOD[1]._replace(value="90.5", uncertainty="1.2")
    sample = reported_sample(session, cast, [GOOD[0], narrow])
    finding = propose_finding(session, sample, by=cast.coordinator)
    assert finding.report.results[1].verdict == "conditional_fail"
    assert finding.verdict == Verdict.NONCONFORMING


def test_another_person_confirms_and_the_sample_is_concluded(session, cast, clock):
    finding = proposed_finding(session, cast)
    assert_refused(session, "role_may_not", confirm_finding, finding, by=cast.coordinator)
    assert_refused(session, "not_yours", confirm_finding, finding, by=hire(session, cast.above, Role.REVIEWER))
    confirm_finding(session, finding, by=cast.reviewer)
    assert (finding.status, finding.sample.status) == (FindingStatus.CONFIRMED, SampleStatus.CONCLUDED)
    assert (finding.confirmed_by_id, finding.confirmed_at) == (cast.reviewer.id, clock.now())
    assert_refused(session, "wrong_status", confirm_finding, finding, by=cast.reviewer)


@on_sqlite
def test_two_reviewers_on_one_finding_do_not_both_answer(session, cast):
    finding = proposed_finding(session, cast)
    read = finding.version
    reject_finding(session, finding, "请核对批号", by=cast.reviewer)
    other = hire(session, cast.agency, Role.REVIEWER)
    assert_refused(session, "stale", confirm_finding, finding, by=other, version=read)


@on_sqlite
def test_who_proposed_does_not_confirm_even_in_another_role(session, cast):
    finding = proposed_finding(session, cast)
    hired = Membership(person_id=cast.coordinator.id, organisation_id=cast.agency.id, role=Role.REVIEWER)
    session.add(hired)
    session.flush()
    assert_refused(session, "same_person", confirm_finding, finding, by=Actor.working_in(hired))


@on_sqlite
def test_only_the_own_agencys_coordinator_proposes_and_only_from_a_report(session, cast):
    sample = sample_at_lab(session, cast)
    assert_refused(session, "not_reported", propose_finding, sample, by=cast.coordinator)
    report = enter(session, portion_to_test(sample), cast)
    sign(session, report, cast)
    assert_refused(session, "role_may_not", propose_finding, sample, by=cast.reviewer)
    assert_refused(session, "not_yours", propose_finding, sample, by=hire(session, cast.above, Role.COORDINATOR))
    withdraw_report(session, report, "仪器故障", by=cast.signatory)
    assert_refused(session, "no_report_in_force", propose_finding, sample, by=cast.coordinator)


@on_sqlite
def test_a_sample_has_one_finding_at_a_time_and_none_goes_back_under_it(session, cast):
    finding = proposed_finding(session, cast)
    sample = finding.sample
    by = cast.coordinator
    assert_refused(session, "proposed_already", propose_finding, sample, by=by)
    assert_refused(session, "proposed_already", send_back, sample, "复测", by=by)
    assert_refused(session, "proposed_already", end_as_impossible, sample, "other", by=by, reason="无")
    assert_invalid(session, {("reason", "missing")}, reject_finding, finding, " ", by=cast.reviewer)
    reject_finding(session, finding, "请核对批号", by=cast.reviewer)
    assert (finding.status, sample.status) == (FindingStatus.REJECTED, SampleStatus.REPORTED)
    assert propose_finding(session, sample, by=by).number != finding.number


@on_sqlite
def test_a_finding_is_not_confirmed_on_a_report_that_was_superseded_meanwhile(session, cast):
    finding = proposed_finding(session, cast)
    portion = portion_to_test(finding.sample)
    sign(session, enter(session, portion, cast, GOOD, supersedes=finding.report.report_no), cast)
    assert_refused(session, "report_not_in_force", confirm_finding, finding, by=cast.reviewer)


@on_sqlite
def test_an_undecided_item_is_never_confirmed(session, cast):
    finding = proposed_finding(session, cast)
    finding.report.results[0].verdict = "undecided"
    assert_refused(session, "undecided", confirm_finding, finding, by=cast.reviewer)
    assert confirmed_finding(session, cast, nonconforming=False).verdict == Verdict.CONFORMING


def test_of_two_who_propose_at_once_one_stands_and_the_other_is_told_in_words(session, cast):
    sample_id = reported_sample(session, cast).id
    member_id = membership_of(cast.coordinator).id
    session.commit()
    ready, told = threading.Barrier(2), []

    def propose() -> None:
        with Session(engine) as own:
            by = Actor.working_in(own.get_one(Membership, member_id))
            sample = own.get_one(Sample, sample_id)
            own.rollback()
            ready.wait()
            try:
                propose_finding(own, sample, by=by)
                own.commit()
                told.append("stands")
            except Refused as no:
                told.append(no.code)

    engine = db.engine
    threads = [threading.Thread(target=propose) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["proposed_already", "stands"]
    assert session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 1
