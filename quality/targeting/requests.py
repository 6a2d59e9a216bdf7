"""Asking for a layer over a frame that is too big to be read while somebody waits for a page (jobs.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, LayerKind
from quality.core import clock
from quality.core.errors import NotPermitted, Refused
from quality.core.words import _
from quality.people.actor import Actor
from quality.permissions import Can
from quality.targeting.models import LayerRequest

SOON = 200_000  # listings that are read in a second or two
LOST = timedelta(minutes=15)  # after which nobody works on what was taken any more


def is_big(campaign: Campaign) -> bool:
    return (campaign.frame_rows or 0) > SOON


def request_of(session: Session, campaign: Campaign, kind: LayerKind) -> LayerRequest | None:
    """What waits, or could not be done."""
    return session.get(LayerRequest, (campaign.id, kind))


def leave_to_the_job(
    session: Session, campaign: Campaign, kind: LayerKind, wish: Mapping[str, Any], *, by: Actor, version: int
) -> None:
    """In the name of `by`, of the campaign in this version. As long as nobody has taken it, the later wish counts."""
    asked = sa.select(LayerRequest).where(LayerRequest.campaign_id == campaign.id).with_for_update()
    there = {each.kind: each for each in session.scalars(asked)}
    for each in there.values():
        is_taken = each.taken_at and each.taken_at + LOST > clock.now()
        if not each.problem and (is_taken or each.kind is not kind):
            raise Refused("in_progress", _("It is being worked out already; wait for it to end"))
    if by.id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.CAMPAIGN_PLAN))
    if kind in there:
        session.delete(there[kind])
        session.flush()
    session.add(
        LayerRequest(
            campaign_id=campaign.id,
            kind=kind,
            asked_by_id=by.id,
            role=by.role,
            via=by.via,
            asked_at=clock.now(),
            version=version,
            wish=dict(wish),
        )
    )
    session.flush()
