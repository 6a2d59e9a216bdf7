"""Notes what was sampled, and compares big frames with it: nobody waits for a page while millions of rows are read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign
from quality.campaigns.operations import as_drawn, laid_with, set_layer
from quality.core import clock
from quality.core.errors import Invalid, Refused
from quality.core.words import Text, _, in_each_language
from quality.people.keys import who_still_works
from quality.targeting.coordination.excluding import (
    EXCLUSIONS,
    LOST,
    Asked,
    earlier_of,
    frame_of,
    layer_of,
    wish_of,
)
from quality.targeting.coordination.models import Comparison
from quality.targeting.coordination.noting import catch_up, note_what_was_sampled
from quality.targeting.coordination.repeats import left_out
from quality.targeting.coordination.rules import Reason

__all__ = ["compare_big_frames", "note_what_was_sampled"]


def compare_big_frames(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """How many were compared. Of two processes one takes a frame; what is refused is kept for whoever asked."""
    with sessions() as session:
        free = sa.or_(Comparison.taken_at.is_(None), Comparison.taken_at < now - LOST)
        waiting = session.scalars(
            sa.select(Comparison.campaign_id).where(Comparison.problem.is_(None), free).order_by(Comparison.asked_at)
        ).all()
    return sum(_compare(sessions, frames, campaign_id, now) for campaign_id in waiting)


def _compare(sessions: sessionmaker[Session], frames: Path, campaign_id: int, now: datetime) -> bool:
    if not _change(sessions, campaign_id, sa.or_(Comparison.taken_at.is_(None), Comparison.taken_at < now - LOST),
                   taken_at=clock.now(), step="compare"):  # fmt: skip
        return False
    try:
        work_out(sessions, frames, campaign_id)
    except Invalid as wrong:
        _fail(sessions, campaign_id, wrong.problems[0].text)
    except Refused as no:
        _fail(sessions, campaign_id, no.reason)
    return True


def work_out(sessions: sessionmaker[Session], frames: Path, campaign_id: int) -> None:
    """The slow part reads files with no transaction open; that nothing was changed meanwhile is asked at its end."""
    with sessions.begin() as session:
        catch_up(session)
    with sessions() as session:
        told = session.get_one(Comparison, campaign_id)
        campaign = session.get_one(Campaign, campaign_id)
        asked = asked_of(told.wish)
        at, wish = clock.now(), wish_of(session, campaign, asked)
        earlier, version = list(earlier_of(session, campaign, asked, wish)), told.version
        session.expunge_all()
    layer = layer_of(left_out(frame_of(campaign, frames), earlier, wish), wish, asked, at)
    _change(sessions, campaign_id, sa.true(), step="hash")
    with sessions() as session:
        laid = laid_with(session, campaign, EXCLUSIONS, layer)
    as_drawn(campaign, laid, frames)
    with sessions.begin() as session:
        told = session.get_one(Comparison, campaign_id)
        campaign = session.get_one(Campaign, campaign_id)
        by = who_still_works(session, told.asked_by_id, campaign.agency_id, told.role, told.via)
        if by is None:
            raise Refused("asker_left", _("Whoever asked for this does not work here any more; ask for it anew"))
        set_layer(session, campaign, EXCLUSIONS, layer, by=by, frames=frames, version=version, note=asked.note)
        session.delete(told)


def asked_of(wish: dict[str, Any]) -> Asked:
    return Asked(tuple(map(Reason, wish["rules"])), tuple(wish["campaigns"]), wish["note"])


def _fail(sessions: sessionmaker[Session], campaign_id: int, why: Text) -> None:
    _change(sessions, campaign_id, sa.true(), problem=in_each_language(why))


def _change(sessions: sessionmaker[Session], campaign_id: int, provided: Any, **facts: Any) -> bool:
    changed = sa.update(Comparison).where(Comparison.campaign_id == campaign_id, provided).values(**facts)
    with sessions.begin() as session:
        done = session.scalars(changed.returning(Comparison.campaign_id).execution_options(synchronize_session=False))
        return done.one_or_none() is not None
