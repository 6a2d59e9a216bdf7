"""What was taken down and may be on sale again: the list, what people say of it, the frames that were compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import Field
from werkzeug.datastructures import MultiDict

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Line, Moment, Organisation, Page, Sent, Told, organisation
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.notices.operations.alike import LONGEST_REASON
from quality.pages.radar import asked_of, number_of, platforms_of, state_of, walked
from quality.pages.timeline import Names
from quality.people.access import me, needs
from quality.permissions import Can
from quality.radar.models import Hit, Said
from quality.radar.operations import decide
from quality.radar.queries import one_visible, swept_by

A_PAGE, MOST = 50, 200


class HitFilter(Asked):
    state: Line = Field("", description="`open` (without it), `same`, `other`, `gone` or `all`")
    meant: Line = Field("", description="`itself` (the listing that was taken down) or `goods` (another one of them)")
    sure: Line = Field("", description="`certain`, `likely` or `possible`")
    platform: Line = Field("", description="Its code")
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=40, description="`next` of the page before")


class SweepFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, lt=2**31, description="`next` of the page before")


class HitTold(Told):
    id: int = Field(description="By which it is decided on")
    state: str = Field(description="`open`, `same`, `other`, or `gone`: our own look found it gone")
    platform: Organisation = Field(description="Where it is on sale")
    listing_id: str
    listing: dict[str, Any] = Field(description="The frame's row as it stood")
    is_itself: bool = Field(description="The listing that was taken down, not another one of the same goods")
    sure: str = Field(description="`certain`, `likely` or `possible`")
    why: list[str] = Field(description="What both have in common, the strongest first: `listing_id`, `barcode`, "
                           "`shop_code`, `shop_id`, `picture`, `title`, `price`")  # fmt: skip
    notice: str = Field(description="By which it was taken down")
    item: int = Field(description="The listing on that notice: `POST /notices/{number}/items/{id}/look`")
    verified_at: Moment | None = Field(description="When we saw that it was gone")
    campaign: str = Field(description="Whose frame shows it")
    imported_at: Moment = Field(description="When that frame was imported")
    found_at: Moment
    decided_by: str = Field(description="Empty while it waits")
    decided_at: Moment | None
    reason: str


class HitsSaid(Sent):
    decision: Said = Field(strict=False, description="`same` or `other`")
    reason: Line = Field("", max_length=LONGEST_REASON, description="Needed for `other`")
    items: list[int] = Field(min_length=1, max_length=MOST, description="All of them are decided so, or none")


class HitsDecided(Told):
    items: list[HitTold]


class SweepTold(Told):
    campaign: str = Field(description="Whose frame it is")
    frame: str = Field(description="Its sha256")
    imported_at: Moment
    compared_at: Moment
    rows: int = Field(description="Listings of the frame")
    fingerprints: int = Field(description="Takedowns that were verified before it was imported")
    hits: int
    left_out: int = Field(description="There were more, and weaker")


radar = door("radar", tag="radar", about="What was taken down and is on sale again in frames imported later")
DOORS = [radar]


@radar.get("/radar", summary="What may be on sale again, the surest first", responses={200: Page[HitTold]})
@needs(Can.FINDING_READ)
@takes(query=HitFilter)
def list_hits() -> ResponseReturnValue:
    session, wanted = db.session(), asked(HitFilter)
    said = wanted.model_dump(exclude={"limit", "cursor"}) | {"after": wanted.cursor}
    understood = asked_of(MultiDict(said), platforms_of(session, me))
    if understood.not_understood:
        text = _("There is no such filter here: %(what)s", what=understood.not_understood[0])
        raise Invalid(FieldProblem("query", "unknown_filter", text))
    found, last = walked(session, understood, me, wanted.limit)
    return told(Page[HitTold](items=told_of(found), next=last))


def told_of(found: Sequence[Hit]) -> list[HitTold]:
    names = Names(db.session(), {each.decided_by_id for each in found if each.decided_by_id}, me)
    kept = ("id", "listing_id", "listing", "is_itself", "sure", "why", "found_at", "decided_at", "reason")
    return [
        HitTold(
            **{name: getattr(each, name) for name in kept},
            state=state_of(each),
            platform=organisation(each.platform),
            notice=number_of(each),
            item=each.item_id,
            verified_at=each.item.settled_at,
            campaign=each.swept.campaign.number,
            imported_at=each.swept.imported_at,
            decided_by=str(names.name(each.decided_by_id)) if each.decided_by_id else "",
        )
        for each in found
    ]


@radar.post("/radar/decisions", summary="Say what came back, and what did not", responses={200: HitsDecided})
@once
@needs(Can.ALIKE_DECIDE)
@takes(body=HitsSaid)
def decide_hits() -> ResponseReturnValue:
    """The listing itself is not decided to be there: look at it, `POST /notices/{number}/items/{id}/look`. Another one
    of the same goods is confirmed as alike (`GET /alike`) and goes on a notice to its platform."""
    session, given = db.session(), sent(HitsSaid)
    chosen = [found_as(place, key) for place, key in enumerate(given.items, 1)]
    decide(session, list(dict.fromkeys(chosen)), given.decision, by=me, reason=given.reason)
    return told(HitsDecided(items=told_of(chosen)))


def found_as(place: int, key: int) -> Hit:
    try:
        return one_visible(db.session(), me, key)
    except NotFound:
        text = _("There is no such listing among those that you may see")
        raise Invalid(FieldProblem(f"items {place}", "unknown", text)) from None


@radar.get("/radar/sweeps", summary="The frames that were compared, the last first", responses={200: Page[SweepTold]})
@needs(Can.FINDING_READ)
@takes(query=SweepFilter)
def list_sweeps() -> ResponseReturnValue:
    wanted = asked(SweepFilter)
    found = swept_by(db.session(), me, wanted.limit + 1, before=wanted.cursor)
    there = [
        SweepTold(
            campaign=each.campaign.number,
            frame=each.frame_sha256,
            imported_at=each.imported_at,
            compared_at=each.at,
            rows=each.rows,
            fingerprints=each.compared,
            hits=each.hits,
            left_out=each.left_out,
        )
        for each in found[: wanted.limit]
    ]
    last = str(found[wanted.limit - 1].id) if len(found) > wanted.limit else None
    return told(Page[SweepTold](items=there, next=last))
