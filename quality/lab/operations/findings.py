"""The agency concludes on a sample: one person proposes, another confirms; or the report goes back."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import Refused
from quality.core.numbers import next_number
from quality.core.words import Reason, _
from quality.core.workflow import Condition, begin, perform, record
from quality.lab.models import Finding, Impossible, Report, Verdict
from quality.lab.operations.asking import given, require
from quality.lab.operations.labelling import confirm_label_finding, reject_label_finding
from quality.lab.queries import report_in_force, standing_finding
from quality.lab.workflow import CONFIRM, REJECT
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import PortionKind, Sample, SampleStatus
from quality.purchases.operations.storage import keep_backup
from quality.purchases.workflow import CONCLUDE, IMPOSSIBLE, SEND_BACK
from quality.standards.judgement import Verdict as ItemVerdict
from quality.standards.judgement import conclusion, in_force


def propose_finding(session: Session, sample: Sample, *, by: Actor) -> Finding:
    """What the report in force says of the sample: not a choice. An undecided item leaves nothing to propose."""
    require(by, Can.FINDING_PROPOSE, sample)
    record(session, sample, "propose_finding", by=by)  # takes the sample: of two who propose at once one is told
    if standing := standing_finding(session, sample):
        text = _("Finding %(number)s stands for this sample already", number=standing.number)
        raise Refused("proposed_already", text)
    if sample.status != SampleStatus.REPORTED:
        raise Refused("not_reported", _("A finding needs an authorised report; the sample is %(s)s", s=sample.status))
    report = report_in_force(session, sample.portion(PortionKind.TEST))
    if report is None:
        raise Refused("no_report_in_force", _("No report is in force: send it back to the laboratory"))
    verdict = conclusion(ItemVerdict(result.verdict) for result in report.results)
    if verdict is None:
        raise Refused("undecided", _("An item is undecided: send the report back, or end the sample as impossible"))
    assert by.organisation and by.id, "require() has asked"
    finding = Finding(
        number=next_number(session, by.organisation.code, "F"),
        agency_id=sample.agency_id,
        sample_id=sample.id,
        report_id=report.id,
        verdict=Verdict(verdict),
        proposed_by_id=by.id,
    )
    begin(session, finding, by=by, details={"sample": sample.id, "report": report.id, "verdict": verdict})
    return finding


def confirm_finding(session: Session, finding: Finding, *, by: Actor, version: int | None = None) -> None:
    if finding.report.is_of_label:
        confirm_label_finding(session, finding, by=by, version=version)
        return
    seen = finding.version if version is None else version
    perform(session, finding.sample, CONCLUDE, by=by, details={"finding": finding.id})
    perform(session, finding, CONFIRM, by=by, version=seen, facts={"confirmed_at": clock.now()})
    keep_backup(session, finding.sample, failed=finding.verdict == Verdict.NONCONFORMING)


def reject_finding(session: Session, finding: Finding, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The reviewer does not confirm. The sample waits for another proposal, or goes back."""
    if finding.report.is_of_label:
        reject_label_finding(session, finding, given(reason), by=by, version=version)
        return
    perform(session, finding, REJECT, by=by, version=version, note=given(reason))


def conclude_again(session: Session, overturned: Finding, report: Report, *, proposed_by_id: int, by: Actor) -> Finding:
    """The finding that a re-inspection leaves in place of the one it overturned: not a choice, and final.

    Two people stand behind it like behind any other: who admitted the objection, and who decided it.
    """
    verdict = conclusion(ItemVerdict(result.verdict) for result in in_force(overturned.results, report.results))
    assert by.organisation and verdict, "the objection was decided by this report"
    finding = Finding(
        number=next_number(session, by.organisation.code, "F"),
        agency_id=overturned.agency_id,
        sample_id=overturned.sample_id,
        report_id=report.id,
        follows_id=overturned.id,
        verdict=Verdict(verdict),
        proposed_by_id=proposed_by_id,
    )
    begin(session, finding, by=by, details={"follows": overturned.id, "report": report.id, "verdict": verdict})
    perform(session, finding, CONFIRM, by=by, facts={"confirmed_at": clock.now()})
    return finding


def send_back(session: Session, sample: Sample, reason: str, *, by: Actor, version: int | None = None) -> None:
    """Ask the laboratory for another report, which supersedes the one in force."""
    portion, now = sample.portion(PortionKind.TEST), clock.now()
    also = [_rests_without_a_finding(session)]
    perform(session, sample, SEND_BACK, by=by, version=version, note=given(reason), also=also)
    clocks.stop(session, sample, "result_told", now, by=by, outcome="sent_back")
    clocks.start(session, portion, "lab_report", now)


def end_as_impossible(
    session: Session, sample: Sample, cause: Impossible, *, by: Actor, reason: str, version: int | None = None
) -> None:
    """No conclusion will ever be had. The exit stays in the statistics."""
    portion, now = sample.portion(PortionKind.TEST), clock.now()
    also = [_rests_without_a_finding(session)]
    facts = {"exit_reason": cause}
    perform(session, sample, IMPOSSIBLE, by=by, version=version, note=given(reason), facts=facts, also=also)
    clocks.stop(session, portion, "lab_report", now, by=by, outcome="impossible")
    clocks.stop(session, sample, "result_told", now, by=by, outcome="impossible")


def _rests_without_a_finding(session: Session) -> Condition:
    def rests_without_a_finding(sample: Sample, actor: Actor) -> Reason | None:
        if standing := standing_finding(session, sample):
            return Reason(
                "proposed_already", _("Finding %(number)s rests on it; reject it first", number=standing.number)
            )
        return None

    return rests_without_a_finding
