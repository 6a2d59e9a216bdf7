"""A laboratory suspects goods before it tests them: it stops, the agency decides, and no time is lost on the way."""

from __future__ import annotations

import sqlalchemy as sa

from quality.clocks.queries import clocks_of
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import take_in as keep
from quality.evidence.queries import exhibits_of
from quality.evidence.vault import vault_from
from quality.lab.models import Impossible, Outcome
from quality.lab.operations import end_as_impossible, go_on, hand_on_untested, stop_testing, withdraw_report
from quality.lab.queries import suspicions_about
from quality.publication.closing import counted, open_samples
from quality.purchases.models import PortionKind, PortionStatus, SampleStatus, Untested
from quality.purchases.queries import custody
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.lab import enter, portion_to_test, sample_at_lab, stopped_sample, take_in
from tests.harness.objections import backup, sent_objection
from tests.harness.purchases import settings
from tests.harness.refusals import assert_invalid, assert_refused

TEST = PortionKind.TEST


def time_to_report(session, portion):
    [found] = [each for each in clocks_of(session, portion) if each.rule == "lab_report"]
    return found


def test_the_time_for_the_report_stands_while_the_agency_decides(session, cast, clock):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    before = time_to_report(session, portion).due_on
    clock.advance(days=1)

    stop_testing(session, portion, Untested.NO_LICENCE, "许可证编号查无记录", by=cast.analyst)

    assert (portion.status, sample.status) == (PortionStatus.STOPPED, SampleStatus.AT_LAB)
    assert_refused(session, "stopped", enter, portion, cast)
    assert_refused(session, "wrong_status", stop_testing, portion, Untested.NO_LICENCE, "再次", by=cast.analyst)
    end = (Impossible.OTHER,)
    assert_refused(session, "stopped", end_as_impossible, sample, *end, by=cast.coordinator, reason="无法检验")
    assert_refused(session, "role_may_not", go_on, sample, TEST, "继续", by=cast.analyst)
    clock.advance(days=7)
    go_on(session, sample, TEST, "许可证已核实，系新证", by=cast.coordinator)

    assert portion.status == PortionStatus.AT_LAB
    assert (time_to_report(session, portion).due_on - before).days >= 7
    [said] = suspicions_about(session, [portion])
    assert (said.kind, said.outcome, said.answer) == (Untested.NO_LICENCE, Outcome.GO_ON, "许可证已核实，系新证")
    assert (said.stopped_by_id, said.decided_by_id) == (cast.analyst.id, cast.coordinator.id)
    report = enter(session, portion, cast)
    assert_refused(session, "tested_already", stop_testing, portion, Untested.NO_LICENCE, "再次", by=cast.analyst)
    withdraw_report(session, report, "登记有误", by=cast.signatory)
    session.commit()


def test_what_is_handed_on_is_never_tested_and_keeps_its_reason(session, cast):
    sample = stopped_sample(session, cast)
    portion = portion_to_test(sample)
    campaign = sample.task.campaign
    before = counted(campaign, open_samples(campaign))
    away = (Untested.COUNTERFEIT, "云州市知识产权局", "权利人确认系假冒")
    assert_refused(session, "role_may_not", hand_on_untested, sample, *away, by=cast.analyst)
    assert_invalid(
        session, {("authority", "missing")}, hand_on_untested, sample, away[0], " ", away[2], by=cast.coordinator
    )

    hand_on_untested(session, sample, *away, by=cast.coordinator)

    assert (sample.status, sample.exit_reason) == (SampleStatus.TRANSFERRED_UNTESTED, "counterfeit")
    assert portion.status == PortionStatus.HANDED_ON
    assert time_to_report(session, portion).outcome == "transferred"
    assert counted(campaign, open_samples(campaign)) == before - 1
    chains = custody(session, sample)
    assert {chain.steps[-1].taken_by for chain in chains} == {"authority:云州市知识产权局"}
    assert [chain.gaps for chain in chains] == [[], []]
    [said] = suspicions_about(session, sample.portions)
    assert said.outcome == Outcome.HAND_ON
    session.commit()


@on_sqlite
def test_what_the_laboratory_saw_is_evidence_of_its_own_kind(session, cast):
    sample = sample_at_lab(session, cast)
    portion = portion_to_test(sample)
    vault = vault_from(settings().evidence_url)
    picture = keep(session, vault, little_picture(3), kind=EvidenceKind.SUSPICION, by=cast.analyst)

    stop_testing(session, portion, Untested.COUNTERFEIT, "商标不符", by=cast.analyst, evidence=[picture.sha256])

    [exhibit] = exhibits_of(session, sample, portion)
    assert (exhibit.kind, exhibit.holding.organisation_id) == (EvidenceKind.SUSPICION, cast.laboratory.id)
    actions = set(session.scalars(sa.select(Event.action).where(Event.subject_type == "sample")))
    assert {"stop", "evidence", "clock_pause"} <= actions


@on_sqlite
def test_a_second_laboratory_may_stop_as_well_and_goes_on_when_told(session, cast):
    """It does not know that it re-inspects, so nothing may be refused to it for that."""
    finding = sent_objection(session, cast).finding
    portion = backup(finding)
    take_in(session, portion, cast)
    stop_testing(session, portion, Untested.COUNTERFEIT, "商标不符", by=cast.second_analyst)
    away = (Untested.COUNTERFEIT, "云州市知识产权局", "权利人确认系假冒")
    assert_refused(session, "wrong_status", hand_on_untested, finding.sample, *away, by=cast.coordinator)

    go_on(session, finding.sample, PortionKind.BACKUP, "复检继续", by=cast.coordinator)

    assert portion.status == PortionStatus.AT_LAB
