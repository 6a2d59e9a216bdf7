"""Listings that are like a tested one: the list, and what people say of them, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.datastructures import MultiDict

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Line, Moment, Organisation, Page, Sent, Told, Version, organisation
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import one_visible
from quality.notices.operations import Choice, decide
from quality.notices.operations.alike import LONGEST_REASON
from quality.pages.alike import asked_of, on_notices, platforms_of, walked
from quality.pages.timeline import Names
from quality.people.access import me, needs
from quality.permissions import Can

A_PAGE, MOST = 50, 200


class AlikeFilter(Asked):
    state: Line = Field("", description="`waiting` (without it), `confirmed`, `free` (confirmed, on no notice), "
                        "`rejected` or `all`")  # fmt: skip
    kind: Line = Field("", description="`same_product` or `same_seller`")
    sure: Line = Field("", description="`certain`, `likely` or `possible`")
    platform: Line = Field("", description="Its code")
    finding: Line = Field("", description="Its number")
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=40, description="`next` of the page before")


class AlikeTold(Told):
    id: int = Field(description="By which it is decided on, and put on a notice")
    version: int = Field(description="Counts the decisions; a decision names the one you read")
    finding: str = Field(description="The tested one's")
    platform: Organisation = Field(description="Where it is on sale")
    listing_id: str
    listing: dict[str, Any] = Field(description="The frame's row as it stood")
    kind: str = Field(description="`same_product` or `same_seller`")
    sure: str = Field(description="`certain`, `likely` or `possible`")
    why: list[str] = Field(description="What both have in common, the strongest first: `barcode`, "
                           "`brand_model_producer`, `brand_model`, `shop_code`, `shop_id`, `shop_name`")  # fmt: skip
    found_at: Moment
    decision: str | None = Field(description="`confirmed` or `rejected`; null while it waits")
    decided_by: str = Field(description="Empty while it waits")
    decided_at: Moment | None
    reason: str
    notice: str | None = Field(description="The reference of a live notice that it stands on")


class Chosen(Sent):
    id: int
    version: Version


class DecisionSent(Sent):
    decision: Decision = Field(strict=False)
    reason: Line = Field("", max_length=LONGEST_REASON, description="Needed where you reject")
    items: list[Chosen] = Field(min_length=1, max_length=MOST, description="All of them are decided so, or none")


class Decided(Told):
    items: list[AlikeTold]


alike = door("alike", tag="alike", about="Listings of all platforms that are a tested one's product, or its seller's")
DOORS = [alike]


@alike.get("/alike", summary="What is like your findings, the surest first", responses={200: Page[AlikeTold]})
@needs(Can.FINDING_READ)
@takes(query=AlikeFilter)
def list_alike() -> ResponseReturnValue:
    session, wanted = db.session(), asked(AlikeFilter)
    said = wanted.model_dump(exclude={"limit", "cursor"}) | {"after": wanted.cursor}
    understood = asked_of(MultiDict(said), platforms_of(session, me))
    if understood.not_understood:
        text = _("There is no such filter here: %(what)s", what=understood.not_understood[0])
        raise Invalid(FieldProblem("query", "unknown_filter", text))
    found, last = walked(session, understood, me, wanted.limit)
    return told(Page[AlikeTold](items=told_of(found), next=last))


def told_of(found: Sequence[Alike]) -> list[AlikeTold]:
    session = db.session()
    on = on_notices(session, found)
    names = Names(session, {each.decided_by_id for each in found if each.decided_by_id}, me)
    kept = ("id", "version", "listing_id", "listing", "kind", "sure", "why", "found_at", "decision", "decided_at")
    return [
        AlikeTold(
            **{name: getattr(each, name) for name in kept},
            finding=each.finding.number,
            platform=organisation(each.platform),
            decided_by=str(names.name(each.decided_by_id)) if each.decided_by_id else "",
            reason=each.reason,
            notice=on.get(each.id),
        )
        for each in found
    ]


@alike.post("/alike/decisions", summary="Confirm or reject listings as alike", responses={200: Decided})
@once
@needs(Can.ALIKE_DECIDE)
@takes(body=DecisionSent)
def decide_alike() -> ResponseReturnValue:
    """What you confirm can be put on a notice to its own platform: `alike` of `POST /notices`."""
    session, given = db.session(), sent(DecisionSent)
    chosen = [Choice(found_as(place, each.id), each.version) for place, each in enumerate(given.items, 1)]
    decide(session, chosen, given.decision, by=me, reason=given.reason)
    return told(Decided(items=told_of([choice.alike for choice in chosen])))


def found_as(place: int, key: int, field: str = "items") -> Alike:
    try:
        return one_visible(db.session(), me, key)
    except NotFound:
        text = _("There is no such listing among those that you may see")
        raise Invalid(FieldProblem(f"{field} {place}", "unknown", text)) from None
