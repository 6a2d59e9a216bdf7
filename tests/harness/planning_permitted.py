"""What addresses of a plan, a frame and a draw answer to who sees the campaign: of tests/harness/permitted.py."""

from __future__ import annotations

from typing import Any

from quality.campaigns.models import Frame, LayerKind
from quality.campaigns.operations import layers_of
from quality.campaigns.queries import left_out
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases.covers import CoverIdentity
from quality.purchases.operations.covers import visible_covers
from quality.purchases.profiles import buyers_there
from tests.harness.ground import NEITHER, NOT_PERMITTED, NOT_THERE, Address, Ground

# the list that was drawn and what it was drawn from: the own agency's secret until closing, and not there for others
OF_THE_OWN_AGENCY = {
    "drawing.page",
    "scores.show",
    "drawing.design",
    "drawing.frame",
    "desk.drawn_list",
    "framing.left_out",
    "fielding.dispositions",
    "fielding.tasks",
    "what_ifs.page",
    "money.page",
    "exclusions.page",
    "exclusions.csv",
    "exclusions.xlsx",
    "planned.allocation",
}


def of_a_frame(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """The own agency's, for whoever reads its campaigns."""
    found = ground.session.get(Frame, values["frame"])
    if found is None or not actor.can(Can.CAMPAIGN_READ) or found.agency_id != actor.organisation_id:
        return NOT_THERE
    return NEITHER if not isinstance(access, Can) or actor.can(access) else NOT_PERMITTED


def of_a_buyer(ground: Ground, values: dict[str, Any], actor: Actor, _access: object) -> int:
    """Of the own agency, for whoever gives out its tasks."""
    theirs = {each.person.id for each in buyers_there(ground.session, actor.organisation_id)}
    if not actor.can(Can.TASK_ASSIGN) or values["buyer"] not in theirs:
        return NOT_THERE
    return NEITHER if actor.can(Can.COVER_KEEP) else NOT_PERMITTED


def of_a_cover(ground: Ground, values: dict[str, Any], actor: Actor, access: object) -> int:
    """The own agency's; a buyer's own, or anybody's."""
    asked = visible_covers(actor).where(CoverIdentity.id == values["cover"])
    if ground.session.scalars(asked).first() is None:
        return NOT_THERE
    return NEITHER if isinstance(access, Can) and actor.can(access) else NOT_PERMITTED


def of_a_campaign(ground: Ground, asked: Address, actor: Actor) -> int | None:
    """None for an address that is none of these."""
    endpoint = asked.rule.endpoint
    if endpoint == "framing.left_out" and left_out(ground.session, asked.case).file is None:
        return NOT_THERE
    if endpoint in {"exclusions.csv", "exclusions.xlsx"} and LayerKind.EXCLUSIONS not in layers_of(
        ground.session, asked.case
    ):
        return NOT_THERE
    if endpoint in OF_THE_OWN_AGENCY:
        return NEITHER if actor.stands_over(asked.case) else NOT_THERE
    return None
