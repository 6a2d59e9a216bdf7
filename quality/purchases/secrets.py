"""The buyer's protected identity, as it is kept: encrypted, and found by equality alone."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base

KEPT_OPEN = "withheld"  # in a session: what purchases/withheld.py has opened of them, for comparing


class TaskSecret(Base):
    """What would lead a platform to the buyer. `value` is encrypted; equality is asked of `blind_index` only."""

    __tablename__ = "task_secret"
    __table_args__ = (
        sa.UniqueConstraint("task_id", "kind"),
        sa.Index(None, "kind", "blind_index"),
        sa.Index("ux_task_secret_only_in", "only_in", "kind", "blind_index", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(sa.ForeignKey("task.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))  # order_number, paid_at, delivery_number, account …
    value: Mapped[str] = mapped_column(sa.Text)
    blind_index: Mapped[str] = mapped_column(sa.String(64))
    only_in: Mapped[str | None] = mapped_column(sa.String(32))  # "agency:platform" in which no other has this value
