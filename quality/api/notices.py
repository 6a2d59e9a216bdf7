"""Disposal notices as the agency works on them, and what is published. A platform's side is in platform.py."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.campaigns import organisation
from quality.api.cases import Collection, Whole, collection, part_moves_of
from quality.api.shapes import Moment, Move, Organisation, Told
from quality.notices.models import Notice, NoticeItem
from quality.pages.kinds import KINDS
from quality.pages.kinds.notice import read_what_was_said
from quality.people.actor import Actor
from quality.publication.models import Result


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
    product: dict[str, Any]
    results: list[dict[str, Any]]
    claims: list[ClaimTold] = Field(description="What the platform said, the last one counts")
    looks: list[LookTold] = Field(description="What the agency saw, the last one counts")
    moves: list[Move]


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
    items: list[ItemTold]


class PublishedTold(Whole):
    edition: int
    finding: str
    copy_: dict[str, Any] = Field(alias="copy", serialization_alias="copy", description="All that the public can read")
    copy_sha256: str | None
    published_at: Moment | None
    ended_at: Moment | None
    reason: str


def notice_told(session: Session, notice: Notice, me: Actor) -> dict[str, Any]:
    read_what_was_said(session, notice)
    kept = ("reference", "kind", "legal_basis", "reasons", "measures", "answer_to", "how_to_object", "issued_at",
            "served_at", "platform_reference", "sealed_sha256", "verification_code")  # fmt: skip
    return {
        **{name: getattr(notice, name) for name in kept},
        "agency": organisation(notice.agency),
        "platform": organisation(notice.platform),
        "items": [item_told(item, me) for item in notice.items],
    }


def item_told(item: NoticeItem, me: Actor) -> ItemTold:
    return ItemTold(
        id=item.id,
        listing_id=item.listing_id,
        kind=item.kind,
        status=item.status,
        version=item.version,
        finding=item.finding.number,
        excuse=item.excuse,
        listing=item.snapshot["listing"],
        product=item.snapshot["product"],
        results=item.snapshot["results"],
        claims=[ClaimTold.model_validate(claim, from_attributes=True) for claim in item.claims],
        looks=[LookTold.model_validate(look, from_attributes=True) for look in item.looks],
        moves=list(part_moves_of(KINDS["notice"], item, me)),
    )


def result_told(_session: Session, result: Result, _me: Actor) -> dict[str, Any]:
    kept = ("edition", "copy", "copy_sha256", "published_at", "ended_at", "reason")
    return {**{name: getattr(result, name) for name in kept}, "finding": result.finding.number}


NOTICES = Collection("notices", KINDS["notice"], NoticeTold, notice_told)
RESULTS = Collection("results", KINDS["result"], PublishedTold, result_told)
notices = collection(NOTICES, about="From a finding to a listing that was seen to be gone; a draft has its reference")
results = collection(RESULTS, about="What the public may read: frozen copies")
DOORS = [notices, results]
