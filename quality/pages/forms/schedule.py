"""What is asked before a result, or all of a campaign's, is approved to be public from a moment on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, url_for
from sqlalchemy.orm import Session, object_session

from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.words import _
from quality.pages.forms.fields import Form, Moment
from quality.pages.forms.sheet import Sheet, unchanged
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.models import Result
from quality.publication.schedule import Scheduled, schedule, schedule_all, waiting_in

NAMED = 5  # of those that could not be scheduled


class Scheduling(Form):
    not_before = Moment(
        _("Public from"), _("Beijing time. Before it nobody outside reads it, and nothing tells that it is there")
    )


def scheduling(_session: Session, case: Any, _me: Actor) -> Scheduling:
    tomorrow = (clock.now().astimezone(BEIJING) + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    return Scheduling(data={"not_before": getattr(case, "not_before", None) or tomorrow})


def schedule_one(session: Session, result: Result, form: Any, me: Actor, version: int) -> None:
    schedule(session, result, form.not_before.data, by=me, version=version)


def schedule_many(session: Session, campaign: Campaign, form: Any, me: Actor, version: int) -> None:
    unchanged(session, campaign, version)
    said = schedule_all(session, campaign, form.not_before.data, by=me)
    if said.refused and not said.done:
        raise said.refused[0].why
    tell(said)


def tell(said: Scheduled) -> None:
    """What could not be scheduled, by name and with the reason; and whether more wait."""
    if said.refused:
        named = "; ".join(f"{each.number}: {each.why.reason}" for each in said.refused[:NAMED])
        flash(str(_("Not scheduled: %(count)s. %(which)s", count=len(said.refused), which=named)), "info")
    if said.more:
        flash(str(_("More are proposed than can be scheduled at once: do it again for the rest")), "info")


def has_proposals(campaign: Campaign) -> bool:
    session = object_session(campaign)
    return session is not None and session.scalars(waiting_in(campaign).limit(1)).first() is not None


RESULT_SHEETS = {
    "schedule": Sheet(
        scheduling,
        schedule_one,
        _("You approve the copy as it is now. The program publishes it at the moment that you set."),
    ),
}
SCHEDULE_RESULTS = Sheet(
    scheduling,
    schedule_many,
    _("You approve every copy that is proposed about this campaign by somebody else. All are public from one moment."),
    label=_("Set the moment of publication"),
    by=Can.RESULT_APPROVE,
    is_due=has_proposals,
    may_wait=True,
    goes_on=lambda campaign, _came: url_for("desk.cases", kind="result", campaign=campaign.number, status="scheduled"),
)
