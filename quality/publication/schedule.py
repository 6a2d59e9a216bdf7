"""Publication at a moment that was set: approved now, public then and not a moment before (embargo)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused, Stale
from quality.core.words import _
from quality.core.workflow import perform
from quality.lab.models import Finding, FindingStatus
from quality.notices.permit import permit
from quality.objections.models import Objection
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.closing import OPEN_OBJECTIONS
from quality.publication.models import Result, ResultStatus
from quality.publication.operations import appear
from quality.publication.workflow import GIVE_WAY, HOLD_BACK, RELEASE, SCHEDULE
from quality.purchases.models import Sample, Task

FURTHEST = timedelta(days=366)  # a later moment is a slip of the finger
AT_ONCE = 500  # of one campaign


class NotScheduled(NamedTuple):
    number: str
    why: Refused


class Scheduled(NamedTuple):
    """What came of many at once: the numbers that are set, those that are not, and whether more wait."""

    done: list[str]
    refused: list[NotScheduled]
    more: bool


def schedule(session: Session, result: Result, not_before: datetime, *, by: Actor, version: int | None = None) -> None:
    """Approve the copy now, to be public from `not_before` on; or set another moment for one that waits for its own."""
    permit(by, Can.RESULT_APPROVE, result)
    refuse_a_strange_moment(not_before)
    details = {"not_before": not_before} | ({"before": result.not_before} if result.not_before else {})
    perform(session, result, SCHEDULE, by=by, version=version, facts={"not_before": not_before}, details=details)


def refuse_a_strange_moment(not_before: datetime) -> None:
    now = clock.now()
    if not_before <= now:
        text = _("This moment is past; set one that is still to come, or publish now")
        raise Invalid(FieldProblem("not_before", "in_the_past", text))
    if not_before > now + FURTHEST:
        text = _("Set a moment within the next %(days)s days", days=FURTHEST.days)
        raise Invalid(FieldProblem("not_before", "too_far", text))


def hold_back(session: Session, result: Result, reason: str, *, by: Actor, version: int | None = None) -> None:
    """Off the schedule: a proposal again, which somebody has yet to approve."""
    facts = {"not_before": None, "approved_by_id": None}
    perform(session, result, HOLD_BACK, by=by, version=version, note=reason, facts=facts)


def release(session: Session, result: Result, *, by: Actor) -> None:
    """Its moment has come: what was approved is public, unless something stands in the way by now."""
    appear(session, result, RELEASE, GIVE_WAY, by=by)


def due(now: datetime) -> sa.Select[int]:
    """Ids of those whose moment has come and that nothing holds back, the earliest first."""
    contested = sa.select(Objection.id).where(
        Objection.finding_id == Result.finding_id, Objection.status.in_(OPEN_OBJECTIONS)
    )
    return (
        sa.select(Result.id)
        .join(Result.finding)
        .where(Result.status == ResultStatus.SCHEDULED, Result.not_before <= now)
        .where(Finding.status == FindingStatus.CONFIRMED, ~contested.exists())
        .order_by(Result.not_before, Result.id)
    )


def waiting_in(campaign: Campaign) -> sa.Select[Result]:
    """What is proposed about the samples of a campaign, and has no moment yet."""
    of = sa.select(Result).join(Result.finding).join(Finding.sample).join(Sample.task)
    return of.where(Task.campaign_id == campaign.id, Result.status == ResultStatus.PROPOSED).order_by(Result.id)


def schedule_all(session: Session, campaign: Campaign, not_before: datetime, *, by: Actor) -> Scheduled:
    """One moment for all that is proposed about a campaign. What cannot be approved keeps nothing else back."""
    permit(by, Can.RESULT_APPROVE, campaign)
    refuse_a_strange_moment(not_before)
    found = session.scalars(waiting_in(campaign).limit(AT_ONCE + 1)).all()
    done, refused = [], []
    for result, number, version in [(each, each.number, each.version) for each in found[:AT_ONCE]]:
        try:
            with session.begin_nested():
                schedule(session, result, not_before, by=by, version=version)  # who else had the same thought
        except (Refused, Stale) as no:
            refused.append(NotScheduled(number, no))
        else:
            done.append(number)
    return Scheduled(done, refused, len(found) > AT_ONCE)
