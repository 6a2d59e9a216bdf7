"""The demonstration that a first start loads: one small campaign whose cases stand in every kind of status.

Its names are invented and its pictures drawn; every row came about by the operations that pages and API call, at the
moment when it was loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality import jobs
from quality.campaigns import operations as campaigns
from quality.campaigns.frame import import_frame
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus, Drawn
from quality.campaigns.sampling import DrawRole
from quality.campaigns.workflow import APPROVE
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.config import Settings
from quality.core.events import Event
from quality.core.workflow import perform, record
from quality.demonstration import people
from quality.demonstration.papers import ask_for_papers
from quality.demonstration.script import A_STRATUM, ITEMS, NOTICES, RESERVE, SCRIPT
from quality.demonstration.stage import Stage, play, story_of
from quality.demonstration.takedowns import confirmed, dispose, drawn_of
from quality.people.actor import SYSTEM
from quality.people.models import Organisation
from quality.permissions import Role
from quality.purchases import operations as purchases
from quality.purchases.models import Task
from quality.walk import Progress
from quality.walk.campaign import draw, freeze
from quality.walk.disposal import publish
from quality.walk.kit import BASIS, Kit

LISTINGS = Path(__file__).with_name("listings.csv")
TITLE = "网售儿童玩具神秘买样抽检（演示）"
LOADED = "demonstration_loaded"  # the last event that loading writes, on the agency
PRICE_CAP = 20_000  # fen
WAIT = timedelta(seconds=3)  # from freezing to the public number; freezing rehearses the draw meanwhile


class Standing(Enum):
    """What a database holds, as far as the demonstration asks."""

    EMPTY = auto()
    BEGUN = auto()  # loading was cut short; the next load goes on
    LOADED = auto()
    OTHER = auto()  # somebody works here already


def standing(session: Session) -> Standing:
    if people.are_there(session):
        done = sa.select(Event.id).where(Event.subject_type == Organisation.__tablename__, Event.action == LOADED)
        return Standing.BEGUN if session.scalars(done.limit(1)).first() is None else Standing.LOADED
    return Standing.EMPTY if session.scalars(sa.select(Event.id).limit(1)).first() is None else Standing.OTHER


def load(sessions: sessionmaker[Session], settings: Settings, password_hash: str, progress: Progress) -> None:
    """Load the demonstration into an empty database, or go on where loading was cut short."""
    stage = Stage.of(sessions, settings)
    with sessions.begin() as session:
        if not people.are_there(session):
            people.found(session, password_hash)
    campaign = prepare(stage)
    for role in (DrawRole.MAIN, DrawRole.RESERVE):
        for task in progress.over("buy and test", tasks(stage, campaign, role)):
            play(stage, task)
    for name in progress.over("dispose", list(NOTICES)):
        dispose(stage, campaign, name)
    with sessions() as session:
        told = [finding.id for finding in confirmed(session, campaign) if story_of(drawn_of(finding)).is_published]
    for finding in progress.over("publish", told):
        publish(stage, finding)
    with sessions.begin() as session:
        ask_for_papers(stage, session)
    jobs.run_now(sessions, settings)
    with sessions.begin() as session:
        agency = people.organisation(session, people.AGENCY)
        record(session, agency, LOADED, by=SYSTEM, details={"campaign": campaign})


def prepare(stage: Kit) -> int:
    """The campaign: planned, drawn and in the field. Each move is a transaction."""
    with stage.sessions.begin() as session:
        agency = people.organisation(session, people.AGENCY)
        there = sa.select(Campaign.id).where(Campaign.agency_id == agency.id).order_by(Campaign.id).limit(1)
        key = session.scalars(there).one_or_none() or plan(stage, session).id
    moves: dict[CampaignStatus, Callable[[Session, Campaign], Any]] = {
        CampaignStatus.DRAFT: lambda s, c: frame_and_submit(stage, s, c),
        CampaignStatus.IN_REVIEW: lambda s, c: perform(s, c, APPROVE, by=stage.agency(s, Role.REVIEWER)),
        CampaignStatus.APPROVED: lambda s, c: freeze(stage, s, c, WAIT),
        CampaignStatus.FROZEN: lambda s, c: draw(stage, s, c),
        CampaignStatus.DRAWN: lambda s, c: purchases.open_field(s, c, by=stage.agency(s, Role.COORDINATOR)),
    }
    while True:
        with stage.sessions.begin() as session:
            campaign = session.get_one(Campaign, key)
            if campaign.status not in moves:
                return key
            moves[campaign.status](session, campaign)


def plan(stage: Kit, session: Session) -> Campaign:
    today = clock.now().astimezone(BEIJING).date()
    allocation = {"method": "equal", "n": A_STRATUM * len(SCRIPT), "min_per_stratum": A_STRATUM}
    return campaigns.plan(
        session,
        by=stage.agency(session, Role.COORDINATOR),
        title=TITLE,
        kind=CampaignKind.PROBABILITY,
        basis=BASIS,
        category="儿童玩具",
        starts_on=today,
        ends_on=today + timedelta(days=90),
        design={"strata": ["platform", "category"], "allocation": allocation, "reserve": RESERVE},
        items=ITEMS,
        price_cap_fen=PRICE_CAP,
    )


def frame_and_submit(stage: Kit, session: Session, campaign: Campaign) -> None:
    by, frames = stage.agency(session, Role.COORDINATOR), stage.settings.frames_folder
    campaigns.set_frame(session, campaign, import_frame(LISTINGS, frames), by=by, frames=frames)
    campaigns.submit(session, campaign, by=by)


def tasks(stage: Kit, campaign: int, role: DrawRole) -> list[int]:
    with stage.sessions() as session:
        wanted = sa.select(Task.id).join(Task.drawn).where(Task.campaign_id == campaign, Drawn.role == role)
        return list(session.scalars(wanted.order_by(Task.id)))
