"""What a campaign asks: its sampling frame as a file, the public number it waits for, and the number that came."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import Any, NamedTuple

from flask import request, url_for
from sqlalchemy.orm import Session

from quality.campaigns import frames, operations, uploads
from quality.campaigns.design import parse_design
from quality.campaigns.frame.headings import COLUMNS, REQUIRED
from quality.campaigns.frame.problems import place_in_words
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.models import Frame as Imported
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.pages.draws import order_in_words
from quality.pages.forms.fields import Choice, Files, Form, Line, Moment, Whole
from quality.pages.forms.sheet import Sheet, unchanged
from quality.pages.moments import moment
from quality.pages.quotas import quotas
from quality.pages.words import word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.search import visible
from quality.targeting.coordination import excluding
from quality.web import settings

OFFERED = 50  # frames that are there, the newest
DIGITS = 10  # fewer than a key may have


class Frame(Form):
    file = Files(
        _("Sampling frame"),
        _(
            "CSV, XLSX or Parquet up to %(most)s MB, one listing a row, with a heading; several files are one frame",
            most=uploads.MOST_BYTES >> 20,
        ),
        accept=",".join(sorted(uploads.KINDS)),
        optional=True,
    )
    expected_rows = Whole(
        _("Rows that it should have"),
        _("Without headings, of all files together: a file that was cut off is noticed by it"),
        optional=True,
    )
    source = Line(
        _("Where the file comes from"),
        _("A name of your own, such as a platform's; what its headings mean is remembered under it"),
        optional=True,
    )
    frame = Choice(
        _("Or a frame that is there"), _("It is looked at anew: this plan may ask more of it"), optional=True
    )


def frame_form(session: Session, campaign: Campaign, me: Actor) -> Frame:
    """What may be chosen are the agency's own frames, the newest, and the one whose page led here."""
    form = Frame(data={"frame": (named := request.args.get("frame", ""))})
    there = {str(each.id): each for each in frames.listed(session, me, None, OFFERED)}
    if named.isascii() and named.isdigit() and len(named) < DIGITS and named not in there:
        there[named] = frames.one_frame(session, me, int(named))
    form.frame.offer({key: frame_in_words(each) for key, each in there.items()})
    return form


def frame_in_words(frame: Imported) -> Text:
    return _(
        "%(name)s: %(count)s listings, imported %(moment)s",
        name=frame.name or frame.sha256[:12],
        count=f"{frame.accepted:,}",
        moment=moment(frame.imported_at),
    )


def upload_frame(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> str:
    """The file is looked at, and kept for its sender to decide on the next page. Nothing is recorded. Its token."""
    unchanged(session, campaign, version)
    if bool(form.file.data) == bool(form.frame.data):
        raise Invalid(FieldProblem("file", "one_of_two", _("Choose either a file or a frame that is there")))
    if form.frame.data:
        chosen = frames.one_frame(session, me, int(form.frame.data))
        return uploads.choose(session, campaign, chosen, by=me, frames=settings().frames_folder)
    first, *more = [(sent.stream, visible(PurePath(sent.filename).name)[-100:]) for sent in form.file.data]
    try:
        return uploads.receive(
            session,
            campaign,
            *first,
            by=me,
            frames=settings().frames_folder,
            source=frames.source_named(session, visible(form.source.data or ""), by=me),
            waits_for_columns=True,
            more=more,
            expected=form.expected_rows.data,
        )
    except Invalid as wrong:
        raise Invalid(*map(at_its_field, wrong.problems)) from wrong


def at_its_field(problem: FieldProblem) -> FieldProblem:
    """No table at all: of the file, whatever row or column it names."""
    is_typed = problem.field == "expected_rows"
    return problem if is_typed else FieldProblem("file", problem.code, of_the_file(problem))


def of_the_file(problem: FieldProblem) -> Text:
    if problem.field.startswith(("row ", "column ")):
        return _("%(row)s: %(text)s", row=place_in_words(problem.field), text=problem.text)
    return problem.text


class Freezing(Form):
    public_event = Line(_("Public number"), _("Which number, and who publishes it"))
    public_event_at = Moment(_("Drawn at"), _("Beijing time, still to come"))


def freeze(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    excluding.freeze(session, campaign, by=me, frames=settings().frames_folder, version=version, **form.data)


class Drawing(Form):
    public_number = Line(_("The public number"), _("Copied exactly as it was published"))
    source = Line(_("Where it was published"), _("So that anybody can look it up"))


def draw(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    operations.draw(session, campaign, by=me, frames=settings().frames_folder, version=version, **form.data)


def drawn_from(session: Session, campaign: Campaign, _form: Any) -> dict[str, Any]:
    """What the draw is made from, for its page before and after it."""
    asked = quotas(session, campaign)
    return {
        "quotas": asked,
        "formula": word("allocation", parse_design(campaign.design).method.value),
        "order": order_in_words(session, campaign),
        "to_buy": asked.total.n if asked and asked.total else 0,
        "reserves": asked.total.reserve if asked and asked.total else 0,
        "steps": steps_of(campaign),
        "why": waits_for(campaign),
        "freezing": None,  # where it is frozen, for whoever may
        "seed": None,
        "command": "",
        "is_public": campaign.status == CampaignStatus.CLOSED,
    }


def waits_for(campaign: Campaign) -> Text:
    """Why nothing is drawn yet, for whoever looks."""
    match campaign.status:
        case CampaignStatus.CANCELLED:
            return _("The campaign was cancelled before it was drawn.")
        case CampaignStatus.DRAFT | CampaignStatus.IN_REVIEW:
            return _("Somebody other than the drafter approves plan and frame first.")
        case CampaignStatus.APPROVED:
            return _("The reviewer freezes plan and frame first, and names a public number that does not exist yet.")
    if campaign.public_event_at and campaign.public_event_at > clock.now():
        return _(
            "The public number is out on %(moment)s; then the reviewer enters it.",
            moment=moment(campaign.public_event_at),
        )
    return _("The public number is out; the reviewer enters it.")


class Step(NamedTuple):
    """One step to the draw: `state` is done, now, or nothing yet."""

    word: Text
    at: datetime | None
    state: str


def steps_of(campaign: Campaign) -> list[Step]:
    """From the frame to the draw, with the moments that are known."""
    is_out = campaign.public_event_at is not None and campaign.public_event_at <= clock.now()
    reached = [
        (_("Sampling frame"), None, campaign.frame_sha256 is not None),
        (_("Approval"), None, campaign.approved_by_id is not None),
        (_("Freezing"), campaign.frozen_at, campaign.frozen_at is not None),
        (_("Public number"), campaign.public_event_at, is_out),
        (_("The draw"), campaign.drawn_at, campaign.drawn_at is not None),
    ]
    first = next((place for place, (_word, _at, done) in enumerate(reached) if not done), len(reached))
    states = ["done" if done else "now" if place == first else "" for place, (*_more, done) in enumerate(reached)]
    return [Step(said, at, state) for (said, at, _done), state in zip(reached, states, strict=True)]


CAMPAIGN_SHEETS = {
    "frame": Sheet(
        frame_form,
        upload_frame,
        _("A dry run: every row is looked at, and nothing is recorded before you say so on the next page."),
        template="desk/frame.html",
        shown=lambda session, campaign, _form: {
            "columns": COLUMNS,
            "required": REQUIRED,
            "sources": frames.sources(session, campaign.agency_id, OFFERED),
        },
        label=_("Import the sampling frame"),
        by=Can.CAMPAIGN_PLAN,
        is_due=lambda campaign: campaign.status == CampaignStatus.DRAFT,
        goes_on=lambda campaign, token: url_for("framing.report", number=campaign.number, token=token),
    ),
    "freeze": Sheet(
        lambda _session, _campaign, _me: Freezing(),
        freeze,
        _("From now on neither plan nor frame can change; the draw follows from a number that nobody knows yet."),
        answers=frozenset({"number_exists"}),
    ),
    "draw": Sheet(
        lambda _session, _campaign, _me: Drawing(),
        draw,
        _("The draw happens once. Anybody can repeat it with the published salt, number and frame."),
        template="desk/draw.html",
        shown=drawn_from,
    ),
}
