"""Disposal notices as the agency works on them, and what is published. A platform's side is in platform.py."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.alike import called
from quality.api.cases import Collection, Whole, collection, part_moves_of
from quality.api.door import takes, told
from quality.api.editions import Amending, EditionTold, amend, editions_told, findings_called
from quality.api.idempotency import once
from quality.api.messages import add_messages
from quality.api.moves import add_moves, add_part_moves, add_sheet
from quality.api.papers import add_papers
from quality.api.reading import sent
from quality.api.shapes import (
    LARGEST,
    Changed,
    Id,
    Line,
    Moment,
    Move,
    Organisation,
    Paragraph,
    Sent,
    Sha256,
    Told,
    Version,
    organisation,
)
from quality.captures.models import Capture
from quality.captures.queries import captures_of, to_look_at
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.by_post import prove_by_post
from quality.delivery.models import Fallback
from quality.delivery.operations import open_as_platform
from quality.notices import operations
from quality.notices.contents import as_known
from quality.notices.models import Excuse, Measure, Notice, NoticeItem, NoticeKind
from quality.notices.operations import draft_notices
from quality.notices.operations.grouping import Grouping
from quality.notices.operations.templates import chosen
from quality.notices.second import drawn_claim, lacks_a_second, looks_told
from quality.pages.kinds import KINDS
from quality.pages.kinds.notice.listings import read_what_was_said
from quality.pages.ways import fallbacks_of
from quality.people.access import me, needs
from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.publication.models import Result
from quality.publication.terms import term_of
from quality.search.jobs import index_again


class ClaimTold(Told):
    """What the platform says of a listing: said, not seen."""

    outcome: str
    acted_at: Moment | None
    reason: str
    units_sold: int | None
    swept: list[str]
    evidence: list[str]
    received_at: Moment


class LookTold(Told):
    """What the agency saw for itself."""

    gone: bool
    seen_at: Moment
    reason: str
    evidence: list[str]


class CaptureTold(Told):
    """What a program met at a listing's address when a look was due. It suggests, and settles nothing."""

    id: int = Field(description="A look may name it")
    made_at: Moment
    problem: str | None = Field(description="Why nothing was captured")
    http_status: int | None
    address: str = Field(description="Where it ended")
    title: str
    suggests: str | None = Field(description="`gone`, `there` or `unsure`")
    reasons: list[str]
    sha256: str | None = Field(description="Of its picture, in the evidence of the notice")


class ItemTold(Told):
    """One listing, with product, shop, limit and rule as they stood at the decision."""

    id: int
    listing_id: str
    kind: str
    status: str
    version: int
    finding: str
    excuse: str | None
    listing: dict[str, Any]
    alike: dict[str, Any] | None = Field(description="`why` and `sure` of an untested one; null of a tested one")
    product: dict[str, Any]
    producer_denies: bool = Field(description="Its denial was found true, before the notice or since")
    results: list[dict[str, Any]] = Field(description="Each item's last word")
    first_results: list[dict[str, Any]] = Field(description="What was tested again, as it was found before")
    claims: list[ClaimTold] = Field(description="What the platform said, the last one counts")
    looks: list[LookTold] = Field(description="What the agency saw, the last one counts")
    second_look: str | None = Field(
        description="`asked`: the claim was drawn, and is verified once two persons have seen it gone; what the first "
        "one saw is told to who has looked too. `done`: they have. Null: not drawn"
    )
    captures: list[CaptureTold] = Field(description="The last one last")
    moves: list[Move]


class PassedOver(Told):
    way: str
    why: str = Field(description="`no_endpoint`, `taken` (unconfirmed), `no_mailbox` or `no_mail_server`")


class WayTold(Told):
    """One way that was tried because nothing proved in time that the platform has the notice."""

    way: str = Field(description="`webhook`, `email` or `letter`")
    at: Moment
    asked_in: int = Field(description="In which version of the notice the platform was asked again; 0: the issue")
    passed_over: list[PassedOver] = Field(description="What stood before it in the platform's order")


class NoticeTold(Whole):
    reference: str = Field(description="Of the draft, for life")
    kind: str
    agency: Organisation
    platform: Organisation
    legal_basis: str
    reasons: str
    measures: list[str]
    answer_to: str
    how_to_object: str
    issued_at: Moment | None
    served_at: Moment | None
    platform_reference: str | None
    sealed_sha256: str | None
    verification_code: str | None
    unproven_by: str | None = Field(
        description="No proof of receipt in its time: the way tried last, `webhook`, `email` or `letter`"
    )
    ways: list[WayTold] = Field(description="What was tried then, the oldest first")
    edition: int = Field(description="The one in force, from when it is issued")
    editions: list[EditionTold] = Field(description="The newest first; one without `issued_at` is drafted or approved")
    items: list[ItemTold]


class PublishedTold(Whole):
    edition: int
    finding: str
    copy_: dict[str, Any] = Field(alias="copy", serialization_alias="copy", description="All that the public can read")
    copy_sha256: str | None
    not_before: Moment | None = Field(description="While it is `scheduled`: public from then on")
    published_at: Moment | None
    public_until: date | None = Field(description="The last day; null: it is not in public")
    ended_at: Moment | None
    reason: str


def notice_told(session: Session, notice: Notice, me: Actor) -> dict[str, Any]:
    if me.sees is Sees.PLATFORM:
        open_as_platform(session, notice, by=me)
    read_what_was_said(session, notice)
    known = as_known(session, notice.items)
    captures = captures_of(session, notice.items)
    kept = ("reference", "kind", "legal_basis", "reasons", "measures", "answer_to", "how_to_object", "issued_at",
            "served_at", "platform_reference", "sealed_sha256", "verification_code", "unproven_by",
            "edition")  # fmt: skip
    return {
        **{name: getattr(notice, name) for name in kept},
        "agency": organisation(notice.agency),
        "platform": organisation(notice.platform),
        "ways": [way_told(each) for each in fallbacks_of(session, notice)],
        "editions": editions_told(session, notice, me),
        "items": [item_told(item, me, known[item.id], captures[item.id]) for item in notice.items],
    }


def way_told(step: Fallback) -> WayTold:
    passed_over = [PassedOver(way=way, why=why) for way, why in step.passed_over]
    return WayTold(way=step.way, at=step.at, asked_in=step.asked_in, passed_over=passed_over)


def item_told(item: NoticeItem, me: Actor, known: dict[str, Any], captures: list[Capture]) -> ItemTold:
    return ItemTold(
        id=item.id,
        listing_id=item.listing_id,
        kind=item.kind,
        status=item.status,
        version=item.version,
        finding=item.finding.number,
        excuse=item.excuse,
        listing=known["listing"],
        alike=known["alike"],
        product=known["product"],
        producer_denies=known["producer_denies"],
        results=known["results"],
        first_results=known["first_results"],
        claims=[ClaimTold.model_validate(claim, from_attributes=True) for claim in item.claims],
        looks=[LookTold.model_validate(look, from_attributes=True) for look in looks_told(item, me.id)],
        second_look=second_look(item),
        captures=[CaptureTold.model_validate(each, from_attributes=True) for each in captures],
        moves=list(part_moves_of(KINDS["notice"], item, me)),
    )


def second_look(item: NoticeItem) -> str | None:
    if drawn_claim(item) is None:
        return None
    return "asked" if lacks_a_second(item) else "done"


def result_told(session: Session, result: Result, _me: Actor) -> dict[str, Any]:
    kept = ("edition", "copy", "copy_sha256", "not_before", "published_at", "ended_at", "reason")
    term = term_of(session, result)
    return {
        **{name: getattr(result, name) for name in kept},
        "finding": result.finding.number,
        "public_until": term.ends.due_on if term else None,
    }


NOTICES = Collection("notices", KINDS["notice"], NoticeTold, notice_told)
RESULTS = Collection("results", KINDS["result"], PublishedTold, result_told)
notices = collection(NOTICES, about="From a finding to a listing that was seen to be gone; a draft has its reference")
results = collection(RESULTS, about="What the public may read: frozen copies")
DOORS = [notices]
add_moves(notices, NOTICES)
add_moves(results, RESULTS)
add_papers(notices, NOTICES)
add_messages(notices, NOTICES, "thread")  # `messages` are those that were sent to the platform's systems


class Wording(Sent):
    """What a notice says beside its listings."""

    kind: NoticeKind
    legal_basis: Paragraph
    reasons: Paragraph
    measures: list[Measure] = Field(list(Measure), max_length=len(Measure))
    answer_to: Paragraph = ""
    how_to_object: Paragraph = ""


class DraftingSeveral(Wording):
    legal_basis: Paragraph = Field("", description="Left out: that of the `template`")
    reasons: Paragraph = Field("", description="Left out: those of the `template`")
    reasons_untested: Paragraph = Field("", description="The reasons of a notice that names no tested listing")
    template: Line | None = Field(
        None, description="Name of the template that texts are taken from which you leave out; empty: the shipped one"
    )
    findings: list[Line] = Field([], max_length=200, description="Numbers of confirmed findings")
    alike: list[Id] = Field([], max_length=500, description="Ids of confirmed listings: `GET /alike?state=free`")
    grouping: Grouping = Field(
        Grouping.PLATFORM,
        strict=False,
        description="One notice a `platform`, or one a `finding` and platform",
    )


class Revision(Wording):
    version: Version


class TakingOff(Sent):
    version: Version
    listings: list[Id] = Field(min_length=1, max_length=500, description="Ids of items")
    note: Line = ""


class PostalReceipt(Sent):
    """A notice that went by post, and arrived."""

    version: Version
    received_at: Moment = Field(description="As the receipt says; the platform's periods run from there")
    receipt_no: Line
    receipt: Sha256 = Field(description="sha256 of its picture, sent before as `receipt`")


class PuttingOn(Sent):
    version: Version
    alike: list[Id] = Field(min_length=1, max_length=200, description="Ids of confirmed listings of its platform")


class LookSent(Sent):
    """A look is true whatever was done meanwhile, so it takes no version."""

    gone: bool
    seen_at: Moment | None = Field(None, description="Left out: that of the capture")
    evidence: list[Sha256] = Field([], max_length=50, description="Your own files, never the platform's")
    capture: int | None = Field(None, ge=1, le=LARGEST, description="`id` of a capture whose picture you looked at")
    reason: Paragraph = Field("", description="What you saw; needed where it is still on sale")


class Excusing(Sent):
    version: Version
    excuse: Excuse
    note: Paragraph = ""


class Drafted(Told):
    """One draft a platform."""

    items: list[Changed]


@notices.post("/notices", summary="Draft notices from several findings and what is like them", responses={201: Drafted})
@once
@needs(Can.NOTICE_DRAFT)
@takes(body=DraftingSeveral)
def draft_several() -> ResponseReturnValue:
    """All of them or none: a finding that cannot be put on a notice is named, and nothing is drafted."""
    session, given = db.session(), sent(DraftingSeveral)
    there = findings_called(session, given.findings, me)
    like_them = called(given.alike)
    wording = given.model_dump(exclude={"findings", "alike", "template"})
    template = None if given.template is None else chosen(session, me, given.template)
    if template is not None:
        wording |= {name: text for name, text in template.says["zh"].items() if not wording[name].strip()}
    drafted = draft_notices(session, there, by=me, alike=like_them, template=template, **wording)
    return told(Drafted(items=[NOTICES.changed(each) for each in drafted]), 201)


def revise(session: Session, notice: Notice, given: Revision, by: Actor) -> None:
    operations.revise(session, notice, by=by, **given.model_dump())


def take_off(session: Session, notice: Notice, given: TakingOff, by: Actor) -> None:
    operations.take_off(session, notice, given.listings, by=by, version=given.version, note=given.note)
    index_again(session, notice)


def posted(session: Session, notice: Notice, given: PostalReceipt, by: Actor) -> None:
    prove_by_post(session, notice, by=by, **given.model_dump())


def put_on(session: Session, notice: Notice, given: PuttingOn, by: Actor) -> None:
    chosen = called(given.alike)
    operations.add_alike(session, notice, chosen, by=by, version=given.version)
    index_again(session, notice)


def look(session: Session, item: NoticeItem, given: LookSent, by: Actor) -> None:
    said = given.model_dump(exclude={"capture"})
    if given.capture is not None:
        picture = next((each for each in to_look_at(session, item) if each.id == given.capture), None)
        if picture is None or picture.sha256 is None:
            text = _("There is no such capture of this listing, or somebody has looked at it since")
            raise Invalid(FieldProblem("capture", "unknown", text))
        said |= {"seen_at": picture.made_at, "evidence": [picture.sha256, *given.evidence]}
    if said["seen_at"] is None:
        raise Invalid(FieldProblem("seen_at", "missing", _("Enter when you looked")))
    operations.look(session, item, by=by, **said)


def excuse(session: Session, item: NoticeItem, given: Excusing, by: Actor) -> None:
    operations.excuse(session, item, given.excuse, by=by, note=given.note, version=given.version)


add_sheet(notices, NOTICES, "revise", Revision, revise)
add_sheet(notices, NOTICES, "amend", Amending, amend)
add_sheet(notices, NOTICES, "take_off", TakingOff, take_off)
add_sheet(notices, NOTICES, "put_on", PuttingOn, put_on)
add_sheet(notices, NOTICES, "posted", PostalReceipt, posted)
add_part_moves(notices, NOTICES, "items", {"look": (LookSent, look), "excuse": (Excusing, excuse)})
