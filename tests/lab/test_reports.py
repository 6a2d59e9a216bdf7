"""A report: everything that was ordered and nothing else, judged by the agency's limits, signed by a second person."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.clocks.queries import clocks_of
from quality.lab.entries import ResultEntry
from quality.lab.models import Impossible, Report, ReportStatus
from quality.lab.operations import (
    authorise,
    confirm_finding,
    end_as_impossible,
    enter_report,
    propose_finding,
    send_back,
    withdraw_report,
)
from quality.people.actor import SYSTEM
from quality.people.operations import invite_person
from quality.permissions import Role
from quality.purchases.models import PortionStatus, SampleStatus
from tests.harness.databases import on_sqlite
from tests.harness.lab import BAD, GOOD, OPEN, enter, portion_to_test, sample_at_lab, sent_sample, sign
from tests.harness.people import hire
from tests.harness.refusals import assert_invalid, assert_refused


def running(session, case):
    return {shown.rule for shown in clocks_of(session, case) if shown.stopped_at is None}


def test_a_report_goes_from_entry_to_signature_and_a_new_one_supersedes_it(session, cast, clock):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    first = enter(session, portion, cast, BAD, report_no="wt－2026—7", method_note="按实施细则")
    assert (first.report_no, first.status, sample.status) == ("WT-2026-7", ReportStatus.ENTERED, SampleStatus.TESTING)
    magnet, lead = first.results
    assert (magnet.verdict, magnet.limit, magnet.rule) == ("fail", "＜50 kG²mm²", "simple")
    assert (lead.verdict, lead.limit, lead.rule) == ("pass", "≤90 mg/kg", "non_binary")
    assert magnet.judgement["reason"] == "misses_limit"

    clock.advance(days=3)
    sign(session, first, cast)
    assert (first.status, sample.status) == (ReportStatus.AUTHORISED, SampleStatus.REPORTED)
    assert portion.status == PortionStatus.TESTED
    assert (first.authorised_by_id, first.authorised_at) == (cast.signatory.id, clock.now())
    assert running(session, portion) == set()
    assert running(session, sample) == {"result_told"}

    assert_invalid(
        session, {("change_reason", "missing")}, enter, portion, cast, supersedes="wt-2026-7", change_reason=" "
    )
    second = enter(session, portion, cast, GOOD, supersedes="wt-2026-7", change_reason=" 抄录有误 ")
    assert (second.supersedes, second.change_reason) == (first, "抄录有误")
    assert first.status == ReportStatus.AUTHORISED  # in force until the signature
    sign(session, second, cast)
    assert (first.status, second.status) == (ReportStatus.SUPERSEDED, ReportStatus.AUTHORISED)
    assert [result.value for result in first.results] == ["386", "8.5"]  # never edited
    assert sample.status == SampleStatus.REPORTED
    session.commit()


@on_sqlite
def test_a_mistyped_blind_number_is_named_before_anything_is_looked_up(session, cast):
    portion = portion_to_test(sample_at_lab(session, cast))
    last = "K" if portion.blind_no[-1] != "K" else "M"
    mistyped = portion.blind_no[:-1] + last
    assert_invalid(session, {("blind_no", "mistyped_blind_no")}, enter, portion, cast, blind_no=mistyped)
    stranger = cast.second_analyst
    assert_invalid(session, {("blind_no", "unknown_blind_no")}, enter, portion, cast, by=stranger)
    assert_refused(session, "role_may_not", enter, portion, cast, by=cast.signatory)
    assert_invalid(session, {("blind_no", "unknown_blind_no")}, enter, portion, cast, by=cast.coordinator)
    assert enter(session, portion, cast, blind_no=f" {portion.blind_no.lower()} ").portion_id == portion.id


@on_sqlite
def test_everything_wrong_with_a_report_is_named_at_once_and_nothing_is_kept(session, cast):
    sample = sample_at_lab(session, cast)
    results = [GOOD[0], GOOD[0], ResultEntry("砷", ""), GOOD[1]._replace(unit="毫" * 51)]
    assert_invalid(
        session,
        {
            ("report_no", "bad_report_no"),
            ("analyst", "unknown_analyst"),
            ("results 2, item", "doubled_item"),
            ("results 3, item", "unknown_item"),
            ("results 3, value", "missing"),
            ("results 4, unit", "too_long"),
        },
        enter,
        portion_to_test(sample),
        cast,
        results,
        report_no="检字 7",
        analyst="无此人",
    )
    missing = {("report_no", "missing"), ("analyst", "missing"), ("results", "missing_item")}
    assert_invalid(session, missing, enter, portion_to_test(sample), cast, GOOD[1:], report_no="", analyst=" ")
    assert sample.status == SampleStatus.AT_LAB
    assert session.scalars(sa.select(Report)).all() == []


@on_sqlite
def test_the_analyst_is_a_person_who_works_in_the_laboratory(session, cast):
    portion = portion_to_test(sample_at_lab(session, cast))
    namesake = hire(session, cast.laboratory, Role.ANALYST).person
    invite_person(session, email=namesake.email, organisation=cast.laboratory, role=Role.SIGNATORY, by=SYSTEM)
    for number in (1, 2):
        invite_person(
            session,
            email=f"wang-{number}@jy.example",
            name="王检",
            organisation=cast.laboratory,
            role=Role.ANALYST,
            by=SYSTEM,
        )
    assert_invalid(session, {("analyst", "ambiguous_analyst")}, enter, portion, cast, analyst="王检")
    elsewhere = cast.second_analyst.person.email
    assert_invalid(session, {("analyst", "unknown_analyst")}, enter, portion, cast, analyst=elsewhere)
    report = enter(session, portion, cast, analyst=namesake.email.upper())
    assert (report.analyst_id, report.analyst) == (namesake.id, namesake.name)  # two roles, one person


@on_sqlite
def test_a_number_is_used_once_in_a_laboratory_and_may_be_used_by_another(session, cast):
    first, second = sample_at_lab(session, cast), sample_at_lab(session, cast)
    enter(session, portion_to_test(first), cast, report_no="WT-1")
    doubled = {("report_no", "doubled_report_no")}
    assert_invalid(session, doubled, enter, portion_to_test(second), cast, report_no="wt-1")


@on_sqlite
def test_a_number_taken_a_moment_ago_is_named_and_not_an_error(session, cast, monkeypatch):
    first, second = sample_at_lab(session, cast), sample_at_lab(session, cast)
    enter(session, portion_to_test(first), cast, report_no="WT-1")
    # the look before the lock saw nothing yet: the unique constraint is what stops the second
    monkeypatch.setattr("quality.lab.operations.reports._is_taken", lambda *_: False)
    doubled = {("report_no", "doubled_report_no")}
    assert_invalid(session, doubled, enter, portion_to_test(second), cast, report_no="WT-1")


@on_sqlite
def test_one_report_waits_at_a_time_and_a_new_one_names_the_one_in_force(session, cast):
    portion = portion_to_test(sample_at_lab(session, cast))
    assert_invalid(session, {("supersedes", "not_in_force")}, enter, portion, cast, supersedes="WT-0")
    first = enter(session, portion, cast)
    assert_refused(session, "report_pending", enter, portion, cast)
    sign(session, first, cast)
    assert_refused(session, "report_in_force", enter, portion, cast)
    assert_refused(session, "report_in_force", enter, portion, cast, supersedes="WT-0")
    second = enter(session, portion, cast, supersedes=first.report_no)
    assert_invalid(session, {("reason", "missing")}, withdraw_report, second, "", by=cast.signatory)
    withdraw_report(session, second, "录入有误", by=cast.signatory)
    assert (second.status, second.supersedes_id) == (ReportStatus.WITHDRAWN, None)
    third = enter(session, portion, cast, supersedes=first.report_no)
    sign(session, third, cast)
    assert (first.status, third.status) == (ReportStatus.SUPERSEDED, ReportStatus.AUTHORISED)
    withdraw_report(session, third, "仪器故障", by=cast.signatory)
    assert third.supersedes_id == first.id  # what was in force keeps its story
    assert enter(session, portion, cast).status == ReportStatus.ENTERED


@on_sqlite
def test_the_signatory_neither_tested_nor_entered_nor_sampled(session, cast):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    report = enter(session, portion, cast, analyst=cast.signatory.person.email)
    assert_refused(session, "same_person", authorise, report, by=cast.signatory)
    assert_refused(session, "role_may_not", authorise, report, by=cast.analyst)
    assert_refused(session, "not_yours", authorise, report, by=cast.second_signatory)
    second_role = invite_person(
        session, email=cast.analyst.person.email, organisation=cast.laboratory, role=Role.SIGNATORY, by=SYSTEM
    )
    session.flush()
    session.refresh(second_role)
    assert_refused(session, "same_person", authorise, report, by=type(cast.analyst).working_in(second_role))
    other = hire(session, cast.laboratory, Role.SIGNATORY)
    read = report.version
    authorise(session, report, by=other)
    assert_refused(session, "stale", authorise, report, by=other, version=read)


@on_sqlite
def test_who_took_the_sample_neither_tests_nor_signs(session, cast):
    portion = portion_to_test(sample_at_lab(session, cast))
    tester, signer = (  # the buyer is hired by the laboratory after the parcel was sent there
        invite_person(session, email=cast.buyer.person.email, organisation=cast.laboratory, role=role, by=SYSTEM)
        for role in (Role.ANALYST, Role.SIGNATORY)
    )
    session.flush()
    for membership in (tester, signer):
        session.refresh(membership)
    actor = type(cast.analyst).working_in
    assert_refused(session, "sampler_tests", enter, portion, cast, by=actor(tester))
    report = enter(session, portion, cast)
    assert_refused(session, "sampler_tests", authorise, report, by=actor(signer))


@on_sqlite
def test_nothing_is_reported_on_what_has_not_arrived_or_was_concluded(session, cast):
    sample = sent_sample(session, cast)
    assert_refused(session, "not_at_lab", enter, portion_to_test(sample), cast)

    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    first = enter(session, portion, cast)
    sign(session, first, cast)
    pending = enter(session, portion, cast, supersedes=first.report_no)
    finding = propose_finding(session, sample, by=cast.coordinator)
    confirm_finding(session, finding, by=cast.reviewer)
    assert_refused(session, "concluded", authorise, pending, by=cast.signatory)
    assert_refused(session, "concluded", withdraw_report, first, "撤回", by=cast.signatory)
    assert_refused(session, "concluded", enter, portion, cast, supersedes=first.report_no)


@on_sqlite
def test_a_report_that_was_sent_back_is_answered_by_one_that_supersedes_it(session, cast, clock):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    first = enter(session, portion, cast, OPEN)
    sign(session, first, cast)
    assert first.results[0].verdict == "undecided"
    assert_refused(session, "undecided", propose_finding, sample, by=cast.coordinator)
    clock.advance(days=1)
    assert_invalid(session, {("reason", "missing")}, send_back, sample, "", by=cast.coordinator)
    send_back(session, sample, "请按限量的单位给出实测值", by=cast.coordinator)
    assert sample.status == SampleStatus.TESTING
    assert (running(session, sample), running(session, portion)) == (set(), {"lab_report"})

    second = enter(session, portion, cast, GOOD, supersedes=first.report_no)
    sign(session, second, cast)
    assert sample.status == SampleStatus.REPORTED
    assert (running(session, sample), running(session, portion)) == ({"result_told"}, set())
    assert propose_finding(session, sample, by=cast.coordinator).report_id == second.id


@on_sqlite
@pytest.mark.parametrize("reported", [True, False])
def test_a_sample_that_cannot_be_tested_ends_with_its_reason(session, cast, reported):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    report = enter(session, portion, cast, OPEN)
    if reported:
        sign(session, report, cast)
    by = cast.coordinator
    assert_invalid(session, {("reason", "missing")}, end_as_impossible, sample, Impossible.SPENT, by=by, reason="")
    assert_refused(session, "role_may_not", end_as_impossible, sample, Impossible.SPENT, by=cast.analyst, reason="无")
    end_as_impossible(session, sample, Impossible.UNDECIDED, by=by, reason="无法复测")
    assert (sample.status, sample.exit_reason) == (SampleStatus.TEST_IMPOSSIBLE, Impossible.UNDECIDED)
    assert (running(session, sample), running(session, portion)) == (set(), set())
    if not reported:
        assert_refused(session, "concluded", authorise, report, by=cast.signatory)


@on_sqlite
def test_a_laboratory_cannot_choose_its_limit(session, cast):
    sample = sample_at_lab(session, cast)
    assert "limit" not in ResultEntry._fields
    assert "limit" not in enter_report.__annotations__
    report = enter(session, portion_to_test(sample), cast, BAD)
    assert {result.limit for result in report.results} == {item.limit for item in sample.task.campaign.items}
