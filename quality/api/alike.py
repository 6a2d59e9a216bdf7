"""Listings that are like a tested one: the list, and what people say of them, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.candidates import MOST, CandidateFilter, CandidateTold, found_as, listed, of_each
from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import Id, Line, Page, Sent, Told, Version
from quality.core.db import db
from quality.likeness.models import Alike, Decision
from quality.likeness.queries import one_visible
from quality.notices.operations import Choice, decide
from quality.notices.operations.alike import LONGEST_REASON
from quality.pages.alike import LIST, on_notices
from quality.pages.candidates import names_for
from quality.people.access import me, needs
from quality.permissions import Can


class AlikeFilter(CandidateFilter):
    state: Line = Field("", description="`waiting` (without it), `confirmed`, `free` (confirmed, on no notice), "
                        "`rejected` or `all`")  # fmt: skip
    kind: Line = Field("", description="`same_product` or `same_seller`")
    finding: Line = Field("", description="Its number")


class AlikeTold(CandidateTold):
    version: int = Field(description="Counts the decisions; a decision names the one you read")
    finding: str = Field(description="The tested one's")
    kind: str = Field(description="`same_product` or `same_seller`")
    why: list[str] = Field(description="What both have in common, the strongest first: `barcode`, "
                           "`brand_model_producer`, `brand_model`, `shop_code`, `shop_id`, `shop_name`")  # fmt: skip
    decision: str | None = Field(description="`confirmed` or `rejected`; null while it waits")
    notice: str | None = Field(description="The reference of a live notice that it stands on")


class Chosen(Sent):
    id: Id
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
    return listed(LIST, asked(AlikeFilter), told_of, AlikeTold)


def told_of(found: Sequence[Alike]) -> list[AlikeTold]:
    session = db.session()
    on, names = on_notices(session, found), names_for(session, found, me)
    return [
        AlikeTold(
            **of_each(each, names),
            version=each.version,
            finding=each.finding.number,
            kind=each.kind,
            decision=each.decision,
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
    chosen = [Choice(found_as(one_visible, place, each.id), each.version) for place, each in enumerate(given.items, 1)]
    decide(session, chosen, given.decision, by=me, reason=given.reason)
    return told(Decided(items=told_of([choice.alike for choice in chosen])))


def called(keys: Sequence[int]) -> list[Alike]:
    """Those that a notice shall name, as its sender called them: `alike`."""
    return [found_as(one_visible, place, key, "alike") for place, key in enumerate(keys, 1)]
