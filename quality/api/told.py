"""That samples were taken: what a platform was told of its listings, and telling for programs of an agency."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.concluding import letter_of
from quality.api.door import door, takes, told
from quality.api.idempotency import holds_a_secret, once
from quality.api.moves import add_sheet
from quality.api.papers import PDF
from quality.api.reading import asked, sent
from quality.api.samples import FINDINGS, SAMPLES, findings, samples
from quality.api.shapes import (
    Asked,
    Line,
    Moment,
    Organisation,
    Page,
    Paragraph,
    Sent,
    Told,
    Version,
    organisation,
)
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.documents.readers import reader_of
from quality.informing import operations
from quality.informing.models import Outcome, SampleNotice, Way
from quality.informing.operations import Tried
from quality.informing.queries import notices_of, one_to_a_platform, page_for_a_platform
from quality.lab.models import Finding
from quality.objections.models import Party
from quality.pages.sealed import as_file
from quality.pages.told import paper_of
from quality.people.access import me, needs, require_for
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.models import Sample
from quality.web import settings

MOST = 200


class PortionTaken(Told):
    kind: str = Field(description="`test`, or `backup`, which stays sealed for a re-inspection")
    quantity: str


class GoodsTaken(Told):
    """As the label bore it when it was sealed; empty: nothing was read."""

    name: str
    spec: str
    brand: str
    model: str
    barcode: str
    batch: str
    producer: str
    producer_address: str


class SampleTaken(Told):
    """Goods of a listing of yours were bought and sealed as a sample."""

    sample: str = Field(description="Its number, as the paper names it")
    agency: Organisation
    sent_at: Moment
    received_at: Moment | None = Field(description="The first proven receipt")
    proof: str | None = Field(
        description="`opened`, `acknowledged`, or how the agency knows: `post`, `hand`, `telephone`"
    )
    campaign: str
    legal_basis: str
    listing_id: str
    url: str
    shop: str
    product: GoodsTaken
    portions: list[PortionTaken]
    verification_code: str = Field(description="Of the paper: `GET …/pdf`, and /verify/{code}")


class TakenFilter(Asked):
    limit: int = Field(50, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, lt=2**31, description="`next` of the page before")


class JustSent(Sent):
    version: Version


class SellerTold(Told):
    """Keep the address: of it only the hash is kept here."""

    address: str = Field(description="Shown this once. Opening it proves nothing; who presses there proves the receipt")
    expires_at: Moment


class TryNoted(Sent):
    version: Version
    party: Party = Field(strict=False, description="`seller` or `platform`")
    way: Way = Field(strict=False, description="`post`, `hand` or `telephone`")
    outcome: Outcome = Field(strict=False, description="`delivered`, `unreachable` or `refused`")
    at: Moment
    receipt_no: Line = Field("", description="Of the postal receipt; needed for what arrived by post")
    note: Paragraph = ""


class LetterTried(Sent):
    version: Version
    letter: int = Field(ge=1, description="As `letter` gave it; one that was not received")
    way: Way = Field(strict=False, description="`post`, `hand` or `telephone`")
    outcome: Outcome = Field(strict=False, description="`unreachable` or `refused`; what arrived has a receipt")
    at: Moment
    note: Paragraph = ""


taken = door("platform-samples", tag="platform-samples", about="Samples that were taken from your listings")
DOORS = [taken]


def taken_told(session: Session, notice: SampleNotice) -> SampleTaken:
    says = paper_of(session, notice).says
    return SampleTaken(
        sample=notice.sample.number,
        agency=organisation(notice.agency),
        sent_at=notice.sent_at,
        received_at=notice.received_at,
        proof=notice.proof,
        campaign=says["campaign"]["title"],
        legal_basis=says["campaign"]["basis"],
        listing_id=says["listing"]["listing_id"],
        url=says["listing"]["url"],
        shop=says["listing"]["shop"],
        product=GoodsTaken(**says["product"]),
        portions=[PortionTaken(kind=each["kind"], quantity=each["quantity"]) for each in says["portions"]],
        verification_code=notice.code,
    )


class TakenBrief(Told):
    sample: str = Field(description="Its number: the rest stands at `GET /platform/samples/{sample}`")
    agency: Organisation
    product: str
    sent_at: Moment
    received_at: Moment | None
    proof: str | None


@taken.get("/platform/samples", summary="Samples of your listings, the newest first", responses={200: Page[TakenBrief]})
@needs(Can.TOLD_READ)
@takes(query=TakenFilter)
def list_taken() -> ResponseReturnValue:
    wanted = asked(TakenFilter)
    found = page_for_a_platform(db.session(), me, wanted.limit, wanted.cursor)
    items = [
        TakenBrief(
            sample=each.sample.number,
            agency=organisation(each.agency),
            product=each.product,
            sent_at=each.sent_at,
            received_at=each.received_at,
            proof=each.proof,
        )
        for each in found[: wanted.limit]
    ]
    more = str(found[wanted.limit - 1].id) if len(found) > wanted.limit else None
    return told(Page[TakenBrief](items=items, next=more))


@taken.get("/platform/samples/<told>", summary="One; reading it proves the receipt", responses={200: SampleTaken})
@needs(Can.TOLD_READ, once_found=True)
@takes()
def one_taken(told: str) -> ResponseReturnValue:
    notice = found_as(told)
    operations.open_as_platform(db.session(), notice, by=me)
    return answered(notice)


def answered(notice: SampleNotice) -> ResponseReturnValue:
    return told(taken_told(db.session(), notice))


def found_as(number: str) -> SampleNotice:
    notice = one_to_a_platform(db.session(), me, number)
    require_for(notice)
    return notice


@taken.get("/platform/samples/<told>/pdf", summary="Its paper", responses={200: {"content": PDF}})
@needs(Can.TOLD_READ, once_found=True)
@takes()
def taken_pdf(told: str) -> ResponseReturnValue:
    notice = found_as(told)
    document = paper_of(db.session(), notice)
    if document.sha256 is None:
        raise Refused("not_printed", _("This document is still being made; ask again in a moment"))
    operations.open_as_platform(db.session(), notice, by=me)
    return as_file(document, reader_of(me.sees))


class TakenAcknowledged(Sent):
    """Nothing is asked."""


@taken.post("/platform/samples/<told>/acknowledge", summary="Say that you have it", responses={200: SampleTaken})
@once
@needs(Can.NOTICE_ACKNOWLEDGE, once_found=True)
@takes(body=TakenAcknowledged)
def acknowledge_taken(told: str) -> ResponseReturnValue:
    """Said twice it is said once."""
    notice = found_as(told)
    sent(TakenAcknowledged)
    operations.acknowledge(db.session(), notice, by=me)
    return answered(notice)


# --- for an agency's programs ---


def tell_platform(session: Session, sample: Sample, given: JustSent, by: Actor) -> None:
    operations.tell(session, sample, Party.PLATFORM, by=by, version=given.version)


def tell_seller(session: Session, sample: Sample, given: JustSent, by: Actor) -> SellerTold:
    notice, token = operations.tell(session, sample, Party.SELLER, by=by, version=given.version)
    holds_a_secret()
    assert notice.expires_at, "the database holds it"
    address = settings().public_url + url_for("told_link.page", link=token)
    return SellerTold(address=address, expires_at=notice.expires_at)


def note_try(session: Session, sample: Sample, given: TryNoted, by: Actor) -> None:
    notice = next((each for each in notices_of(session, sample) if each.party == given.party), None)
    if notice is None:
        raise Invalid(FieldProblem("party", "not_told", _("This party was not told yet")))
    tried = Tried(given.way, given.outcome, given.at, given.receipt_no, given.note)
    operations.note_try(session, notice, tried, by=by, version=given.version)


def note_try_of_letter(session: Session, finding: Finding, given: LetterTried, by: Actor) -> None:
    letter = letter_of(session, finding, given.letter)
    tried = Tried(given.way, given.outcome, given.at, note=given.note)
    operations.note_try_of_letter(session, letter, finding, tried, by=by, version=given.version)


add_sheet(samples, SAMPLES, "tell_platform", JustSent, tell_platform)
add_sheet(samples, SAMPLES, "tell_seller", JustSent, tell_seller, answer=SellerTold)
add_sheet(samples, SAMPLES, "note_try", TryNoted, note_try)
add_sheet(findings, FINDINGS, "note_try", LetterTried, note_try_of_letter)
