"""How a file came: what its sender said of it, and what the server read in it. Kept once for each sender of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.models import Arrival, Holding
from quality.evidence.said import Said


def require_the_same(said: Said, sha256: str) -> None:
    """`Invalid` where other bytes came than those that were there when the phone counted them."""
    if said.sha256 is not None and said.sha256 != sha256:
        text = _("This file changed while it was sent: other bytes came than were announced. Choose it again")
        raise Invalid(FieldProblem("file", "changed_on_the_way", text))


def note_arrival(session: Session, holding: Holding, said: Said, found: dict[str, Any], by_id: int | None) -> None:
    """The first time that this sender sent it counts: what was said then is never written over."""
    row = {
        "holding_id": holding.id,
        "sent_by_id": by_id,
        "at": clock.now(),
        "said_sha256": said.sha256,
        "said_taken_at": said.taken_at,
        "phone_now": said.phone_now,
        "zone_minutes": said.zone_minutes,
        "source": said.source,
        "found": found,
    }
    session.connection().execute(insert_into(session, Arrival.__table__).on_conflict_do_nothing(), row)


def has_arrived(session: Session, holding: Holding, by_id: int | None) -> bool:
    asked = sa.select(Arrival.id).where(Arrival.holding_id == holding.id, Arrival.sent_by_id == by_id)
    return session.scalars(asked).first() is not None


def arrival_of(session: Session, holding: Holding) -> Arrival | None:
    """As it came first."""
    asked = sa.select(Arrival).where(Arrival.holding_id == holding.id).order_by(Arrival.id).limit(1)
    return session.scalars(asked).first()
