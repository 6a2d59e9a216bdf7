"""A move through the engine and its commit, against the bare UPDATE and INSERT of the same rows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality import tables
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.operations import ItemPlan, plan
from quality.campaigns.workflow import RETURN, SUBMIT
from quality.core import clock
from quality.core.db import db
from quality.core.workflow import perform, record
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Membership, OrganisationKind
from quality.people.operations import add_organisation, invite_person
from quality.permissions import Role
from tests.benchmarks.measure import Row, in_turn

MOVES = 200  # a round: half there, half back


def rows(database: str) -> list[Row]:
    sessions = sessionmaker(db.engine)
    campaign, coordinator, reviewer = prepared(sessions)

    def through_the_engine() -> None:
        """Case and people at hand, as a request has them when it comes to the move; the version as it was read."""
        with sessions() as session:
            case = session.get_one(Campaign, campaign)
            there, back = (Actor.working_in(session.get_one(Membership, key)) for key in (coordinator, reviewer))
            version = case.version
            for turn in range(MOVES):
                move, by = (RETURN, back) if turn % 2 else (SUBMIT, there)
                perform(session, case, move, by=by, version=version)
                session.commit()
                version += 1

    def bare() -> None:
        """The same two rows written with SQLAlchemy Core, the values at hand."""
        table, event = tables.metadata.tables["campaign"], tables.metadata.tables["event"]
        with db.engine.connect() as connection:
            version = connection.scalar(sa.select(table.c.version).where(table.c.id == other)) or 0
        for turn in range(MOVES):
            version += 1
            status = "draft" if turn % 2 else "in_review"
            with db.engine.begin() as connection:
                connection.execute(
                    sa.update(table).where(table.c.id == other).values(version=version, digest="f" * 64, status=status)
                )
                connection.execute(
                    sa.insert(event).values(
                        at=clock.now(), actor="person:1", subject_type="bare", subject_id=other, seq=version,
                        action="submit", old_status="draft", new_status=status, details={}, digest="f" * 64,
                    )
                )  # fmt: skip

    other, _, _ = prepared(sessions)
    ours, theirs, ratio = in_turn(through_the_engine, bare, rounds=7)
    return [
        Row(
            "a move through its operation, with commit",
            "UPDATE and INSERT of the same rows, SQLAlchemy Core, one transaction",
            database,
            ours / MOVES,
            theirs / MOVES,
            ratio,
            2,
        )
    ]


def prepared(sessions: sessionmaker[Session]) -> tuple[int, int, int]:
    """A campaign that can be submitted and returned for ever, and who does it."""
    with sessions.begin() as session:
        code = f"B{session.scalar(sa.select(sa.func.count(Campaign.id)))}0"
        agency = add_organisation(session, kind=OrganisationKind.AGENCY, code=code, name="云州局", by=SYSTEM)
        people = [
            invite_person(session, email=f"{role}@{code}.example", organisation=agency, role=role, by=SYSTEM)
            for role in (Role.COORDINATOR, Role.REVIEWER)
        ]
        session.flush()
        today = clock.now().date()
        campaign = plan(
            session,
            by=Actor.working_in(session.get_one(Membership, people[0].id)),
            title="基准",
            kind=CampaignKind.RISK_TARGETED,
            basis="《产品质量法》第十五条",
            category="玩具",
            starts_on=today,
            ends_on=today,
            design={"strata": ["platform"], "allocation": {"method": "equal", "n": 1}},
            items=[ItemPlan(item="铅", limit="≤90 mg/kg")],
        )
        record(session, campaign, "set_frame", by=SYSTEM, facts={"frame_sha256": "0" * 64})
        return campaign.id, people[0].id, people[1].id
