"""Compares and scores big frames: nobody waits for a page while millions of rows are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.design import Design, parse_design
from quality.campaigns.models import Campaign, LayerKind
from quality.campaigns.operations import Layer, as_drawn, laid_with
from quality.campaigns.workflow import refuse_unless_draft
from quality.core import clock
from quality.core.errors import Invalid, Refused
from quality.core.words import Text, _, in_each_language
from quality.core.workflow import stale
from quality.people.actor import Actor
from quality.people.keys import who_still_works
from quality.targeting.coordination import excluding
from quality.targeting.coordination.noting import catch_up
from quality.targeting.models import LayerRequest
from quality.targeting.requests import LOST
from quality.targeting.risk import operations as risk

HASHING = "hash"
Key = tuple[int, LayerKind]  # of a campaign, what is laid over its frame


class Work(NamedTuple):
    """`prepared` reads the database, and gives what reads files without it; `lay` records the layer, and may make
    the design `redesigned`. `beforehand` has a transaction of its own."""

    prepared: Callable[[Session, Campaign, Mapping[str, Any], Actor, Path], Callable[[], Layer]]
    lay: Callable[..., None]
    beforehand: Callable[[Session], None] | None = None
    redesigned: Callable[[Design, Layer], Design] | None = None


WORKS = {
    LayerKind.EXCLUSIONS: Work(excluding.prepared, excluding.lay, beforehand=catch_up),
    LayerKind.SCORES: Work(risk.prepared, risk.lay, redesigned=risk.redesigned),
}


def lay_over_big_frames(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """How many were worked on. Of two processes one takes a frame; what is refused is kept for whoever asked."""
    asked = sa.select(LayerRequest.campaign_id, LayerRequest.kind).where(LayerRequest.problem.is_(None), is_free(now))
    with sessions() as session:
        waiting = session.execute(asked.order_by(LayerRequest.asked_at)).all()
    return sum(_take(sessions, frames, campaign_id, kind, now) for campaign_id, kind in waiting)


def is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(LayerRequest.taken_at.is_(None), LayerRequest.taken_at < now - LOST)


def _take(sessions: sessionmaker[Session], frames: Path, campaign_id: int, kind: LayerKind, now: datetime) -> bool:
    key = campaign_id, kind
    if not _change(sessions, key, is_free(now), taken_at=clock.now(), step=kind.value):
        return False
    try:
        work_out(sessions, frames, key)
    except Invalid as wrong:
        _fail(sessions, key, wrong.problems[0].text)
    except Refused as no:
        _fail(sessions, key, no.reason)
    return True


def work_out(sessions: sessionmaker[Session], frames: Path, key: Key) -> None:
    """The slow part reads files with no transaction open; that nothing was changed meanwhile is asked at its end."""
    work = WORKS[key[1]]
    if work.beforehand:
        with sessions.begin() as session:
            work.beforehand(session)
    with sessions() as session:
        told, campaign, by = _asked(session, key)
        kind, made = told.kind, work.prepared(session, campaign, told.wish, by, frames)
        session.expunge_all()
    layer = made()
    _change(sessions, key, sa.true(), step=HASHING)
    with sessions() as session:
        laid = laid_with(session, campaign, kind, layer)
    as_drawn(campaign, laid, frames)
    if work.redesigned:
        as_drawn(campaign, laid, frames, work.redesigned(parse_design(campaign.design), layer))
    with sessions.begin() as session:
        told, campaign, by = _asked(session, key)
        work.lay(session, campaign, layer, by=by, frames=frames, version=told.version)
        session.delete(told)


def _asked(session: Session, key: Key) -> tuple[LayerRequest, Campaign, Actor]:
    told, campaign = session.get_one(LayerRequest, key), session.get_one(Campaign, key[0])
    by = who_still_works(session, told.asked_by_id, campaign.agency_id, told.role, told.via)
    if by is None:
        raise Refused("asker_left", _("Whoever asked for this does not work here any more; ask for it anew"))
    refuse_unless_draft(campaign)
    if campaign.version != told.version:
        raise stale(session, campaign, told.version)
    return told, campaign, by


def _fail(sessions: sessionmaker[Session], key: Key, why: Text) -> None:
    _change(sessions, key, sa.true(), problem=in_each_language(why))


def _change(sessions: sessionmaker[Session], key: Key, provided: Any, **facts: Any) -> bool:
    is_it = (LayerRequest.campaign_id == key[0]) & (LayerRequest.kind == key[1])
    changed = sa.update(LayerRequest).where(is_it, provided).values(**facts)
    with sessions.begin() as session:
        done = session.scalars(changed.returning(LayerRequest.campaign_id).execution_options(synchronize_session=False))
        return done.one_or_none() is not None
