"""How a file came: what its sender said of it, and what the server read in it. Kept once for each sender of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.clamd import Outcome
from quality.evidence.findings import Facts
from quality.evidence.models import Arrival, EvidenceKind, Holding
from quality.evidence.said import Said
from quality.evidence.traits import Traits, kept, read_back


def require_the_same(said: Said, sha256: str) -> None:
    """`Invalid` where other bytes came than those that were there when the phone counted them."""
    if said.sha256 is not None and said.sha256 != sha256:
        text = _("This file changed while it was sent: other bytes came than were announced. Choose it again")
        raise Invalid(FieldProblem("file", "changed_on_the_way", text))


class Came(NamedTuple):
    at: datetime
    by_id: int | None  # None: a program of the organisation
    said: Said
    traits: Traits


def note_arrival(session: Session, holding: Holding, came: Came) -> None:
    """The first time that this sender sent it counts: what was said then is never written over."""
    row = {
        "holding_id": holding.id,
        "sent_by_id": came.by_id,
        "at": came.at,
        "said_sha256": came.said.sha256,
        "said_taken_at": came.said.taken_at,
        "phone_now": came.said.phone_now,
        "zone_minutes": came.said.zone_minutes,
        "source": came.said.source,
        "found": kept(came.traits),
    }
    session.connection().execute(insert_into(session, Arrival.__table__).on_conflict_do_nothing(), row)


def has_arrived(session: Session, holding: Holding, by_id: int | None) -> bool:
    asked = sa.select(Arrival.id).where(Arrival.holding_id == holding.id, Arrival.sent_by_id == by_id)
    return session.scalars(asked).first() is not None


def arrivals_of(session: Session, holdings: Collection[int]) -> dict[int, Arrival]:
    """By the ids of their holdings, each as it came first. What was held before arrivals were kept has none."""
    asked = sa.select(Arrival).where(Arrival.holding_id.in_(holdings)).order_by(Arrival.id.desc())
    return {each.holding_id: each for each in session.scalars(asked)} if holdings else {}


def facts_of(arrival: Arrival, media_type: str, kind: EvidenceKind, scan: Outcome | None) -> Facts:
    """What is to be laid beside each other of a file that proves something of this kind."""
    said = Said(arrival.said_sha256, arrival.said_taken_at, arrival.phone_now, arrival.zone_minutes, arrival.source)
    return Facts(kind, media_type, arrival.at, said, read_back(arrival.found), scan)
