"""What a laboratory is shown (blind numbers, never where a sample comes from), and reports and findings to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import CampaignItem
from quality.clocks.queries import clocks_of
from quality.core.errors import NotFound
from quality.core.words import Reason, Text, _
from quality.lab.entries import report_number
from quality.lab.judging import reason_of
from quality.lab.models import (
    Finding,
    FindingStatus,
    Report,
    ReportDraft,
    ReportFile,
    ReportStatus,
    Suspicion,
    TestOrder,
    TestResult,
)
from quality.people.actor import Actor, within
from quality.people.models import Organisation
from quality.permissions import Can, Sees
from quality.purchases.blind import as_written
from quality.purchases.custody import gaps_of, steps_of
from quality.purchases.items import items_for
from quality.purchases.models import Portion, PortionKind, PortionStatus, Sample, SampleStatus

WAIT_FOR_A_REPORT = {SampleStatus.AT_LAB, SampleStatus.TESTING, SampleStatus.REPORTED}


class ItemToTest(NamedTuple):
    item: str
    method: str
    limit: str
    rule: str
    clause: str


class DueBy(NamedTuple):
    due_at: datetime
    overdue: bool
    explanation: Text


class PortionShown(NamedTuple):
    """All that a laboratory may know of a portion. Not even whether it is a first test or a re-inspection."""

    blind_no: str
    seal_no: str
    quantity: str
    category: str
    items: list[ItemToTest]
    status: PortionStatus
    version: int
    due: DueBy | None
    report_nos: list[str]


class ResultShown(NamedTuple):
    item: str
    value: str
    unit: str
    uncertainty: str
    lod: str
    loq: str
    method: str
    limit: str
    rule: str
    verdict: str
    reason_code: str
    reason: Text


class ReportShown(NamedTuple):
    """A report as its laboratory reads it, without the numbers by which the agency knows the sample."""

    report_no: str
    blind_no: str
    status: ReportStatus
    version: int
    analyst: str
    method_note: str
    supersedes: str | None
    authorised_at: datetime | None
    results: list[ResultShown]


def portions_visible_to(actor: Actor) -> sa.Select[Portion]:
    """A laboratory's own, from the moment they are sent. Agencies read the sample instead (purchases)."""
    may = actor.can(Can.PORTION_READ) and actor.sees == Sees.LABORATORY
    mine = sa.and_(within(Portion, actor), Portion.status != PortionStatus.SEALED) if may else sa.false()
    return sa.select(Portion).where(mine).order_by(Portion.id.desc())


def one_portion(session: Session, actor: Actor, blind_no: str) -> Portion:
    named = portions_visible_to(actor).where(Portion.blind_no == as_written(blind_no))
    portion = session.scalars(named).one_or_none()
    if portion is None:
        raise NotFound(blind_no)
    return portion


def as_shown_to_the_laboratory(session: Session, portion: Portion) -> PortionShown:
    clocks = [c for c in clocks_of(session, portion) if c.rule == "lab_report" and c.stopped_at is None]
    return PortionShown(
        blind_no=portion.blind_no,
        seal_no=portion.seal_no,
        quantity=portion.quantity,
        category=portion.sample.campaign.category,
        items=[ItemToTest(i.item, i.method, i.limit, i.rule, i.clause) for i in items_to_test(session, portion)],
        status=portion.status,
        version=portion.version,
        due=DueBy(clocks[-1].due_at, clocks[-1].overdue, clocks[-1].explanation) if clocks else None,
        report_nos=list(session.scalars(sa.select(Report.report_no).where(Report.portion_id == portion.id))),
    )


def why_held(portion: Portion) -> list[Text]:
    """Why it stands at its door: what was read there, and of the way before only that it is asked about."""
    if portion.status != PortionStatus.HELD:
        return []
    steps = steps_of(portion)
    before = _("An earlier hand-over is not in order")
    told = [
        gap.reason.text if steps[gap.step].taken_by.startswith("door:") else before
        for gap in gaps_of(portion, steps)
        if not gap.is_explained
    ]
    return list({str(each): each for each in told}.values())


def why_no_report_now(session: Session, portion: Portion) -> Reason | None:
    """What stands in the way of another report on this portion, whatever is in it. At most one waits for a signatory.

    The first report of a sample may change until the agency concludes.
    """
    pending = sa.select(Report.report_no).where(Report.portion_id == portion.id, Report.status == ReportStatus.ENTERED)
    return why_not_now(portion.kind, portion.sample.status, session.scalars(pending).first())


def why_not_now(kind: PortionKind, status: SampleStatus, waiting: str | None) -> Reason | None:
    """The same of a portion and its sample's status; `waiting` is the number of the report that waits."""
    if kind == PortionKind.TEST and status not in WAIT_FOR_A_REPORT:
        return Reason("concluded", _("The agency has closed its books on this sample; write to the agency"))
    if waiting:
        text = _(
            "Report %(number)s on this sample is not authorised yet; authorise or withdraw it first", number=waiting
        )
        return Reason("report_pending", text)
    return None


def suspicion_about(session: Session, portion: Portion) -> Suspicion | None:
    """What its laboratory suspected last, decided or not."""
    asked = sa.select(Suspicion).where(Suspicion.portion_id == portion.id).order_by(Suspicion.id.desc()).limit(1)
    return session.scalars(asked).first()


def suspicions_about(session: Session, portions: Sequence[Portion]) -> list[Suspicion]:
    """All that laboratories said before they tested, the newest first."""
    asked = sa.select(Suspicion).where(Suspicion.portion_id.in_([each.id for each in portions]))
    return list(session.scalars(asked.order_by(Suspicion.id.desc())))


def files_of(session: Session, report: Report) -> list[ReportFile]:
    """What was found in the files of the report, the newest first: that is the one that counts."""
    asked = sa.select(ReportFile).where(ReportFile.report_id == report.id).order_by(ReportFile.id.desc())
    return list(session.scalars(asked))


def draft_of(session: Session, portion: Portion) -> ReportDraft | None:
    """What the laboratory that has the portion kept of its results, as it is now and not as it was read before."""
    kept = sa.select(ReportDraft).where(
        ReportDraft.portion_id == portion.id, ReportDraft.laboratory_id == portion.laboratory_id
    )
    return session.scalars(kept.execution_options(populate_existing=True)).one_or_none()


def items_to_test(session: Session, portion: Portion) -> Sequence[CampaignItem]:
    """The test order: what was ordered for this portion, else (a test portion) all that the campaign asks."""
    orders = sa.select(TestOrder).where(TestOrder.portion_id == portion.id).order_by(TestOrder.campaign_item_id)
    orders = orders.options(joinedload(TestOrder.item))
    ordered = [order.item for order in session.scalars(orders)]
    return ordered if ordered or portion.kind == PortionKind.BACKUP else items_for(portion.sample)


def reports_visible_to(actor: Actor) -> sa.Select[Report]:
    """An agency reads those on what was bought; what was reported on controls stands with the controls."""
    mine = within(Report, actor) if actor.can(Can.REPORT_READ) else sa.false()
    if actor.sees is not Sees.LABORATORY:
        mine = sa.and_(mine, sa.exists().where(Sample.id == Report.sample_id, Sample.task_id.is_not(None)))
    return sa.select(Report).where(mine).order_by(Report.id.desc())


def one_report(session: Session, actor: Actor, report_no: str, laboratory: str | None = None) -> Report:
    """By the laboratory's own number; `laboratory` is the code of the one meant, where the actor sees several."""
    named = reports_visible_to(actor).where(Report.report_no == report_number(report_no))
    if laboratory is not None:
        named = named.join(Organisation, Organisation.id == Report.laboratory_id).where(Organisation.code == laboratory)
    report = session.scalars(named.limit(1)).one_or_none()
    if report is None:
        raise NotFound(report_no)
    return report


def report_as_shown_to_the_laboratory(report: Report) -> ReportShown:
    return ReportShown(
        report_no=report.report_no,
        blind_no=report.portion.blind_no,
        status=report.status,
        version=report.version,
        analyst=report.analyst,
        method_note=report.method_note,
        supersedes=report.supersedes.report_no if report.supersedes else None,
        authorised_at=report.authorised_at,
        results=[result_shown(result) for result in report.results],
    )


def result_shown(result: TestResult) -> ResultShown:
    reason = reason_of(result)
    return ResultShown(
        item=result.item,
        value=result.value,
        unit=result.unit,
        uncertainty=result.uncertainty,
        lod=result.lod,
        loq=result.loq,
        method=result.method,
        limit=result.limit,
        rule=result.rule,
        verdict=result.verdict,
        reason_code=reason.code,
        reason=reason.text,
    )


def report_in_force(session: Session, portion: Portion) -> Report | None:
    """The authorised report on this portion: there is one at most."""
    return session.scalars(
        sa.select(Report).where(Report.portion_id == portion.id, Report.status == ReportStatus.AUTHORISED)
    ).one_or_none()


def standing_finding(session: Session, sample: Sample) -> Finding | None:
    """The proposed or confirmed finding: there is one at most."""
    return session.scalars(
        sa.select(Finding).where(
            Finding.sample_id == sample.id, Finding.status.in_([FindingStatus.PROPOSED, FindingStatus.CONFIRMED])
        )
    ).one_or_none()


def following(session: Session, finding: Finding) -> Finding | None:
    """The finding that took the place of this one, which a re-inspection overturned."""
    return session.scalars(sa.select(Finding).where(Finding.follows_id == finding.id)).one_or_none()


def findings_visible_to(actor: Actor) -> sa.Select[Finding]:
    mine = within(Finding, actor) if actor.can(Can.FINDING_READ) else sa.false()
    return sa.select(Finding).where(mine).order_by(Finding.id.desc())


def one_finding(session: Session, actor: Actor, number: str) -> Finding:
    finding = session.scalars(findings_visible_to(actor).where(Finding.number == number)).one_or_none()
    if finding is None:
        raise NotFound(number)
    return finding
