"""A campaign's sampling frame by API, in two steps like on its page: a dry run, and the decision to take it in."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path, PurePath
from typing import Any, Literal, cast

from flask import Response, send_file
from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api import PREFIX
from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import at_most, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, files, form, sent
from quality.api.shapes import Asked, Changed, File, Line, Moment, Sent, Told, Version, Words
from quality.api.tasks import tasks
from quality.campaigns import uploads
from quality.campaigns.frame.headings import read_mapping
from quality.campaigns.frames import source_named
from quality.campaigns.models import Campaign
from quality.campaigns.uploads import Upload
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.shelf import Waiting
from quality.core.words import _
from quality.pages.forms.campaigns import at_its_field
from quality.pages.moments import language_now
from quality.pages.views.framing import LONGEST_CATEGORY, refuse_unless_draft
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings
from quality.workbooks.texts import BLANKS

DOORS = [campaigns, tasks]
A_FORM = 64 * 1024  # bytes of a request beside its file


class FrameSent(Asked):
    file: File = Field(
        description="CSV, XLSX or Parquet, one listing a row, with a heading; sent several times, one frame"
    )
    source: Line = Field("", description="Where the file comes from: what headings mean is remembered under this name")
    mapping: Line = Field("", description='JSON, `{"heading": "column"}`; `""` keeps its own name, `"-"` leaves it out')
    categories: Line = Field("", description='JSON, `{"category": "what it is to be called"}`')
    expected_rows: int | None = Field(
        None, ge=1, le=10**12, description="Below the headings: another number is refused"
    )


class TakingIn(Sent):
    version: Version
    leave_out: bool = Field(False, description="Whether wrong rows are left out; without, one wrong row refuses all")


class FileWanted(Asked):
    place: int = Field(0, ge=0, description="Which of several files, from 0")


class RowTold(Told):
    file: str = Field(description="Empty where there is one only")
    row: int = Field(description="As a spreadsheet counts: the heading is row 1")
    field: str
    code: str
    reason: Words
    value: str


class FaultTold(Told):
    field: str
    code: str
    reason: Words
    rows: int


class UnnamedTold(Told):
    category: str
    rows: int
    nearest: str = Field(description="Of the names that plans and standards have; empty where none is near")


class LackingTold(Told):
    file: str
    column: str


class FrameTold(Told):
    """What the dry run found. Nothing is recorded before `take_in`."""

    token: str
    address: str
    name: str
    bytes: int
    state: Literal["waiting", "looked_at", "unusable", "taken_in"]
    ends_at: Moment | None = Field(default=None, description="Then it is thrown away")
    rows: int | None = None
    accepted: int | None = None
    refused: int | None = None
    faults: list[FaultTold] = Field(default=[], description="Everything that is wrong, counted")
    problems: list[RowTold] = Field(default=[], description="The first rows that are wrong; all are in `…/file`")
    files: list[str] = Field(default=[], description="In this order; `…/file?place=1` is the second")
    open_ends: list[str] = Field(default=[], description="Files whose last line has no end: perhaps cut off")
    lacking: list[LackingTold] = Field(default=[], description="Columns that others of the files have")
    unnamed: list[UnnamedTold] = Field(default=[], description="Categories that no plan and no standard names")
    unnamed_rows: int = Field(default=0, description="Of all of them")
    clears_scores: bool = Field(
        default=False, description="`take_in` takes the scores of the frame before away, and their bands in the plan"
    )


@campaigns.post("/campaigns/<number>/frame", summary="Send a sampling frame for a dry run", responses={201: FrameTold})
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@at_most(uploads.MOST_BYTES + A_FORM)
@takes(form=FrameSent)
def send_frame(number: str) -> ResponseReturnValue:
    """A big file waits until a job has looked at it: ask `address` again."""
    campaign = the_campaign(number)
    refuse_unless_draft(campaign)
    given = form(FrameSent)
    mapping, renamed = mapping_of(given.mapping), renamed_in(given.categories)
    source = source_named(db.session(), visible(given.source), by=me)
    first, *more = [(cast(Any, each.stream), visible(PurePath(each.filename or "").name)[-100:]) for each in files()]
    frames = settings().frames_folder
    try:
        token = uploads.receive(
            db.session(),
            campaign,
            *first,
            by=me,
            frames=frames,
            source=source,
            mapping=mapping,
            more=more,
            expected=given.expected_rows,
            renamed=renamed,
        )
    except Invalid as wrong:
        raise Invalid(*map(at_its_field, wrong.problems)) from wrong
    return told(frame_told(campaign, token), 201)


def mapping_of(typed: str) -> dict[str, str]:
    try:
        return read_mapping(json.loads(typed), "mapping") if typed.strip() else {}
    except ValueError as problem:
        raise Invalid(FieldProblem("mapping", "bad_mapping", _("Write it as a JSON object"))) from problem


def renamed_in(typed: str) -> dict[str, str]:
    """What categories are to be called: texts that a stratum may be named by."""
    try:
        told = json.loads(typed) if typed.strip() else {}
    except ValueError as problem:
        raise Invalid(FieldProblem("categories", "bad_categories", _("Write it as a JSON object"))) from problem
    if not isinstance(told, dict) or not all(isinstance(each, str) and each.strip() for each in told.values()):
        text = _("Give an object of categories, each with what it is to be called")
        raise Invalid(FieldProblem("categories", "bad_categories", text))
    if any("/" in each for each in told.values()):
        raise Invalid(FieldProblem("categories", "slash", _("Remove the / : it joins the names of strata")))
    return {old: visible(new).strip(BLANKS)[:LONGEST_CATEGORY] for old, new in told.items()}


@campaigns.get("/campaigns/<number>/frame/<token>", summary="What the dry run found", responses={200: FrameTold})
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def show_frame(number: str, token: str) -> ResponseReturnValue:
    return told(frame_told(the_campaign(number), token))


@campaigns.get(
    "/campaigns/<number>/frame/<token>/file",
    summary="Your own file, with what to mend in each row",
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(query=FileWanted)
def annotated_frame(number: str, token: str) -> ResponseReturnValue:
    upload, place = the_upload(the_campaign(number), token), asked(FileWanted).place
    if place >= len(upload.files):
        raise NotFound(token)
    with tempfile.TemporaryDirectory(prefix="frame-") as folder:
        out = Path(folder) / "annotated"
        media_type = uploads.annotated(upload, out, place)
        called = upload.files[place].name
        response: Response = send_file(out.open("rb"), media_type, as_attachment=True, download_name=called)
    response.headers["Content-Type"] = media_type
    return response


@campaigns.post("/campaigns/<number>/frame/<token>/take_in", summary="Take the frame in", responses={200: Changed})
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=TakingIn)
def take_in_frame(number: str, token: str) -> ResponseReturnValue:
    """The second time it changes nothing."""
    campaign = the_campaign(number)
    upload, given = the_upload(campaign, token), sent(TakingIn)
    if not uploads.is_taken_in(campaign, upload):
        refuse_unless_draft(campaign)
        uploads.take_in(
            db.session(),
            campaign,
            upload,
            by=me,
            leave_out=given.leave_out,
            frames=settings().frames_folder,
            version=given.version,
        )
    return told(CAMPAIGNS.changed(campaign))


def the_campaign(number: str) -> Campaign:
    campaign: Campaign = CAMPAIGNS.found(number)
    require_for(campaign)
    return campaign


def the_upload(campaign: Campaign, token: str) -> Upload:
    """The asker's own. Of anybody else's upload nobody learns that it is there."""
    return uploads.find(campaign, token, by=me, frames=settings().frames_folder)


def frame_told(campaign: Campaign, token: str) -> FrameTold:
    frames = settings().frames_folder
    waits: Waiting | None = uploads.waiting(campaign, token, by=me, frames=frames)
    address = f"{PREFIX}/campaigns/{campaign.number}/frame/{token}"
    if waits:
        wrong = [(field, said[language_now()]) for field, said in waits.problems]
        return FrameTold(
            token=token,
            address=address,
            name=waits.name,
            bytes=waits.size,
            state="unusable" if wrong else "waiting",
            faults=[FaultTold(field=field, code="unusable", reason=text, rows=0) for field, text in wrong],
        )
    upload = the_upload(campaign, token)
    run = upload.run
    return FrameTold(
        token=token,
        address=address,
        name=upload.name,
        bytes=upload.size,
        state="taken_in" if uploads.is_taken_in(campaign, upload) else "looked_at",
        ends_at=upload.ends_at,
        rows=run.rows,
        accepted=run.accepted,
        refused=run.refused,
        faults=[FaultTold.model_validate(each, from_attributes=True) for each in run.faults],
        problems=[RowTold.model_validate(each, from_attributes=True) for each in run.problems],
        files=[each.name for each in upload.files],
        open_ends=run.open_ends,
        lacking=[LackingTold.model_validate(each, from_attributes=True) for each in run.lacking],
        unnamed=[UnnamedTold.model_validate(each, from_attributes=True) for each in run.strange.categories],
        unnamed_rows=run.strange.rows,
        clears_scores=uploads.clears_scores(db.session(), campaign, upload),
    )
