"""When results are public: a moment that is set for one, or for all that is proposed about a campaign."""

from __future__ import annotations

from datetime import date

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import door, told
from quality.api.moves import add_sheet
from quality.api.notices import RESULTS, results
from quality.api.shapes import Moment, Sent, Told, Version, Words
from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.pages.forms.sheet import unchanged
from quality.pages.publishing import A_PAGE, SOON, schedule_of
from quality.people.access import me, needs
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.models import Result
from quality.publication.schedule import schedule, schedule_all


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
    scheduled: list[ComingTold] = Field(description=f"The first to come first, at most {A_PAGE}")
    leaving: list[LeavingTold] = Field(description=f"Within {SOON.days} days, the first first, at most {A_PAGE}")
    more: bool = Field(description="There are more than these")


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
    found = schedule_of(db.session(), me)
    coming = [
        ComingTold(
            number=each.result.number,
            edition=each.result.edition,
            not_before=each.at,
            kept_back=str(each.kept_back) if each.kept_back else None,
        )
        for each in found.coming
    ]
    leaving = [
        LeavingTold(number=each.result.number, edition=each.result.edition, public_until=each.last_day)
        for each in found.leaving
    ]
    return told(ScheduleTold(scheduled=coming, leaving=leaving, more=found.more_coming or found.more_leaving))


add_sheet(results, RESULTS, "schedule", Scheduling, set_moment)
add_sheet(campaigns, CAMPAIGNS, "schedule_results", Scheduling, set_moment_of_all, answer=ScheduledTold)
DOORS = [results, publishing]
