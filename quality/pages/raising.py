"""The price caps of a campaign that were raised since it was frozen, or are to be: who asked, why, what they cost."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns import operations
from quality.campaigns.models import Campaign, CapRaise, CapRaiseStatus
from quality.campaigns.workflow import GRANT, REFUSE, TAKE_BACK
from quality.core.words import Text, _
from quality.core.workflow import name_of
from quality.pages.kinds.shape import Made
from quality.pages.moments import yuan
from quality.pages.timeline import name_for
from quality.people.actor import Actor
from quality.statistics.money import in_all, money


class Line(NamedTuple):
    raised: CapRaise
    stratum: str
    asked_by: Text
    decided_by: Text | None


class Shown(NamedTuple):
    """`more` is by how much what is committed grows if all that is asked for is granted, in fen; None: nothing is."""

    lines: list[Line]
    more: int | None


def shown(session: Session, campaign: Campaign, me: Actor) -> Shown:
    """The newest first."""
    lines = [
        Line(
            each,
            operations.of_which(each),
            name_for(session, each.asked_by_id, me),
            name_for(session, each.decided_by_id, me) if each.decided_by_id else None,
        )
        for each in reversed(campaign.cap_raises)
    ]
    return Shown(lines, committed_more(session, campaign))


def committed_more(session: Session, campaign: Campaign) -> int | None:
    asked = [each for each in campaign.cap_raises if each.status is CapRaiseStatus.ASKED]
    if not asked or campaign.drawn_at is None:
        return None
    then = campaign.raised_caps
    for each in asked:
        then[each.stratum] = max(each.cap_fen, then.get(each.stratum, 0))
    return in_all(money(session, campaign, then)).committed - in_all(money(session, campaign)).committed


def names(campaign: Campaign) -> dict[str, Text]:
    return {name_of(each): operations.of_which(each) for each in campaign.cap_raises}


def in_words(campaign: Campaign) -> Text:
    """Beside the plan's cap: what was granted since."""
    raised = dict(campaign.raised_caps)
    everywhere, some = raised.pop("", None), len(raised)
    if everywhere is None and not some:
        return ""
    if everywhere is None:
        return _("raised in strata: %(count)s", count=some)
    if not some:
        return _("raised to %(cap)s", cap=yuan(everywhere))
    return _("raised to %(cap)s, and in some strata by itself", cap=yuan(everywhere))


def grant(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    operations.grant_cap(session, asked, by=by, version=version, note=note)


def refuse(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    operations.refuse_cap(session, asked, note, by=by, version=version)


def take_back(session: Session, asked: Any, by: Actor, version: int, note: str) -> None:
    operations.take_cap_back(session, asked, by=by, version=version, note=note)


CAP_MAKES = {
    GRANT.name: Made(grant),
    REFUSE.name: Made(refuse, _("Why it is refused"), must=True),
    TAKE_BACK.name: Made(take_back),
}
