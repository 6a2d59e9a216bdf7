"""The sampling frames of an agency: what was imported, and the choice of one for a campaign."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import campaigns
from quality.api.door import door, takes, told
from quality.api.frames import FrameTold, frame_told, the_campaign
from quality.api.idempotency import once
from quality.api.reading import asked, sent
from quality.api.shapes import LARGEST, Asked, Line, Moment, Page, Sent, Told, Version
from quality.campaigns import frames as room
from quality.campaigns import uploads
from quality.campaigns.models import Frame
from quality.core.db import db
from quality.pages.forms.sheet import unchanged
from quality.pages.views.framing import refuse_unless_draft
from quality.people.access import me, needs
from quality.permissions import Can
from quality.web import settings

A_PAGE, MOST = 50, 200
A_FEW = 20  # campaigns that are named
frames = door("frames", tag="frames", about="Sampling frames that were imported")
DOORS = [frames]


class FrameLine(Told):
    id: int = Field(description="For `use_frame` of a campaign")
    sha256: str = Field(description="Of the frozen Parquet file")
    name: str = Field(description="Of the file that it was")
    source: str | None = Field(description="Where the file comes from, as its sender said")
    rows: int
    accepted: int = Field(description="Listings: rows that were right")
    refused: int = Field(description="Rows that were left out")
    imported_at: Moment


class FrameShown(FrameLine):
    campaigns: list[str] = Field(description="Numbers of campaigns that are drawn from it, the newest first")


class FrameFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")


class TakenUp(Sent):
    sha256: Line = Field(description="As `mingcha frame import` printed it on the server")


class FrameChosen(Sent):
    version: Version
    frame: int = Field(ge=1, le=LARGEST, description="Its `id`")


def line_of(frame: Frame) -> dict[str, object]:
    return {
        "id": frame.id,
        "sha256": frame.sha256,
        "name": frame.name,
        "source": frame.source.name if frame.source else None,
        "rows": frame.rows,
        "accepted": frame.accepted,
        "refused": frame.refused,
        "imported_at": frame.imported_at,
    }


def shown(frame: Frame) -> FrameShown:
    numbers = [each.number for each in room.campaigns_from(db.session(), frame, A_FEW)]
    return FrameShown.model_validate(line_of(frame) | {"campaigns": numbers})


@frames.get("/frames", summary="The frames of your agency", responses={200: Page[FrameLine]})
@needs(Can.CAMPAIGN_READ)
@takes(query=FrameFilter)
def list_frames() -> ResponseReturnValue:
    """The newest first."""
    wanted = asked(FrameFilter)
    found = room.listed(db.session(), me, wanted.cursor, wanted.limit + 1)
    items = [FrameLine.model_validate(line_of(each)) for each in found[: wanted.limit]]
    return told(Page[FrameLine](items=items, next=str(items[-1].id) if len(found) > wanted.limit else None))


@frames.get("/frames/<int:frame>", summary="One frame", responses={200: FrameShown})
@needs(Can.CAMPAIGN_READ, once_found=True)
@takes()
def show_one_frame(frame: int) -> ResponseReturnValue:
    return told(shown(room.one_frame(db.session(), me, frame)))


@frames.post("/frames", summary="Take up a frame that was imported on the server", responses={201: FrameShown})
@once
@needs(Can.CAMPAIGN_PLAN)
@takes(body=TakenUp)
def take_up_frame() -> ResponseReturnValue:
    """The second time it is the same one."""
    frame = room.take_up(db.session(), sent(TakenUp).sha256, by=me, frames=settings().frames_folder)
    return told(shown(frame), 201)


@campaigns.post("/campaigns/<number>/use_frame", summary="Choose a frame that is there", responses={201: FrameTold})
@once
@needs(Can.CAMPAIGN_PLAN, once_found=True)
@takes(body=FrameChosen)
def use_frame(number: str) -> ResponseReturnValue:
    """It is looked at like a file that was sent: ask `address`, then `take_in`."""
    campaign, given, session = the_campaign(number), sent(FrameChosen), db.session()
    refuse_unless_draft(campaign)
    unchanged(session, campaign, given.version)
    frame = room.one_frame(session, me, given.frame)
    token = uploads.choose(session, campaign, frame, by=me, frames=settings().frames_folder)
    return told(frame_told(campaign, token), 201)
