"""What an editor may know of subscribers: numbers, of the installation's subscribers and of whom news would reach."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.queries import visible_to as campaigns_visible_to
from quality.core import clock
from quality.core.words import Text, _
from quality.lab.models import Finding
from quality.pages.subscribing import RHYTHMS, TELLS
from quality.pages.words import word
from quality.people.actor import Actor
from quality.publication.models import Result, ResultStatus
from quality.publication.queries import visible_to
from quality.subscriptions.models import Rhythm
from quality.subscriptions.queries import Many, Standing, standing, would_announce, would_tell
from quality.web import settings

A_FEW = 20


class Reached(NamedTuple):
    """What is about to be public, and how many are told of it, by how often they are."""

    number: str
    kind: str  # of the case, for its address
    name: str
    state: Text
    told: list[int]  # in the order of RHYTHMS

    @property
    def all(self) -> int:
        return sum(self.told)


class Panel(NamedTuple):
    """`is_sent`: whether this installation has a mail server."""

    is_sent: bool
    found: Standing
    rows: list[tuple[Text, int]]
    results: list[Reached]  # the last that were proposed, and those that wait for their moment
    campaigns: list[Reached]  # that are under way


def panel_of(session: Session, me: Actor) -> Panel:
    found, now = standing(session), clock.now()
    rows = [
        *((said, found.by_rhythm.get(each, 0)) for each, said in RHYTHMS.items()),
        *((said, found.by_tells.get(each, 0)) for each, said in TELLS.items()),
        (_("Asked, not confirmed yet"), found.unconfirmed),
        (_("Mails under way"), found.waiting),
        (_("Tried in vain, to be tried again"), found.failing),
        (_("Mailboxes that refused the last mail"), found.refused),
    ]
    if not found.confirmed:
        return Panel(settings().sends_mail, found, rows, [], [])
    results = [reached_by(session, each, now) for each in offered(session, me)]
    campaigns = [announced_to(session, each) for each in under_way(session, me)]
    return Panel(settings().sends_mail, found, rows, results, campaigns)


def offered(session: Session, me: Actor) -> list[Result]:
    waiting = visible_to(me).where(Result.status.in_((ResultStatus.PROPOSED, ResultStatus.SCHEDULED)))
    shown = waiting.options(joinedload(Result.finding).joinedload(Finding.sample))
    return list(session.scalars(shown.order_by(Result.id.desc()).limit(A_FEW)))


def under_way(session: Session, me: Actor) -> list[Campaign]:
    open_ones = campaigns_visible_to(me).where(Campaign.status == CampaignStatus.IN_FIELD)
    return list(session.scalars(open_ones.order_by(Campaign.id.desc()).limit(A_FEW)))


def reached_by(session: Session, result: Result, now: datetime) -> Reached:
    """Of one that waits for its moment as of that moment."""
    told = would_tell(session, result, result.not_before or now)
    name = result.finding.sample.product_name
    return Reached(result.number, "result", name, word("finding_verdict", result.copy["verdict"]), in_order(told))


def announced_to(session: Session, campaign: Campaign) -> Reached:
    assert campaign.number, "what is in the field has one"
    told = would_announce(session, campaign)
    return Reached(campaign.number, "campaign", campaign.title, "", in_order(told))


def in_order(told: Many) -> list[int]:
    return [told.get(each, 0) for each in Rhythm]
