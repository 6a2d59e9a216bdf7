"""What was taken down and may be on sale again: the list, what people say of it, the frames that were compared."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.candidates import A_PAGE, MOST, CandidateFilter, CandidateTold, found_as, listed, of_each
from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import (
    Asked,
    Id,
    Line,
    Moment,
    Page,
    Sent,
    Told,
)
from quality.core.db import db
from quality.notices.operations.alike import LONGEST_REASON
from quality.pages.candidates import names_for
from quality.pages.radar import LIST, number_of, state_of
from quality.people.access import me, needs
from quality.permissions import Can
from quality.radar.models import Hit, Said
from quality.radar.operations import decide
from quality.radar.queries import one_visible, swept_by


class HitFilter(CandidateFilter):
    state: Line = Field("", description="`open` (without it), `same`, `other`, `gone` or `all`")
    meant: Line = Field("", description="`itself` (the listing that was taken down) or `goods` (another one of them)")


class SweepFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, lt=2**31, description="`next` of the page before")


class HitTold(CandidateTold):
    state: str = Field(description="`open`, `same`, `other`, or `gone`: our own look found it gone")
    is_itself: bool = Field(description="The listing that was taken down, not another one of the same goods")
    why: list[str] = Field(description="What both have in common, the strongest first: `listing_id`, `barcode`, "
                           "`shop_code`, `shop_id`, `picture`, `title`, `price`")  # fmt: skip
    notice: str = Field(description="By which it was taken down")
    item: int = Field(description="The listing on that notice: `POST /notices/{number}/items/{id}/look`")
    verified_at: Moment | None = Field(description="When we saw that it was gone")
    campaign: str = Field(description="Whose frame shows it")
    imported_at: Moment = Field(description="When that frame was imported")


class HitsSaid(Sent):
    decision: Said = Field(strict=False, description="`same` or `other`")
    reason: Line = Field("", max_length=LONGEST_REASON, description="Needed for `other`")
    items: list[Id] = Field(min_length=1, max_length=MOST, description="All of them are decided so, or none")


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
    return listed(LIST, asked(HitFilter), told_of, HitTold)


def told_of(found: Sequence[Hit]) -> list[HitTold]:
    names = names_for(db.session(), found, me)
    return [
        HitTold(
            **of_each(each, names),
            state=state_of(each),
            is_itself=each.is_itself,
            notice=number_of(each),
            item=each.item_id,
            verified_at=each.item.settled_at,
            campaign=each.swept.campaign.number,
            imported_at=each.swept.imported_at,
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
    chosen = [found_as(one_visible, place, key) for place, key in enumerate(given.items, 1)]
    decide(session, list(dict.fromkeys(chosen)), given.decision, by=me, reason=given.reason)
    return told(HitsDecided(items=told_of(chosen)))


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
