"""A laboratory's side: its samples by blind number, its reports, who took in what and what was found.

On these addresses `version` may be left out: a laboratory's own system is the only one that works on its samples.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, cast

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api import PREFIX
from quality.api.cases import Brief, Collection, Whole, collection
from quality.api.door import at_most, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.moves import refuse_unless_permitted
from quality.api.papers import add_papers
from quality.api.reading import file, form, sent
from quality.api.samples import (
    AccreditedTold,
    ResultTold,
    SuspicionTold,
    accreditation_told,
    suspicions_told,
)
from quality.api.shapes import (
    Asked,
    Changed,
    DayEnds,
    File,
    Line,
    Moment,
    Paragraph,
    Sent,
    Told,
    Version,
    Words,
)
from quality.clocks.queries import clocks_of_all
from quality.core.db import db
from quality.evidence.vault import vault_from
from quality.lab import operations
from quality.lab.entries import ResultEntry
from quality.lab.models import Report
from quality.lab.queries import (
    as_shown_to_the_laboratory,
    files_of,
    report_as_shown_to_the_laboratory,
    result_shown,
    why_held,
)
from quality.pages.kinds import KINDS
from quality.people.access import me, needs, require_for
from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.purchases.models import Portion
from quality.web import settings

MOST_RESULTS = 500
MOST_PDF = 64 << 20  # bytes of a report's file
PDF = "application/pdf"


class ItemOrdered(Told):
    """One item to be tested for."""

    item: str = Field(description="Its name, as your report names it too")
    method: str = Field(description="To test it by")
    limit: str = Field(description="What it is judged by, such as `≤90 mg/kg`, `10～15`, `不得检出`, `符合`")
    rule: str = Field(description="`simple`, `guard_band`, `non_binary` or `enforcement`: how U counts")
    clause: str = Field(description="Of the standard that demands it")


class SampleOfLab(Whole):
    """All that a laboratory may know of a sample: not even whether it is tested for the first time."""

    blind_no: str = Field(description="All that names it for you")
    seal_no: str = Field(description="As it was put on")
    quantity: str = Field(description="What was sent")
    category: str = Field(description="What kind of product it is")
    items: list[ItemOrdered] = Field(description="To be tested, each")
    suspicions: list[SuspicionTold] = Field(description="Where you stopped before testing; the newest first")
    held: list[Words] = Field(description="Why it stands at your door and is not taken in yet")
    report_nos: list[str] = Field(description="Your reports on it, the withdrawn among them")


class SampleBrief(Brief):
    quantity: str = Field(description="What was sent")
    category: str = Field(description="What kind of product it is")
    due_at: DayEnds | None = Field(description="When the report becomes overdue; null where no time runs")


class ReportOfLab(Whole):
    report_no: str = Field(description="Your own")
    blind_no: str = Field(description="Of the sample")
    analyst: str = Field(description="Who tested")
    method_note: str
    supersedes: str | None = Field(description="The report that this one replaces")
    change_reason: str | None = Field(description="Why it replaces that")
    tested_on: date | None = Field(description="The last day of testing; null: entered before it was asked")
    authorised_at: Moment | None = Field(description="From then on it was in force; null before")
    file: FileLookedInto | None = Field(description="The newest; null: none was sent")
    results: list[ResultTold]
    accreditation: list[AccreditedTold] = Field(description="Empty: authorised before it was asked")


class ResultSent(Sent):
    """One item as you measured it: `2.55`, `<0.01`, `未检出`, `5.8×10³`, `3.7×10⁴, 4.6×10⁴`, `符合`."""

    item: Line = Field(description="As it was ordered")
    value: Paragraph = Field(description="As you write it")
    unit: Line = Field("", description="Also taken from behind the value")
    uncertainty: Line = Field("", description="The expanded uncertainty U")
    lod: Line = Field("", description="Limit of detection")
    loq: Line = Field("", description="Limit of quantification")
    method: Line = Field("", description="Left out: the one that was ordered")


class ReportSent(Sent):
    blind_no: Line = Field(description="Of a sample that you took in")
    report_no: Line = Field(description="Your own: letters, digits and hyphens, at most 40")
    analyst: Line = Field(description="Name or e-mail of who tested; a person of your laboratory")
    method_note: Paragraph = Field("", description="What else is to be said of how it was tested")
    results: list[ResultSent] = Field(max_length=MOST_RESULTS, description="Every item that was ordered, once")
    supersedes: Line | None = Field(None, description="The report in force that this one replaces")
    change_reason: Paragraph | None = Field(None, description="Why it replaces that; who reads the report reads it")
    tested_on: date | None = Field(None, description="The last day of testing; left out: today")


class Judged(Told):
    item: str = Field(description="As it was ordered")
    verdict: str = Field(description="`pass`, `fail`, `conditional_pass`, `conditional_fail`, `undecided`")
    code: str = Field(description="The reason, for programs")
    reason: Words = Field(description="The reason in a sentence")


class ReportEntered(Changed):
    report_no: str
    blind_no: str
    address: str
    judgement: list[Judged] = Field(description="By the agency's limits and rules; a signatory authorises it next")
    accreditation: list[AccreditedTold] = Field(description="An item that is `open` keeps it from being authorised")


class Authorising(Sent):
    version: Version | None = None
    note: Paragraph = ""


class Withdrawing(Sent):
    version: Version | None = None
    reason: Paragraph = Field(min_length=1, description="In writing")


class ReportFile(Asked):
    file: File = Field(description="A PDF")


class FileLookedInto(Told):
    """What was found in the text of a report's file."""

    legible: str = Field(description="`read`, `no_text`: a scan, or `too_much`: a person must look")
    pages: int
    has_report_no: bool = Field(description="Where one is false, a signatory confirms before the report is authorised")
    has_blind_no: bool
    accepted_at: Moment | None = Field(description="When a signatory looked for themselves")


KEPT_OF_A_FILE = ("sha256", "kind", "media_type", "bytes", "taken_at")


class ReportFileTold(FileLookedInto):
    sha256: str = Field(description="As we counted it")
    kind: str
    media_type: str = Field(description="Read from the bytes")
    bytes: int
    taken_at: Moment | None


def sample_of_lab(session: Session, portion: Portion, _me: Actor) -> dict[str, Any]:
    shown = as_shown_to_the_laboratory(session, portion)
    kept = ("blind_no", "seal_no", "quantity", "category", "report_nos")
    items = [ItemOrdered.model_validate(item, from_attributes=True) for item in shown.items]
    more = {"items": items, "suspicions": suspicions_told(session, [portion]), "held": why_held(portion)}
    return {name: getattr(shown, name) for name in kept} | more


def briefs(session: Session, portions: Sequence[Portion], _me: Actor) -> list[dict[str, Any]]:
    running = [one for one in clocks_of_all(session, portions) if one.stopped_at is None and one.rule == "lab_report"]
    due: dict[int, datetime] = {one.subject_id: one.due_at for one in running}
    return [
        {"quantity": each.quantity, "category": each.sample.campaign.category, "due_at": due.get(each.id)}
        for each in portions
    ]


def report_of_lab(session: Session, report: Report, _me: Actor) -> dict[str, Any]:
    shown = report_as_shown_to_the_laboratory(report)
    kept = ("report_no", "blind_no", "analyst", "method_note", "supersedes", "authorised_at")
    results = [ResultTold.model_validate(each, from_attributes=True) for each in shown.results]
    newest = next(iter(files_of(session, report)), None)
    about = FileLookedInto.model_validate(newest, from_attributes=True) if newest else None
    told_of = {
        "tested_on": report.tested_on,
        "change_reason": report.change_reason,
        "results": results,
        "file": about,
        "accreditation": accreditation_told(session, report),
    }
    return {**{name: getattr(shown, name) for name in kept}, **told_of}


SAMPLES = Collection(
    "lab/samples",
    KINDS["portion"],
    SampleOfLab,
    sample_of_lab,
    brief=SampleBrief,
    own_of_all=briefs,
    part="blind_no",
    of=Sees.LABORATORY,
    moves={"take_in": "receive", "turn_away": "refuse", "stop": "stop"},
)
REPORTS = Collection(
    "lab/reports",
    KINDS["report"],
    ReportOfLab,
    report_of_lab,
    number=lambda report: str(report.report_no),
    part="report_no",
    of=Sees.LABORATORY,
)
samples = collection(SAMPLES, about="What was sent to your laboratory, by blind number")
reports = collection(REPORTS, about="Your reports, by your own numbers")
add_papers(samples, SAMPLES)


def a_sample(blind_no: str, move: str) -> Portion:
    portion: Portion = SAMPLES.found(blind_no)
    refuse_unless_permitted(SAMPLES.kind, move, portion)
    return portion


def a_report(report_no: str, move: str) -> Report:
    report: Report = REPORTS.found(report_no)
    refuse_unless_permitted(REPORTS.kind, move, report)
    return report


@reports.post("/lab/reports", summary="Enter a report", responses={201: ReportEntered})
@once
@needs(Can.REPORT_ENTER)
@takes(body=ReportSent)
def enter_report(**_none: str) -> ResponseReturnValue:
    """Everything wrong with it is told at once. What cannot be judged is `undecided`, and never passed."""
    given = sent(ReportSent)
    results = [ResultEntry(**each.model_dump()) for each in given.results]
    report = operations.enter_report(db.session(), by=me, **given.model_dump() | {"results": results})
    return told(entered(report), 201)


def entered(report: Report) -> ReportEntered:
    return ReportEntered(
        **REPORTS.changed(report).model_dump(),
        report_no=report.report_no,
        blind_no=report.portion.blind_no,
        address=f"{PREFIX}/lab/reports/{report.report_no}",
        judgement=[
            Judged(item=each.item, verdict=each.verdict, code=each.reason_code, reason=str(each.reason))
            for each in map(result_shown, report.results)
        ],
        accreditation=accreditation_told(db.session(), report),
    )


@reports.post("/lab/reports/<report_no>/authorise", summary="Put a report in force", responses={200: Changed})
@once
@needs(Can.REPORT_AUTHORISE, once_found=True)
@takes(body=Authorising)
def authorise_report(report_no: str) -> ResponseReturnValue:
    """By a signatory who neither tested nor entered it. An issued report is never edited: another one supersedes it."""
    report = a_report(report_no, "authorise")
    operations.authorise(db.session(), report, by=me, version=sent(Authorising).version)
    return told(REPORTS.changed(report))


@reports.post("/lab/reports/<report_no>/withdraw", summary="Take a report back", responses={200: Changed})
@once
@needs(Can.REPORT_AUTHORISE, once_found=True)
@takes(body=Withdrawing)
def withdraw_report(report_no: str) -> ResponseReturnValue:
    report, given = a_report(report_no, "withdraw"), sent(Withdrawing)
    operations.withdraw_report(db.session(), report, given.reason, by=me, version=given.version)
    return told(REPORTS.changed(report))


@reports.put("/lab/reports/<report_no>/file", summary="Send the signed report as PDF", responses={200: ReportFileTold})
@needs(Can.EVIDENCE_ADD, once_found=True)
@at_most(MOST_PDF + A_FORM)
@takes(form=ReportFile)
def keep_report_file(report_no: str) -> ResponseReturnValue:
    """As a form, or as the body itself (`Content-Type: application/pdf`). The same file again changes nothing."""
    report: Report = REPORTS.found(report_no)
    require_for(report)
    with tempfile.TemporaryFile() as kept:
        if request.mimetype == PDF:
            shutil.copyfileobj(request.stream, kept)
        else:
            form(ReportFile)
            shutil.copyfileobj(cast(BinaryIO, file().stream), kept)
        session, vault = db.session(), vault_from(settings().evidence_url)
        holding = operations.add_report_file(session, vault, report, cast(BinaryIO, kept), by=me)
    about = next(each for each in files_of(session, report) if each.sha256 == holding.sha256)
    numbers = FileLookedInto.model_validate(about, from_attributes=True).model_dump()
    return told(ReportFileTold(**{name: getattr(holding, name) for name in KEPT_OF_A_FILE}, **numbers))


@reports.post(
    "/lab/reports/<report_no>/accept_file", summary="Say that you looked at the report's file", responses={200: Changed}
)
@once
@needs(Can.REPORT_AUTHORISE, once_found=True)
@takes(body=Authorising)
def accept_report_file(report_no: str) -> ResponseReturnValue:
    """By a signatory, where a number was not found in its text: without that the report is not authorised."""
    report, given = a_report(report_no, "accept_file"), sent(Authorising)
    operations.accept_file(db.session(), report, by=me, version=given.version, note=given.note)
    return told(REPORTS.changed(report))
