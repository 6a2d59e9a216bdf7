"""The purchases that campaigns plan. Who bought is a code; by what a platform could tell is nowhere here."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Collection, Whole, collection, part_moves_of
from quality.api.moves import add_moves, add_part_moves, add_sheet
from quality.api.papers import add_papers
from quality.api.shapes import (
    LARGEST,
    Moment,
    Move,
    Organisation,
    Paragraph,
    Sent,
    Sha256,
    Told,
    Version,
    Words,
    organisation,
)
from quality.captures.pages import captures_of_task, page_beside
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.pages.kinds import KINDS
from quality.pages.timeline import name_for
from quality.people.actor import Actor
from quality.people.models import Person
from quality.purchases.alarms import Cause
from quality.purchases.checklists import Standing
from quality.purchases.deliveries import DeliveryState
from quality.purchases.models import Cancelled, Task
from quality.purchases.operations import assign as assign_one
from quality.purchases.operations import field, give_back, note_delivery, refund, see_to_alarms
from quality.purchases.prices import listed_fen
from quality.purchases.waivers import Waiver, standings, waivers_of


class DrawnListing(Told):
    listing_id: str
    url: str
    title: str
    shop_id: str
    shop_name: str


class SaidOfPage(Told):
    what: str = Field(description="title, price, seller or licence")
    typed: str = Field(description="By the buyer; a price in fen, of one piece")
    framed: str | None = Field(description="As the frame has it; null: it says nothing")
    differs: bool = Field(description="From the frame")
    captured: bool | None = Field(description="Our browser read it on the page; null: nothing was captured")


class PageCaptured(Told):
    asked_at: Moment
    made_at: Moment | None
    problem: str | None
    http_status: int | None
    address: str
    title: str
    sha256: str | None = Field(description="Of the picture (PNG), evidence of the task")
    text_sha256: str | None


class PageTold(Told):
    """The listing's page as the buyer saw it, and as our browser met it."""

    said: list[SaidOfPage]
    captures: list[PageCaptured] = Field(description="The newest first")


class PieceTold(Told):
    """What the purchase has to show, of one kind, and how it stands."""

    name: str
    kind: str
    shape: str = Field(description="`any`, or `video`: only videos count")
    step: str = Field(description="The move that waits for it")
    required: int = Field(description="0: good to have")
    there: int
    excused: bool = Field(description="Somebody has accepted why the rest is not there")


class WaiverTold(Told):
    """Why a piece cannot be shown, as its buyer says."""

    id: int
    need: str = Field(description="The name of the piece")
    code: str
    reason: str
    status: str
    version: int
    asked_at: Moment
    decided_at: Moment | None
    answer: str
    moves: list[Move]


class TaskTold(Whole):
    campaign: str
    stratum: str
    role: str = Field(description="`main` or `reserve`")
    rank: int
    platform: Organisation
    listing: DrawnListing
    price_cap_fen: int | None = Field(description="Of its stratum, raised or as the plan says")
    listed_fen: int | None = Field(description="Of all pieces, when the frame was made; null: it had no price")
    pieces: int = Field(description="To buy: to test and to keep as backup")
    buyer: Words = Field(description="A code: the identity of who buys is protected")
    paid_fen: int | None
    shipping_fen: int | None = Field(description="Of what was paid, as far as the buyer says it")
    discount_fen: int | None = Field(description="Taken off before it was paid")
    cap_fen: int | None = Field(description="The price cap when it was ordered")
    refunded_fen: int | None = Field(description="Of what was paid, what the seller has given back so far")
    quantity: int | None
    delivery: str | None = Field(description="Where the parcel was last, as somebody wrote it down")
    received_at: Moment | None
    returned_at: Moment | None = Field(description="When the goods went back, if they did")
    label_checked_at: Moment | None
    label_problems: list[str] | None
    exit_reason: str | None
    sample: str | None
    page: PageTold = Field(description="The listing's page")
    checklist: list[PieceTold] = Field(description="Of your own agency's purchases")
    waivers: list[WaiverTold] = Field(description="The same; the newest first")


def task_told(session: Session, task: Task, me: Actor) -> dict[str, Any]:
    drawn, listing = task.drawn, task.drawn.listing
    named = (
        "paid_fen", "shipping_fen", "discount_fen", "cap_fen", "refunded_fen", "quantity", "delivery", "received_at",
        "returned_at", "label_checked_at", "label_problems", "exit_reason",
    )  # fmt: skip
    return {
        **{name: getattr(task, name) for name in named},
        "campaign": task.campaign.number,
        "stratum": drawn.stratum,
        "role": drawn.role,
        "rank": drawn.rank,
        "platform": organisation(drawn.platform),
        "listing": DrawnListing(
            listing_id=drawn.listing_id,
            **{name: str(listing.get(name) or "") for name in ("url", "title", "shop_id", "shop_name")},
        ),
        "price_cap_fen": task.campaign.cap_of(drawn.stratum),
        "listed_fen": listed_fen(task),
        "pieces": task.campaign.pieces,
        "buyer": name_for(session, task.buyer_id, me),
        "sample": task.sample.number if task.sample else None,
        "page": page_told(session, task),
        "checklist": [piece_told(each) for each in standings(task)] if me.stands_over(task) else [],
        "waivers": [waiver_told(each, me) for each in reversed(waivers_of(task))] if me.stands_over(task) else [],
    }


def page_told(session: Session, task: Task) -> PageTold:
    said = [
        SaidOfPage(
            what=each.what,
            typed=str(each.typed),
            framed=None if each.framed is None else str(each.framed),
            differs=each.differs,
            captured=each.was_read,
        )
        for each in page_beside(session, task)
    ]
    names = ("asked_at", "made_at", "problem", "http_status", "address", "title", "sha256", "text_sha256")
    met = captures_of_task(session, task)
    return PageTold(said=said, captures=[PageCaptured(**{n: getattr(each, n) for n in names}) for each in met])


def piece_told(one: Standing) -> PieceTold:
    need = one.need
    what = {"name": need.name, "kind": need.kind, "shape": need.shape, "step": need.step}
    return PieceTold(**what, required=need.least, there=one.there, excused=one.excused)


def waiver_told(one: Waiver, me: Actor) -> WaiverTold:
    names = WaiverTold.model_fields.keys() - {"moves"}
    return WaiverTold(**{name: getattr(one, name) for name in names}, moves=list(part_moves_of(KINDS["task"], one, me)))


TASKS = Collection("tasks", KINDS["task"], TaskTold, task_told)
tasks = collection(TASKS, about="One drawn listing to be bought by one buyer; buyers have no keys")
add_moves(tasks, TASKS)
add_part_moves(tasks, TASKS, "waivers", {})
add_papers(tasks, TASKS)


class Assignment(Sent):
    version: Version
    buyer: int = Field(ge=1, le=LARGEST, description="The id of a buyer: GET /buyers")
    despite_cap: bool = Field(
        False, description="The frame lists it over the price cap, and the buyer looks whether it costs less by now"
    )
    again: bool = Field(False, description="Also to a buyer who declined it: they are asked again on purpose")


class Cancelling(Sent):
    version: Version
    reason: Cancelled = Field(description="`not_needed`: no reserve takes its place")
    note: Paragraph = ""


class Proof(Sent):
    """A file that you sent to /evidence before. It changes no status, so it takes no version."""

    sha256: Sha256
    kind: EvidenceKind


def assign(session: Session, task: Task, given: Assignment, by: Actor) -> None:
    buyer = session.get(Person, given.buyer)
    if buyer is None:
        raise Invalid(FieldProblem("buyer", "unknown", _("Choose a buyer of this agency")))
    more = {"again": given.again, "despite_cap": given.despite_cap}
    assign_one(session, task, buyer, by=by, version=given.version, **more)


def prove(session: Session, task: Task, given: Proof, by: Actor) -> None:
    attach(session, task, given.sha256, given.kind, by=by)


def cancel(session: Session, task: Task, given: Cancelling, by: Actor) -> None:
    field.cancel(session, task, given.reason, by=by, version=given.version, note=given.note)


add_sheet(tasks, TASKS, "assign", Assignment, assign)
add_sheet(tasks, TASKS, "cancel", Cancelling, cancel)


class Refunding(Sent):
    version: Version
    refunded_fen: int = Field(ge=0, le=LARGEST, description="All that came back so far, of what was paid")
    cause: Cause = Field(Cause.UNKNOWN, description="Whose doing it was; a sample whose money comes back is an alarm")
    note: Paragraph = Field(min_length=1, description="Why; nothing that leads to who buys")


class Returning(Sent):
    version: Version
    cause: Cause = Field(description="Whose doing it was")
    note: Paragraph = Field(min_length=1, description="How it came to this; nothing that leads to who buys")


class Delivering(Sent):
    version: Version
    state: DeliveryState = Field(description="Where the parcel is, as its courier says it")
    at: Moment = Field(description="Since when")


class SeeingTo(Sent):
    version: Version
    note: Paragraph = Field(min_length=1, description="What is done about it")


def return_one(session: Session, task: Task, given: Returning, by: Actor) -> None:
    give_back(session, task, by=by, **given.model_dump())


def follow(session: Session, task: Task, given: Delivering, by: Actor) -> None:
    note_delivery(session, task, by=by, **given.model_dump())


def see_to(session: Session, task: Task, given: SeeingTo, by: Actor) -> None:
    see_to_alarms(session, task, by=by, **given.model_dump())


def refund_one(session: Session, task: Task, given: Refunding, by: Actor) -> None:
    refund(session, task, by=by, **given.model_dump())


add_sheet(tasks, TASKS, "refund", Refunding, refund_one)
add_sheet(tasks, TASKS, "return", Returning, return_one)
add_sheet(tasks, TASKS, "delivery", Delivering, follow)
add_sheet(tasks, TASKS, "see_to_alarm", SeeingTo, see_to)
add_sheet(tasks, TASKS, "evidence", Proof, prove)
