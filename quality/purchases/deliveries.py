"""Where a parcel is on its way, as its buyer or a coordinator wrote it down: one state after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from quality.core.db import Base


class DeliveryState(StrEnum):
    HANDED_OVER = "handed_over"  # by the seller to the courier
    IN_TRANSIT = "in_transit"
    AT_PICKUP = "at_pickup"  # it waits where it can be fetched
    DELIVERED = "delivered"  # as the courier says; that it is here, its buyer records
    REFUSED = "refused"  # by whoever should have taken it
    LOST = "lost"


H, T, P, D, R, L = DeliveryState
FOLLOWS: Mapping[DeliveryState | None, frozenset[DeliveryState]] = {
    None: frozenset(DeliveryState),
    H: frozenset({T, P, D, R, L}),
    T: frozenset({P, D, R, L}),
    P: frozenset({T, D, R, L}),  # not fetched in time, it travels on
    D: frozenset({L}),  # said to be delivered, and nobody has it
    R: frozenset({T, L}),
    L: frozenset({T, P, D}),  # found again
}


class DeliveryNote(Base):
    """One state of one parcel: since when, and who wrote it down. Nothing in it says where its buyer is."""

    __tablename__ = "delivery_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"), index=True)
    state: Mapped[DeliveryState]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    noted_at: Mapped[datetime]


def states_of(session: Session, task_id: int) -> Sequence[DeliveryNote]:
    """The oldest first."""
    asked = sa.select(DeliveryNote).where(DeliveryNote.task_id == task_id)
    return session.scalars(asked.order_by(DeliveryNote.id)).all()
