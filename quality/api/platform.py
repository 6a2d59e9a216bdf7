"""A platform's side: the notices that were issued to it, and what it answers, listing by listing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from flask import send_file
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.cases import Brief, Collection, Whole, collection
from quality.api.door import takes, told
from quality.api.idempotency import once
from quality.api.messages import add_messages
from quality.api.reading import checked, sent, unfit
from quality.api.shapes import (
    LARGEST,
    Changed,
    ChangeTold,
    DayEnds,
    Line,
    Moment,
    Move,
    Organisation,
    Paragraph,
    Sent,
    StandardJudgedBy,
    Told,
    Version,
    Wrong,
    organisation,
)
from quality.core.db import db
from quality.core.errors import Invalid, Refused
from quality.core.words import _
from quality.core.workflow import hold_still
from quality.delivery import operations as delivery
from quality.delivery.payload import notice_for_platform
from quality.documents.models import DocumentKind, Language
from quality.documents.queries import latest_of, open_document
from quality.documents.readers import reader_of
from quality.evidence.vault import vault_from
from quality.notices.answers import MOST_EVIDENCE, MOST_SWEPT, OutcomeEntry
from quality.notices.conversation import how_many_wait
from quality.notices.editions import refuse_superseded
from quality.notices.models import Notice, NoticeStatus, Outcome
from quality.notices.operations import Answered
from quality.notices.queries import first_removal_due
from quality.notices.workflow import WAITING
from quality.pages.kinds import KINDS
from quality.pages.kinds.notice.listings import read_what_was_said
from quality.pages.moments import language_now
from quality.people.access import me, needs, require_for
from quality.people.actor import Actor
from quality.permissions import Can, Sees
from quality.web import settings

ENDED = {NoticeStatus.CLOSED, NoticeStatus.WITHDRAWN}
MOST = 500  # answers at once


class NoticedProduct(Told):
    """What was tested, as it stood on the product."""

    name: str
    spec: str
    brand: str
    model: str = Field("", description="Empty in notices of before it was asked")
    barcode: str = Field("", description="Digits, as on the goods; empty: none was read")
    batch: str
    producer: str
    producer_address: str


class NoticedResult(Told):
    """One test item. Values are texts, as the laboratory wrote them; empty where it wrote none."""

    item: str
    value: str
    unit: str
    uncertainty: str = Field(description="The expanded uncertainty U")
    lod: str = Field(description="Limit of detection")
    loq: str = Field(description="Limit of quantification")
    method: str
    limit: str
    clause: str = Field(description="Of the standard that demands it")
    standard: StandardJudgedBy | None = Field(None, description="The version of it that the agency judged by")
    rule: str = Field(description="`simple`, `guard_band`, `non_binary` or `enforcement`: how U counts")
    verdict: str = Field(description="`pass`, `fail`, `conditional_pass` or `conditional_fail`")
    outside_accreditation: bool = Field(False, description="Reported outside of what the laboratory is accredited for")
    laboratory: str = Field("", description="Who tested this item: after a re-inspection, the second laboratory")
    report_no: str = Field("", description="Of that laboratory's report")


class ClaimMade(Told):
    """What you said last of a listing: said, not seen."""

    outcome: str = Field(description="`removed`, `never_found`, `already_gone`, `refused`")
    acted_at: Moment | None
    reason: str
    units_sold: int | None
    swept: list[str] = Field(description="Addresses of other listings that you removed")
    evidence: list[str] = Field(description="SHA-256 of your files")
    received_at: Moment


class LookSeen(Told):
    """What the agency saw last."""

    gone: bool
    seen_at: Moment
    reason: str = Field(description="Where it was not gone: what was seen")


class Likeness(Told):
    """Why a listing that nobody tested is named: what it has in common with the tested one."""

    why: list[str] = Field(
        description="`barcode`, `brand_model_producer`, `brand_model`, `shop_code`, `shop_id`, `shop_name`; the "
        "strongest first"
    )
    sure: str = Field(description="`certain`, `likely` or `possible`; a person of the agency confirmed each")


class NoticedListing(Told):
    """What is to be taken down: as it stood at the decision, what you last said, what the agency last saw."""

    listing_id: str = Field(description="Yours; your answer names it")
    url: str
    title: str
    shop: str
    shop_id: str = Field(description="Of the shop on your platform")
    uscc: str = Field(description="The seller's unified social credit code")
    kind: str = Field(description="`tested`, or untested and of the tested `same_product` or `same_seller`")
    alike: Likeness | None = Field(None, description="Of an untested listing; null of a tested one")
    status: str = Field(description="`open`, `claimed`, `verified`; `returned`, `reopened`: answer again; `excused`")
    version: int = Field(description="Counts the changes of this listing")
    edition: int = Field(1, description="Of the notice, that first named it")
    due_at: DayEnds | None = Field(
        description="Until then remove it and answer; its own time where it was sent back or is on sale again. "
        "Null where nothing is asked, or the receipt is not proven"
    )
    product: NoticedProduct
    producer_denies: bool = Field(description="The named producer's denial was found true, before the notice or since")
    results: list[NoticedResult] = Field(description="Each item's last word, as far as is known today")
    first_results: list[NoticedResult] = Field(description="What was tested again, as it was found before")
    laboratory: str = Field(description="Who tested")
    report_no: str = Field(description="The laboratory's")
    finding: str = Field(description="The number of the agency's conclusion that this rests on")
    excuse: str | None = Field(description="Why nothing more is asked of you here; null where something is")
    claim: ClaimMade | None = Field(description="Null before you answered")
    look: LookSeen | None = Field(description="Null before the agency looked")


class Verification(Told):
    """How anybody can check that the notice is genuine and in force."""

    code: str
    address: str = Field(description="A public page")


class EditionIssued(Told):
    """What a later edition of the notice changed, and why."""

    edition: int
    kind: str = Field(description="`original`, `amendment`, `partial_withdrawal` or `withdrawal`")
    reason: str = Field(description="Empty in the original")
    changed: list[ChangeTold] = Field(description="Beside the edition before it")
    issued_at: Moment | None
    sealed_sha256: str | None
    verification_code: str | None


class PlatformNotice(Whole):
    due_at: DayEnds | None = Field(
        description="The first day by which something is to be removed and answered for; null until receipt is proven"
    )
    issued_at: Moment
    served_at: Moment | None = Field(description="The first proven receipt: your time runs from here")
    address: str = Field(description="Of the notice in this API, whole")
    kind: str = Field(description="`order` or `notice`: which of two deadlines runs")
    agency: Organisation
    platform_reference: str | None = Field(description="Yours, from when you acknowledged")
    legal_basis: str
    reasons: str
    measures: list[str] = Field(description="`delist`, `sweep`, `stop_sale`, `retain_records`, `report_sales`")
    answer_to: str
    how_to_object: str
    document_sha256: str | None = Field(description="Of the `.pdf` in 中文; null where none was made")
    sealed_sha256: str = Field(description="Of what the notice says, as the agency's record keeps it")
    verification: Verification
    edition: int = Field(description="The one in force; later ones take the place of earlier ones")
    editions: list[EditionIssued] = Field(description="The newest first, down to the original")
    items: list[NoticedListing]


class PlatformBrief(Brief):
    kind: str = Field(description="`order` or `notice`: which of two deadlines runs")
    agency: Organisation
    issued_at: Moment
    due_at: DayEnds | None = Field(
        description="Until then remove and answer; null until the receipt is proven, and when you have answered"
    )
    questions: int = Field(description="Of the agency that wait for your answer: `GET …/messages`")


class Acknowledgement(Sent):
    reference: Line = Field(description="Your own, under which you handle this notice; the same again changes nothing")
    version: Version | None = None


class OutcomeSent(Sent):
    listing_id: Line = Field(description="As the notice names it")
    outcome: Line = Field(description="What became of the listing", json_schema_extra={"enum": list(Outcome)})
    acted_at: Moment | None = Field(None, description="When you removed it; needed for `removed`")
    reason: Paragraph = Field("", description="Needed for `refused`")
    units_sold: int | None = Field(None, description="Of this product by this listing, as far as you know")
    swept: list[Line] = Field([], description=f"Addresses of other listings that you removed, at most {MOST_SWEPT}")
    evidence: list[Line] = Field([], description=f"SHA-256 of files you sent to /evidence, at most {MOST_EVIDENCE}")


EDITION = Field(
    None,
    ge=1,
    le=LARGEST,
    description="The `edition` of the notice that you answer; where a later one is in force nothing is taken down: 409 "
    "`superseded` with `edition` and `changed`",
)


class Outcomes(Sent):
    outcomes: list[OutcomeSent] = Field(min_length=1, max_length=MOST)
    edition: int | None = EDITION


class AnyOutcomes(Sent):
    """The same before each is looked at by itself: one that is wrong must not lose the others."""

    outcomes: list[dict[str, Any]] = Field(min_length=1, max_length=MOST)
    edition: int | None = EDITION


class OutcomeTold(Told):
    listing_id: str | None = Field(description="As you named it; null where that could not be read")
    ok: bool = Field(description="Whether it was taken down, or had been before")
    code: str | None = Field(description="Why it was not taken down, for programs")
    reason: str | None = Field(description="The same in a sentence")
    status: str | None = Field(description="Of the listing, as it is now; null where your answer could not be read")
    version: int | None = Field(description="The same")
    errors: list[Wrong] = Field(description="The fields that were wrong")


class OutcomesTold(Changed):
    items: list[OutcomeTold] = Field(description="One for each that you sent, in the same order")


def platform_notice(session: Session, notice: Notice, by: Actor) -> dict[str, Any]:
    """Reading it is an opening, which proves the receipt."""
    delivery.open_as_platform(session, notice, by=by)
    read_what_was_said(session, notice)
    said = notice_for_platform(session, notice, settings().public_url)
    return {name: value for name, value in said.items() if name not in Whole.model_fields and name != "platform"}


def briefs(session: Session, notices: Sequence[Notice], me: Actor) -> list[dict[str, Any]]:
    due, asked = first_removal_due(session, notices), how_many_wait(session, notices, me)
    return [
        {
            "kind": notice.kind,
            "agency": organisation(notice.agency),
            "issued_at": notice.issued_at,
            "due_at": due.get(notice.id),
            "questions": asked.get(notice.id, 0),
        }
        for notice in notices
    ]


def answering(notice: Notice, by: Actor) -> Iterator[Move]:
    """`outcomes` is no move of the notice's own life: it is answered when no listing waits any more."""
    if not by.can(Can.ITEM_ANSWER):
        return
    if notice.status in ENDED:
        code, reason = "wrong_status", str(_("This notice has ended; there is nothing to answer any more"))
    elif not any(item.status in WAITING for item in notice.items):
        code, reason = "answered", str(_("You have answered for every listing; you may correct an answer"))
    else:
        yield Move(name="outcomes", allowed=True, code=None, reason=None)
        return
    yield Move(name="outcomes", allowed=code == "answered", code=code, reason=reason)


NOTICES = Collection(
    "platform/notices",
    KINDS["notice"],
    PlatformNotice,
    platform_notice,
    brief=PlatformBrief,
    own_of_all=briefs,
    of=Sees.PLATFORM,
    also=answering,
)
notices = collection(NOTICES, about="The notices that were issued to your platform")
DOORS = [notices]
add_messages(notices, NOTICES, "messages")
PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}


@notices.get("/platform/notices/<number>.pdf", summary="The sealed document", responses={200: {"content": PDF}})
@needs(Can.NOTICE_READ, once_found=True)
def notice_pdf(number: str) -> ResponseReturnValue:
    """中文 is the document; with `Accept-Language: en` its courtesy copy. Reading it is an opening, like the notice."""
    session, notice = db.session(), NOTICES.found(number)
    require_for(notice)
    language = Language(language_now())
    document = latest_of(session, notice, DocumentKind.DISPOSAL_NOTICE, language)
    if document is None:
        raise Refused("not_printed", _("This document is still being made; ask again in a moment"))
    delivery.open_as_platform(session, notice, by=me)
    file = open_document(vault_from(settings().evidence_url), document, reader_of(me.sees))
    return send_file(file, "application/pdf", download_name=f"{number}.pdf")


@notices.post("/platform/notices/<number>/acknowledge", summary="Say that you have it", responses={200: Changed})
@once
@needs(Can.NOTICE_ACKNOWLEDGE, once_found=True)
@takes(body=Acknowledgement)
def acknowledge(number: str) -> ResponseReturnValue:
    """A receipt by itself: where nothing proved one before, your time runs from here."""
    notice = NOTICES.found(number)
    require_for(notice)
    given = sent(Acknowledgement)
    if given.version is None:
        hold_still(db.session(), notice)
    delivery.acknowledge(db.session(), notice, given.reference, by=me, version=given.version)
    return told(NOTICES.changed(notice))


@notices.post("/platform/notices/<number>/outcomes", summary="Answer for listings", responses={200: OutcomesTold})
@once
@needs(Can.ITEM_ANSWER, once_found=True)
@takes(body=Outcomes)
def answer(number: str) -> ResponseReturnValue:
    """Each answer is taken down or refused by itself, and each is told of. The same again changes nothing."""
    notice = NOTICES.found(number)
    require_for(notice)
    body = sent(AnyOutcomes, each_by_itself=True)
    given = body.outcomes
    hold_still(db.session(), notice)
    refuse_superseded(db.session(), notice, body.edition)
    read = [read_outcome(one) for one in given]
    entries = [one for one in read if isinstance(one, OutcomeEntry)]
    answered = iter(delivery.answer(db.session(), notice, entries, by=me) if entries else [])
    items = [
        outcome_told(next(answered)) if isinstance(one, OutcomeEntry) else unread(sent_as, one)
        for sent_as, one in zip(given, read, strict=True)
    ]
    now = NOTICES.changed(notice)
    return told(OutcomesTold(items=items, **now.model_dump()))


def read_outcome(one: dict[str, Any]) -> OutcomeEntry | Invalid:
    try:
        given = checked(one, lambda: OutcomeSent.model_validate_json(json.dumps(one)))
    except Invalid as wrong:
        return wrong
    return OutcomeEntry(**given.model_dump())


def outcome_told(answered: Answered) -> OutcomeTold:
    return OutcomeTold(
        listing_id=answered.listing_id,
        ok=answered.ok,
        code=answered.code or None,
        reason=str(answered.reason) or None,
        status=answered.status,
        version=answered.version,
        errors=[Wrong(field=no.field, code=no.code, reason=str(no.text)) for no in answered.problems],
    )


def unread(one: dict[str, Any], wrong: Invalid) -> OutcomeTold:
    named, first = one.get("listing_id"), wrong.problems[0]
    return OutcomeTold(
        listing_id=named if isinstance(named, str) and not any(unfit(named)) else None,
        ok=False,
        code=first.code,
        reason=str(first.text),
        status=None,
        version=None,
        errors=[Wrong(field=no.field, code=no.code, reason=str(no.text)) for no in wrong.problems],
    )
