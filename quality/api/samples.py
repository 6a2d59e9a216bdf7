"""Samples, reports, findings and objections, as the agency reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.capsules import add_capsules
from quality.api.cases import Collection, Whole, collection
from quality.api.moves import add_moves, add_part_moves
from quality.api.papers import add_papers
from quality.api.shapes import Moment, Organisation, StandardJudgedBy, Told, Words, organisation
from quality.lab.accreditation import flags_of
from quality.lab.models import Finding, Report, TestResult
from quality.lab.queries import following, result_shown, standing_finding, suspicions_about
from quality.objections.models import Objection
from quality.objections.queries import (
    letters_about,
    producer_denies,
    results_in_force,
    results_overtaken,
    second_report,
    tellings_of,
)
from quality.pages.judging import NO_WEIGHTS, held_against, weighed, weights_of
from quality.pages.kinds import KINDS
from quality.pages.kinds.custody import holders, whole_custody
from quality.pages.kinds.sample import reports_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.replies import replies_to
from quality.purchases.models import Portion, Sample
from quality.standards.models import Severity
from quality.standards.queries import Weighed


class PortionTold(Told):
    kind: str = Field(description="`test` or `backup`")
    status: str
    blind_no: str
    seal_no: str
    quantity: str
    laboratory: Organisation | None
    held_by: Words = Field(description="Who has it: a store, a courier, a laboratory, a person")
    disposal: str | None = Field(description="`proposed` or `confirmed`")


class SuspicionTold(Told):
    """Goods that a laboratory suspected before it tested them."""

    blind_no: str = Field(description="Of the portion")
    kind: str = Field(description="`counterfeit`, `no_licence` or `no_producer`")
    reason: str = Field(description="The laboratory's")
    stopped_at: Moment
    outcome: str | None = Field(description="`go_on` or `hand_on`; null: the agency has yet to decide")
    answer: str = Field(description="The agency's reason")
    decided_at: Moment | None


class HandOverTold(Told):
    id: int = Field(description="By which a hand-over is confirmed or explained")
    at: Moment
    portion: Words
    given_by: Words
    taken_by: Words
    seal_no: str
    seal_intact: bool
    seal_unread: bool = Field(description="Who turned it away did not look; then nothing is said of it")
    place: str
    condition: str
    parcel_no: str = Field(description="The courier's, as it was sent, or as it came")
    temperature: str = Field(description="In °C; empty where nobody measured")
    gaps: list[Words] = Field(description="Where the chain is broken here")
    explanation: str = Field(description="Why that breaks nothing, by a coordinator")
    confirmed: list[Words] = Field(description="The other side, confirmed by its person")
    photos: list[str] = Field(description="sha256 of the pictures of both sides; they stand in `…/evidence` too")
    no_photo: str = Field(description="Why whoever wrote it down took none; empty without a photo: nobody said")
    label_unscanned: bool = Field(description="It was sent, and nobody had scanned its label")
    no_scan: str = Field(description="Why; empty: nobody said")


class SampleTold(Whole):
    campaign: str
    task: str
    product_name: str
    spec: str
    brand: str
    model: str
    barcode: str = Field(description="As on the goods, digits only; empty: none")
    batch: str
    producer_name: str
    producer_address: str
    remark: str
    laboratory: Organisation | None
    sealed_at: Moment
    received_at: Moment | None
    exit_reason: str | None
    portions: list[PortionTold]
    suspicions: list[SuspicionTold] = Field(description="By its laboratories, before they tested; the newest first")
    custody: list[HandOverTold]
    reports: list[str] = Field(description="Their numbers, the newest first")
    finding: str | None


class ResultTold(Told):
    """One test item, as the laboratory wrote it, and how it was judged."""

    item: str
    value: str
    unit: str
    uncertainty: str = Field(description="The expanded uncertainty U")
    lod: str = Field(description="Limit of detection")
    loq: str = Field(description="Limit of quantification")
    method: str
    limit: str = Field(description="What it was judged by")
    rule: str = Field(description="`simple`, `guard_band`, `non_binary` or `enforcement`")
    verdict: str = Field(description="`pass`, `fail`, `conditional_pass`, `conditional_fail`, `undecided`")
    reason_code: str = Field(description="Why, for programs")
    reason: Words = Field(description="Why, in a sentence")
    standard: StandardJudgedBy | None = Field(None, description="The version of it that it was judged by")
    severity: str | None = Field(
        None,
        description="Of a failed item, for the agency: `serious`, `major` or `minor`, as that version of its library "
        "weighs it; null where its limit is not of the library. No verdict depends on it",
    )


class OutsideTold(Told):
    """What was said of an item outside the accreditation (非资质认定项目)."""

    id: int = Field(description="By which the agency agrees or declines, as a part of the report")
    status: str = Field(description="`marked`, `agreed` or `declined`")
    version: int
    reason: str = Field(description="Why the laboratory reports it all the same")
    answer: str = Field(description="Why the agency does not agree")


class AccreditedTold(Told):
    """How an item stands to the laboratory's certificates: now, and for good once the report is authorised."""

    item: str
    code: str = Field(description="`in_scope`, `not_recorded`, or why it is outside: see docs/api.md")
    reason: Words
    open: bool = Field(description="True: the report cannot be authorised as it is")
    outside: OutsideTold | None


class ReportTold(Whole):
    report_no: str
    laboratory: Organisation
    blind_no: str
    sample: str | None = Field(description="For who may read samples: no laboratory")
    supersedes: str | None
    change_reason: str | None = Field(description="Why it replaces that")
    method_note: str
    tested_on: date | None
    authorised_at: Moment | None
    results: list[ResultTold]
    accreditation: list[AccreditedTold] = Field(description="Empty: authorised before it was asked")


class TellingTold(Told):
    """A party that received the result; its own period to object runs from that moment."""

    party: str
    status: str
    received_at: Moment
    proof: str = Field(description="`entered`, `post` or `link`: somebody pressed it on the letter's page")
    receipt_no: str


class LetterBrief(Told):
    """Sent to one party, with a link of its own."""

    id: int
    kind: str = Field(description="`result`, which may be objected to, or `conclusion` of a re-inspection")
    party: str
    addressee: str
    sent_at: Moment
    expires_at: Moment
    received_at: Moment | None
    proof: str | None = Field(description="`link`: somebody pressed it; `post`: with its number")
    receipt_no: str
    taken_back_at: Moment | None


class ReplyTold(Told):
    """A party's own words, shown as they are or not at all."""

    id: int = Field(description="By which it is shown or refused, as a part of the finding")
    version: int
    party: str
    status: str = Field(description="`received`, `shown`, `refused`, `withdrawn`")
    statement: str
    sha256: str
    received_at: Moment
    due_on: date = Field(description="The last day of the party's time")
    is_late: bool
    decided_at: Moment | None
    reason: str = Field(description="Why it is not shown; the party reads it")


class FindingTold(Whole):
    sample: str
    report: str
    verdict: str
    product_name: str
    confirmed_at: Moment | None
    follows: str | None = Field(description="The overturned finding in whose place this one stands; it is final")
    followed_by: str | None = Field(description="What a re-inspection left in place of this one")
    results: list[ResultTold] = Field(description="Each item's last word")
    first_results: list[ResultTold] = Field(description="What was tested again, as it was found before")
    producer_denies: bool = Field(description="The producer's denial was found true")
    told: list[TellingTold]
    replies: list[ReplyTold] = Field(description="What parties want to have shown beside the result")
    letters: list[LetterBrief]


class ObjectionTold(Whole):
    finding: str
    party: str
    ground: str
    statement: str = Field(description="In the party's words")
    answer: str = Field(description="Why it was admitted or refused; its party reads it")
    reason: str = Field(description="Of the decision")
    items: list[str] = Field(description="The disputed ones: only they are tested again")
    result_received_at: Moment
    received_at: Moment
    laboratory: Organisation | None = Field(description="Of the re-inspection")
    report: str | None = Field(description="Of the re-inspection")
    no_reinspection: str | None
    draw: dict[str, Any] | None = Field(description="`seed`, `of`, `order`, `excluded`, `passed`: enough to repeat it")
    decision: str | None
    cost_fen: int | None
    cost_bearer: str | None
    conclusion_told_at: Moment | None = Field(description="When all who were told the result were sent its conclusion")
    withdrawn_by_party_at: Moment | None = Field(description="By the party, on its page; null: not, or you entered it")
    withdrawal_noted_at: Moment | None = Field(description="When the agency took note of that")


def sample_told(session: Session, sample: Sample, me: Actor) -> dict[str, Any]:
    kept = ("product_name", "spec", "brand", "model", "barcode", "batch", "producer_name", "producer_address",
            "remark", "sealed_at", "received_at", "exit_reason")  # fmt: skip
    finding = standing_finding(session, sample) if me.can(Can.FINDING_READ) else None
    steps = whole_custody(session, [sample], me)
    held = holders(session, sample, me)
    return {
        **{name: getattr(sample, name) for name in kept},
        "campaign": sample.campaign.number,
        "task": sample.purchase.number,
        "laboratory": organisation(sample.laboratory) if sample.laboratory else None,
        "portions": [portion_told(portion, held[portion.id]) for portion in sample.portions],
        "suspicions": suspicions_told(session, sample.portions),
        "custody": [HandOverTold.model_validate(step, from_attributes=True) for step in steps],
        "reports": [KINDS["report"].number(each) for each in reports_of(session, sample)],
        "finding": finding.number if finding else None,
    }


def suspicions_told(session: Session, portions: Sequence[Portion]) -> list[SuspicionTold]:
    named, kept = {each.id: each.blind_no for each in portions}, set(SuspicionTold.model_fields) - {"blind_no"}
    return [
        SuspicionTold(blind_no=named[each.portion_id], **{name: getattr(each, name) for name in kept})
        for each in suspicions_about(session, portions)
    ]


def portion_told(portion: Any, held_by: object) -> PortionTold:
    gone = portion.disposal
    return PortionTold(
        kind=portion.kind,
        status=portion.status,
        blind_no=portion.blind_no,
        seal_no=portion.seal_no,
        quantity=portion.quantity,
        laboratory=organisation(portion.laboratory) if portion.laboratory else None,
        held_by=str(held_by),
        disposal=None if gone is None else "confirmed" if gone.confirmed_at else "proposed",
    )


def results_told(results: Sequence[TestResult], weights: Mapping[Weighed, Severity] = NO_WEIGHTS) -> list[ResultTold]:
    return [result_told(each, weights) for each in results]


def result_told(result: TestResult, weights: Mapping[Weighed, Severity]) -> ResultTold:
    kept, named = held_against(result), weighed(result)
    return ResultTold(
        **result_shown(result)._asdict(),
        standard=StandardJudgedBy(**kept) if kept else None,
        severity=weights.get(named) if named else None,
    )


def accreditation_told(session: Session, report: Report) -> list[AccreditedTold]:
    return [
        AccreditedTold(
            item=each.result.item,
            code=each.standing.code,
            reason=str(each.standing.text),
            open=each.is_open,
            outside=OutsideTold.model_validate(each.outside, from_attributes=True) if each.outside else None,
        )
        for each in flags_of(session, report)
    ]


def report_told(session: Session, report: Report, me: Actor) -> dict[str, Any]:
    weights = weights_of(session, report.agency_id, report.results) if me.can(Can.SAMPLE_READ) else NO_WEIGHTS
    return {
        "report_no": report.report_no,
        "laboratory": organisation(report.laboratory),
        "blind_no": report.portion.blind_no,
        "sample": report.sample.number if me.can(Can.SAMPLE_READ) else None,
        "supersedes": report.supersedes.report_no if report.supersedes else None,
        "change_reason": report.change_reason,
        "method_note": report.method_note,
        "tested_on": report.tested_on,
        "authorised_at": report.authorised_at,
        "results": results_told(report.results, weights),
        "accreditation": accreditation_told(session, report),
    }


def finding_told(session: Session, finding: Finding, _me: Actor) -> dict[str, Any]:
    last, results = following(session, finding), results_in_force(session, finding)
    first = results_overtaken(session, finding)
    weights = weights_of(session, finding.agency_id, results, first)
    return {
        "sample": finding.sample.number,
        "report": KINDS["report"].number(finding.report),
        "verdict": finding.verdict,
        "product_name": finding.sample.product_name,
        "confirmed_at": finding.confirmed_at,
        "follows": finding.follows.number if finding.follows else None,
        "followed_by": last.number if last else None,
        "results": results_told(results, weights),
        "first_results": results_told(first, weights),
        "producer_denies": producer_denies(session, finding),
        "letters": [LetterBrief.model_validate(each, from_attributes=True) for each in letters_about(session, finding)],
        "replies": [ReplyTold.model_validate(each, from_attributes=True) for each in replies_to(session, finding)],
        "told": [TellingTold.model_validate(each, from_attributes=True) for each in tellings_of(session, finding)],
    }


def objection_told(session: Session, objection: Objection, _me: Actor) -> dict[str, Any]:
    again = objection.report or second_report(session, objection)
    kept = (
        "party", "ground", "items", "result_received_at", "received_at", "no_reinspection", "decision",
        "statement", "answer", "reason", "draw", "cost_fen", "cost_bearer",
        "conclusion_told_at", "withdrawn_by_party_at", "withdrawal_noted_at",
    )  # fmt: skip
    return {
        **{name: getattr(objection, name) for name in kept},
        "finding": objection.finding.number,
        "laboratory": organisation(objection.laboratory) if objection.laboratory else None,
        "report": KINDS["report"].number(again) if again else None,
    }


SAMPLES = Collection("samples", KINDS["sample"], SampleTold, sample_told)
REPORTS = Collection("reports", KINDS["report"], ReportTold, report_told)
FINDINGS = Collection("findings", KINDS["finding"], FindingTold, finding_told)
OBJECTIONS = Collection("objections", KINDS["objection"], ObjectionTold, objection_told)
samples = collection(SAMPLES, about="What was bought, sealed in two portions")
reports = collection(REPORTS, about="Test reports; a number is the laboratory's code, a colon and its own number")
findings = collection(FINDINGS, about="What the agency concludes of a sample")
objections = collection(OBJECTIONS, about="A party says that a finding is wrong")
for each, of in ((samples, SAMPLES), (reports, REPORTS), (findings, FINDINGS), (objections, OBJECTIONS)):
    add_moves(each, of)
add_part_moves(reports, REPORTS, "items", {})
add_part_moves(findings, FINDINGS, "replies", {})
add_papers(samples, SAMPLES)
add_capsules(samples, SAMPLES)
add_papers(findings, FINDINGS)
add_papers(objections, OBJECTIONS)
