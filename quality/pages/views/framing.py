"""An uploaded sampling frame before it counts: what the dry run found, the file with its reasons, and the decision."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from quality.campaigns import uploads
from quality.campaigns.categories import known_categories
from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.headings import COLUMNS, LEFT_OUT, OWN, REQUIRED, is_ours, meaning, read_mapping
from quality.campaigns.frame.problems import REASONS
from quality.campaigns.frame.unnamed import Unnamed
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.operations import design_for_another
from quality.campaigns.queries import left_out, one_visible
from quality.campaigns.uploads import Sheet, Upload
from quality.core import shelf
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.shelf import Waiting
from quality.core.words import Text, _, ngettext
from quality.pages.forms.campaigns import of_the_file
from quality.pages.moments import language_now
from quality.pages.quotas import Quotas, quotas_of
from quality.pages.tables import given_back
from quality.pages.views.desk import version_read
from quality.pages.words import word
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings
from quality.workbooks.texts import BLANKS

framing = Blueprint("framing", __name__, url_prefix="/desk/campaign/<number>/frame")
THROWN_AWAY = _("The upload is thrown away; nothing was recorded.")
MEGABYTE = 1000  # kB
KEEP = "?"  # nothing was said of this heading
LONGEST_CATEGORY, OFFERED = 100, 500  # characters that may be typed, and names that are proposed
SECONDS = 3  # until the page of a file that waits asks again


@framing.get("/left-out.csv", endpoint="left_out")
@acting
def left_out_rows(number: str) -> ResponseReturnValue:
    """What the frame's file held and the frame does not, each with its reason: for whoever approves the frame."""
    campaign = one_visible(db.session(), me, number)
    kept = left_out(db.session(), campaign).file if me.stands_over(campaign) else None
    there = settings().frames_folder / kept if kept else None
    if there is None or not there.is_file():
        raise NotFound(number)
    return send_file(there, "text/csv", as_attachment=True, download_name=f"{number}-left-out.csv")


@framing.get("/<token>")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def report(number: str, token: str) -> ResponseReturnValue:
    campaign, folder = the_campaign(number), settings().frames_folder
    if waits := uploads.waiting(campaign, token, by=me, frames=folder):
        return waiting_page(campaign, waits)
    return page(campaign, uploads.find(campaign, token, by=me, frames=folder))


@framing.get("/<token>/file", endpoint="file")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def annotated(number: str, token: str) -> ResponseReturnValue:
    """The sender's own file, or of several the one at this place, with what to mend in each row."""
    _campaign, upload = the_upload(number, token)
    place = request.args.get("place", 0, type=int)
    if not 0 <= place < len(upload.files):
        raise NotFound(token)
    return given_back(upload.files[place].name, partial(uploads.annotated, upload, place=place))


@framing.get("/<token>/columns", endpoint="columns")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def columns(number: str, token: str) -> ResponseReturnValue:
    """What each heading means, with the first rows below it, to be corrected by hand."""
    campaign = the_campaign(number)
    sheet = uploads.sheet_of(campaign, token, by=me, frames=settings().frames_folder)
    return columns_page(campaign, token, sheet, sheet.mapping)


@framing.post("/<token>/columns", endpoint="say_columns")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def say_columns(number: str, token: str) -> ResponseReturnValue:
    campaign = the_campaign(number)
    sheet = uploads.sheet_of(campaign, token, by=me, frames=settings().frames_folder)
    refuse_unless_draft(campaign)
    said: dict[str, str] = {}
    for place, heading in enumerate(sheet.heading):
        column = request.form.get(f"map_{place}", KEEP)
        if column != KEEP:
            said[heading.strip()] = column
    try:
        uploads.say_columns(db.session(), campaign, sheet, read_mapping(said, "mapping"))
    except Invalid as wrong:
        db.session().rollback()
        return make_response(columns_page(campaign, token, sheet, said, wrong.problems), 422)
    return redirect(url_for("framing.report", number=number, token=token))


@framing.post("/<token>/categories", endpoint="say_categories")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def say_categories(number: str, token: str) -> ResponseReturnValue:
    """What categories that nobody names are to be called; the file is looked at once more. Empty: as it is."""
    campaign, upload = the_upload(number, token)
    refuse_unless_draft(campaign)
    renamed, problems = dict[str, str](), list[FieldProblem]()
    for place, each in enumerate(upload.run.strange.categories):
        typed = visible(request.form.get(f"call_{place}", "")).strip(BLANKS)[:LONGEST_CATEGORY]
        if "/" in typed:
            problems.append(FieldProblem(f"call_{place}", "slash", REASONS["slash"]))
        elif typed:
            renamed[each.category] = typed
    if problems:
        return make_response(page(campaign, upload, tuple(problems)), 422)
    try:
        uploads.look_again(db.session(), campaign, upload, renamed)
    except Invalid as wrong:
        return make_response(page(campaign, upload, wrong.problems), 422)
    return redirect(url_for("framing.report", number=number, token=token))


def columns_page(
    campaign: Campaign, token: str, sheet: Sheet, said: Mapping[str, str], problems: tuple[FieldProblem, ...] = ()
) -> str:
    words = {OWN: _("a column of its own, by its name"), LEFT_OUT: _("nothing: leave it out")}
    lines = [
        (
            place,
            visible(heading) or "—",
            [visible(row[place]) for row in sheet.rows if place < len(row)],
            said[heading.strip()] if heading.strip() in said else meaning(heading) or OWN,
        )
        for place, heading in enumerate(sheet.heading)
        if heading.strip() and not is_ours(heading)
    ]
    return render_template(
        "desk/frame_columns.html",
        campaign=campaign,
        token=token,
        name=sheet.told["name"],
        lines=lines,
        offered={column: f"{column} {names[0]}" for column, names in COLUMNS.items()} | words,
        required=REQUIRED,
        problems=problems,
        source=sheet.told.get("source_id"),
    )


@framing.post("/<token>/take-in", endpoint="take_in")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def confirm(number: str, token: str) -> ResponseReturnValue:
    """All rows, or those that are right where the sender said so. The second time it says that it was done."""
    campaign, upload = the_upload(number, token)
    version, session = version_read(), db.session()
    if uploads.is_taken_in(campaign, upload):
        flash(str(_("This frame was taken in before; nothing was recorded twice.")), "info")
        return redirect(address(campaign))
    refuse_unless_draft(campaign)
    had_scores = uploads.clears_scores(session, campaign, upload)
    try:
        uploads.take_in(
            session,
            campaign,
            upload,
            by=me,
            leave_out="leave_out" in request.form,
            frames=settings().frames_folder,
            version=version,
        )
    except Invalid as wrong:
        session.rollback()
        return make_response(page(campaign, upload, wrong.problems), 422)
    now = ngettext(
        "%(count)s listing is the sampling frame now.",
        "%(count)s listings are the sampling frame now.",
        upload.run.accepted,
    )
    flash(str(now), "success")
    if had_scores:
        gone = _("The scores were those of the frame before: they and their bands are gone. Score it anew.")
        flash(str(gone), "info")
    return redirect(address(campaign))


@framing.post("/<token>/again", endpoint="again")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def look_again(number: str, token: str) -> ResponseReturnValue:
    """The plan was changed meanwhile: the same file against what it says now."""
    campaign, upload = the_upload(number, token)
    refuse_unless_draft(campaign)
    try:
        uploads.look_again(db.session(), campaign, upload)
    except Invalid as wrong:  # it lacks a column that the plan asks for now
        return make_response(page(campaign, upload, wrong.problems), 422)
    return redirect(url_for("framing.report", number=number, token=token))


@framing.post("/<token>/throw-away", endpoint="throw_away")
@needs(Can.CAMPAIGN_PLAN, once_found=True)
def throw_away(number: str, token: str) -> ResponseReturnValue:
    campaign, folder = the_campaign(number), settings().frames_folder
    waits = uploads.waiting(campaign, token, by=me, frames=folder)
    upload = waits or uploads.find(campaign, token, by=me, frames=folder)
    was_taken_in = isinstance(upload, Upload) and uploads.is_taken_in(campaign, upload)
    shelf.throw_away(upload.folder)
    said = _("The upload is thrown away; the frame stays.") if was_taken_in else THROWN_AWAY
    flash(str(said), "success")
    return redirect(address(campaign))


def the_upload(number: str, token: str) -> tuple[Campaign, Upload]:
    """The reader's own. Of anybody else's upload nobody learns that it is there."""
    campaign = the_campaign(number)
    return campaign, uploads.find(campaign, token, by=me, frames=settings().frames_folder)


def the_campaign(number: str) -> Campaign:
    campaign = one_visible(db.session(), me, number)
    require_for(campaign)
    return campaign


def refuse_unless_draft(campaign: Campaign) -> None:
    if campaign.status != CampaignStatus.DRAFT:
        raise Refused("wrong_status", _("Only a draft can be given another frame"))


def page(campaign: Campaign, upload: Upload, problems: tuple[FieldProblem, ...] = ()) -> str:
    design = design_as_taken_in(campaign, upload)
    return render_template(
        "desk/dry_run.html",
        campaign=campaign,
        upload=upload,
        run=upload.run,
        problems=problems,
        is_taken_in=uploads.is_taken_in(campaign, upload),
        is_of_old_plan=upload.version != campaign.version,
        is_draft=campaign.status == CampaignStatus.DRAFT,
        strata=" × ".join(str(word("column", name)) for name in design.strata),
        quotas=drawable(campaign, upload, design),
        clears_scores=uploads.clears_scores(db.session(), campaign, upload),
        size=size_of(upload),
        named=lambda column: named(upload, column),
        visible=visible,
        called=called(upload),
        known=known_categories(db.session(), campaign)[:OFFERED] if upload.run.strange.rows else [],
    )


def waiting_page(campaign: Campaign, waits: Waiting) -> ResponseReturnValue:
    """Asks for itself again until the job is done, without a script; it can be left and come back to."""
    said = [FieldProblem(field, "unusable", said[language_now()]) for field, said in waits.problems]
    answer = make_response(
        render_template(
            "desk/frame_waiting.html",
            campaign=campaign,
            waits=waits,
            size=size_of(waits),
            problems=[of_the_file(each) for each in said],
            may_say_columns=any(each.field in COLUMNS for each in said),
            is_draft=campaign.status == CampaignStatus.DRAFT,
        )
    )
    if not waits.problems:
        answer.headers["Refresh"] = str(SECONDS)
    return answer


def called(upload: Upload) -> list[tuple[int, Unnamed, str]]:
    """Categories that nobody names, with what was just typed for each."""
    return [
        (place, each, visible(request.form.get(f"call_{place}", ""))[:LONGEST_CATEGORY])
        for place, each in enumerate(upload.run.strange.categories)
    ]


def design_as_taken_in(campaign: Campaign, upload: Upload) -> Design:
    """How the rows would be drawn. A plan that cannot do without scores stays, and whoever looks again is told so."""
    if not uploads.is_taken_in(campaign, upload):
        with suppress(Refused):
            return design_for_another(db.session(), campaign)
    return parse_design(campaign.design)


def drawable(campaign: Campaign, upload: Upload, design: Design) -> Quotas | None:
    """What would be bought in each stratum, or why the plan cannot be drawn from these rows."""
    if upload.run.sha256 is None:
        return None
    return quotas_of(campaign, upload.folder / f"{upload.run.sha256}.parquet", design)


def named(upload: Upload, column: str) -> Text:
    """A column as its file calls it."""
    return visible(str(upload.run.named(column))) or "—"


def size_of(upload: Upload | Waiting) -> str:
    kilobytes = max(1, round(upload.size / 1000))
    return f"{kilobytes:,} kB" if kilobytes < MEGABYTE else f"{kilobytes / MEGABYTE:.1f} MB"


def address(campaign: Campaign) -> str:
    return url_for("desk.dossier", kind="campaign", number=campaign.number)
