"""Verifying a record of 1,000,000 events, against reading the same rows and hashing them."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.events import FIRST, digest_of
from quality.core.record import verify
from quality.core.roots import AT_ONCE
from quality.tables import metadata
from tests.benchmarks.measure import Row, in_turn

SUBJECTS, EACH = 100_000, 10
FIRST_ID = 1_000_000  # above what a sequence will give


def rows(database: str, roots: Path) -> list[Row]:
    fill()
    total = SUBJECTS * EACH

    def ours() -> None:
        with Session(db.engine) as session:
            seen = verify(session, roots)
        assert seen.broken is None, seen
        assert seen.events >= total

    def bare() -> None:
        """Nothing is decoded that a hash does not need: `details` stays the text that it is."""
        event = metadata.tables["event"]
        columns = [sa.type_coerce(c, sa.Text) if c.name == "details" else c for c in event.c]
        query = sa.select(*columns).order_by(event.c.subject_type, event.c.subject_id, event.c.seq)
        with db.engine.connect() as connection:
            for row in connection.execute(query, execution_options={"yield_per": AT_ONCE}):
                hashlib.sha256("|".join(map(str, row)).encode()).digest()

    seconds, theirs, ratio = in_turn(ours, bare, rounds=3)
    what = f"verifying {total:,} events: chains, heads, statuses, notes"
    return [Row(what, "reading the same rows, one sha256 a row", database, seconds, theirs, ratio, 3)]


def fill() -> None:
    """People with ten events each, written in bulk, every chain as the product would have made it."""
    moment = clock.now()
    at, details, token = rfc3339(moment), '{"organisation":"1","role":"coordinator"}', secrets.token_hex(4)
    with db.engine.begin() as connection:
        for first in range(FIRST_ID, FIRST_ID + SUBJECTS, 10_000):
            people, events = [], []
            for key in range(first, first + 10_000):
                digest = FIRST
                for seq in range(1, EACH + 1):
                    row: dict[str, Any] = {
                        "actor": "person:1", "subject_type": "person", "subject_id": key, "seq": seq, "part": None,
                        "action": "create" if seq == 1 else "invite", "old_status": None, "new_status": None,
                        "note_digest": None,
                    }  # fmt: skip
                    digest = digest_of(digest, at=at, details=details, **row)
                    events.append(
                        row | {"at": moment, "details": {"organisation": 1, "role": "coordinator"}, "digest": digest}
                    )
                people.append(
                    {"id": key, "version": EACH, "digest": digest, "email": f"{key}.{token}@x.example", "name": "某",
                     "fs_uniquifier": f"{key}.{token}", "active": True, "created_at": moment}
                )  # fmt: skip
            connection.execute(sa.insert(metadata.tables["person"]), people)
            connection.execute(sa.insert(metadata.tables["event"]), events)
