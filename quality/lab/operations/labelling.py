"""A label that lacks what the law wants is nonconforming by itself: the agency's own record of it, and its finding.

The record is a report like a laboratory's, of the agency itself, on the sealed goods: so notices, letters and what is
published say what was found, by whom and against what, as of any other. No laboratory is asked, and nothing of it is
counted as tested (0087).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Refused
from quality.core.numbers import next_number
from quality.core.words import _
from quality.core.workflow import begin, perform, record
from quality.lab.entries import ResultEntry
from quality.lab.judging import judged, kept
from quality.lab.models import Finding, Report, TestResult, Verdict
from quality.lab.operations.asking import require
from quality.lab.queries import standing_finding
from quality.lab.workflow import ATTEST, CONFIRM, DISCARD, REJECT
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.labels import BEARS, LAW, RECORDED, LabelProblem
from quality.purchases.models import PortionKind, Sample, SampleStatus
from quality.purchases.operations.storage import keep_backup
from quality.purchases.workflow import CONCLUDE_ON_LABEL
from quality.standards.rules import Rule


def propose_label_finding(session: Session, sample: Sample, *, by: Actor) -> Finding:
    """From the label check that was made before sealing: what it lacks fails, what it bears passes. Not a choice."""
    require(by, Can.FINDING_PROPOSE, sample)
    record(session, sample, "propose_finding", by=by)  # takes the sample: of two who propose at once one is told
    if standing := standing_finding(session, sample):
        text = _("Finding %(number)s stands for this sample already", number=standing.number)
        raise Refused("proposed_already", text)
    if sample.status != SampleStatus.SEALED:
        raise Refused("not_sealed", _("A finding on the label alone is made before the sample goes to a laboratory"))
    problems = set(sample.purchase.label_problems or [])
    if not problems:
        raise Refused("label_good", _("The label check found nothing: there is nothing to conclude from it"))
    assert by.organisation and by.id and by.person, "require() has asked"
    report = Report(
        report_no=next_number(session, by.organisation.code, "LC"),
        agency_id=sample.agency_id,
        laboratory_id=sample.agency_id,
        sample_id=sample.id,
        portion_id=sample.portion(PortionKind.TEST).id,
        analyst=by.person.name,
        analyst_id=by.id,
        entered_by_id=by.id,
        tested_on=day_of(sample.purchase.label_checked_at or clock.now()),
    )
    begin(session, report, by=by, details={"sample": sample.id, "label": sorted(problems)})
    for problem in LabelProblem:
        entry = ResultEntry(RECORDED[problem], "不符合" if problem in problems else BEARS, method=LAW)
        judgement = judged(entry, limit=BEARS, rule=Rule.SIMPLE)
        said = {"item": entry.item, "value": entry.value, "method": entry.method, "limit": BEARS, "rule": Rule.SIMPLE}
        verdict = {"verdict": judgement.verdict, "judgement": kept(judgement)}
        session.add(TestResult(report_id=report.id, **said, **verdict))
    session.flush()
    finding = Finding(
        number=next_number(session, by.organisation.code, "F"),
        agency_id=sample.agency_id,
        sample_id=sample.id,
        report_id=report.id,
        verdict=Verdict.NONCONFORMING,
        proposed_by_id=by.id,
    )
    told = {"sample": sample.id, "report": report.id, "verdict": Verdict.NONCONFORMING, "label_only": True}
    begin(session, finding, by=by, details=told)
    return finding


def confirm_label_finding(session: Session, finding: Finding, *, by: Actor, version: int | None = None) -> None:
    seen, now, sample = finding.version if version is None else version, clock.now(), finding.sample
    facts = {"laboratory_id": sample.agency_id}  # who examined it: nobody else
    perform(session, sample, CONCLUDE_ON_LABEL, by=by, details={"finding": finding.id}, facts=facts)
    perform(session, finding.report, ATTEST, by=by, facts={"authorised_at": now})
    perform(session, finding, CONFIRM, by=by, version=seen, facts={"confirmed_at": now})
    clocks.stop(session, sample, "to_lab", now, by=by, outcome="label_only")
    clocks.start(session, sample, "result_told", now)
    keep_backup(session, sample, failed=True)


def reject_label_finding(session: Session, finding: Finding, note: str, *, by: Actor, version: int | None) -> None:
    """The record ends with the finding; the sample goes to a laboratory, or another is proposed."""
    seen = finding.version if version is None else version
    perform(session, finding.report, DISCARD, by=by)
    perform(session, finding, REJECT, by=by, version=seen, note=note)
