"""When results are public: a moment that is set for one, or for all that is proposed about a campaign."""

from __future__ import annotations

from datetime import date, datetime

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import door, takes, told
from quality.api.moves import add_sheet
from quality.api.notices import RESULTS, results
from quality.api.reading import asked
from quality.api.shapes import Asked, Moment, Page, Sent, Told, Version, Words
from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.lab.models import Verdict
from quality.pages.editor import A_PAGE, SOON, Line, Narrowed, Waits, listed
from quality.pages.forms.sheet import unchanged
from quality.people.access import me, needs
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.models import Result
from quality.publication.schedule import schedule, schedule_all

AT_ONCE = 100
DECIDED = (Waits.WITHDRAWAL, Waits.CORRECTION, Waits.PROPOSED, Waits.REPLY)  # lists that wait for a second person


class Scheduling(Sent):
    version: Version
    not_before: Moment = Field(description="Public from then on, and to nobody before; within a year from now")


class LeftOut(Told):
    number: str
    code: str = Field(description="Why, for programs")
    reason: Words


class ScheduledTold(Told):
    """What cannot be approved, such as your own proposals, keeps nothing else back."""

    scheduled: list[str] = Field(description="Their numbers")
    refused: list[LeftOut]
    more: bool = Field(description="True: more are proposed than are taken at once; send it again")


class ComingTold(Told):
    number: str
    edition: int
    not_before: Moment
    kept_back: Words | None = Field(description="What stands in the way although its moment has come")


class LeavingTold(Told):
    number: str
    edition: int
    public_until: date = Field(description="The last day")


class ScheduleTold(Told):
    scheduled: list[ComingTold] = Field(description=f"The first to come first, at most {AT_ONCE}")
    leaving: list[LeavingTold] = Field(description=f"Within {SOON.days} days, the first first, at most {AT_ONCE}")
    more: bool = Field(description="There are more than these")


class WaitingFilter(Asked):
    what: Waits = Field(description="The list: " + ", ".join(f"`{each}`" for each in Waits))
    campaign: str = Field("", max_length=40)
    verdict: Verdict | None = None
    limit: int = Field(A_PAGE, ge=1, le=AT_ONCE, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, lt=2**31, description="`next` of the page before")


class MindedTold(Told):
    reason: Words
    stops: bool = Field(description="Nothing is proposed, or published, before this is out of the way")


class WaitingTold(Told):
    what: str = Field(description="The list on which it stands")
    finding: str = Field(description="Its number")
    result: str | None = Field(description="Its number; null: nothing is proposed yet, or a reply is meant")
    edition: int | None
    reply: int | None = Field(description="`POST /findings/{number}/{reply}/show`, `…/refuse`")
    verdict: str
    product: str
    since: Moment | None = Field(description="Proposed, received, or confirmed then")
    public_from: Moment | None = Field(description="Of `scheduled`: its moment")
    public_until: date | None = Field(description="Of `leaving`: the last day")
    may_decide: bool = Field(description="Whether you could be the second person")
    minded: list[MindedTold]
    reason: str = Field(description="What changed, or why it is to be withdrawn; the public would read it")


publishing = door("publishing", tag="results", about="When what is public")


def set_moment(session: Session, result: Result, given: Scheduling, by: Actor) -> None:
    schedule(session, result, given.not_before, by=by, version=given.version)


def set_moment_of_all(session: Session, campaign: Campaign, given: Scheduling, by: Actor) -> ScheduledTold:
    unchanged(session, campaign, given.version)
    came = schedule_all(session, campaign, given.not_before, by=by)
    refused = [LeftOut(number=each.number, code=each.why.code, reason=str(each.why.reason)) for each in came.refused]
    return ScheduledTold(scheduled=came.done, refused=refused, more=came.more)


@publishing.get("/publishing", summary="What waits for its moment, and leaves soon", responses={200: ScheduleTold})
@needs(Can.RESULT_READ)
def schedule_told() -> ResponseReturnValue:
    coming, leaving = (listed(db.session(), me, what, limit=AT_ONCE) for what in (Waits.SCHEDULED, Waits.LEAVING))
    return told(
        ScheduleTold(
            scheduled=[
                ComingTold(
                    number=each.number,
                    edition=each.result.edition,
                    not_before=each.due,
                    kept_back="; ".join(str(why.text) for why in each.whys if why.stops) or None,
                )
                for each in coming.lines
                if each.result and isinstance(each.due, datetime)
            ],
            leaving=[
                LeavingTold(number=each.number, edition=each.result.edition, public_until=each.due)
                for each in leaving.lines
                if each.result and each.due
            ],
            more=coming.older is not None or leaving.older is not None,
        )
    )


@publishing.get(
    "/publishing/waiting",
    summary="The editor's desk: one list of what waits, the most pressing first",
    responses={200: Page[WaitingTold]},
)
@needs(Can.RESULT_READ)
@takes(query=WaitingFilter)
def waiting_told() -> ResponseReturnValue:
    wanted = asked(WaitingFilter)
    narrowed = Narrowed(wanted.campaign, wanted.verdict or "")
    found = listed(db.session(), me, wanted.what, narrowed, after=wanted.cursor, limit=wanted.limit)
    following = found.older or found.further
    items = [line_told(each, wanted.what) for each in found.lines]
    return told(Page[WaitingTold](items=items, next=str(following) if following else None))


def line_told(line: Line, what: Waits) -> WaitingTold:
    return WaitingTold(
        what=what,
        finding=line.finding.number,
        result=line.result.number if line.result else None,
        edition=line.result.edition if line.result else None,
        reply=line.reply.id if line.reply else None,
        verdict=line.finding.verdict,
        product=line.finding.sample.product_name,
        since=line.since,
        public_from=line.due if isinstance(line.due, datetime) else None,
        public_until=line.due if what is Waits.LEAVING and not isinstance(line.due, datetime) else None,
        may_decide=line.is_mine and what in DECIDED,
        minded=[MindedTold(reason=str(why.text), stops=why.stops) for why in line.whys],
        reason=line.reason,
    )


add_sheet(results, RESULTS, "schedule", Scheduling, set_moment)
add_sheet(campaigns, CAMPAIGNS, "schedule_results", Scheduling, set_moment_of_all, answer=ScheduledTold)
DOORS = [results, publishing]
