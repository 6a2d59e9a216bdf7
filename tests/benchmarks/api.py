"""A move by API and its commit, against an empty address behind the same door and the bare rows of the move."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, sessionmaker

from quality import tables
from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Changed, JustAMove
from quality.campaigns.models import Campaign
from quality.core import clock
from quality.core.db import db
from quality.people import keys
from quality.people.access import acting
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.benchmarks.measure import Row, in_turn
from tests.benchmarks.moves import prepared

MOVES = 100  # a round: half there, half back
NOTHING = Changed(number="", status="", version=0)


def add_an_empty_address(app: Flask) -> None:
    """It takes the same body, and does nothing with it."""
    made = door("empty", tag="empty")

    @made.post("/empty", summary="Nothing")
    @once
    @acting
    @takes(body=JustAMove)
    def empty() -> ResponseReturnValue:
        sent(JustAMove)
        return told(NOTHING)

    app.register_blueprint(made)


def rows(app: Flask, database: str) -> list[Row]:
    sessions = sessionmaker(db.engine)
    campaign, coordinator, reviewer = prepared(sessions)
    other, _, _ = prepared(sessions)
    client, version = FlaskClient(app), 2
    there, back = (bearer(sessions, each) for each in (coordinator, reviewer))
    with sessions() as session:
        number = session.get_one(Campaign, campaign).number

    def ask(address: str, seen: int, turn: int) -> None:
        answer = client.post(f"/api/v1/{address}", json={"version": seen}, headers=back if turn % 2 else there)
        assert answer.status_code == 200, answer.text

    def through_the_api() -> None:
        nonlocal version
        for turn in range(MOVES):
            ask(f"campaigns/{number}/{'return' if turn % 2 else 'submit'}", version, turn)
            version += 1

    def bare() -> None:
        """The rows that a submission and a return write, with SQLAlchemy Core, behind an empty address each."""
        table, event, kept = (tables.metadata.tables[name] for name in ("campaign", "event", "campaign_version"))
        with db.engine.connect() as connection:
            seen = connection.scalar(sa.select(table.c.version).where(table.c.id == other)) or 0
        for turn in range(MOVES):
            ask("empty", seen, turn)
            seen += 1
            status = "draft" if turn % 2 else "in_review"
            with db.engine.begin() as connection:
                connection.execute(
                    sa.update(table).where(table.c.id == other).values(version=seen, digest="f" * 64, status=status)
                )
                connection.execute(
                    sa.insert(event).values(
                        at=clock.now(), actor="person:1 via key:1", subject_type="bare", subject_id=other, seq=seen,
                        action="submit", old_status="draft", new_status=status, details={}, digest="f" * 64,
                    )
                )  # fmt: skip
                if not turn % 2:
                    connection.execute(
                        sa.insert(kept).values(campaign_id=other, edition=seen, plan={}, submitted_at=clock.now())
                    )

    ours, theirs, ratio = in_turn(through_the_api, bare, rounds=7)
    what, floor = "a move by API, with commit", "an empty address behind the same door, and the bare rows of the move"
    return [Row(what, floor, database, ours / MOVES, theirs / MOVES, ratio, 2)]


def bearer(sessions: sessionmaker[Session], membership: int) -> dict[str, str]:
    with sessions.begin() as session:
        found = session.get_one(Membership, membership)
        _key, secret = keys.make(session, found, name="基准", by=Actor.working_in(found))
    return {"Authorization": f"Bearer {secret}"}
