"""What a check may look at, and how one is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.core.db import Base
from quality.core.events import Event
from quality.core.workflow import Case, Part
from quality.evidence.vault import Vault, vault_from
from tests.storm.journal import Journal
from tests.storm.receivers import System


@dataclass
class Place:
    """A database and its files, as a storm or a test left them, and what people outside remember."""

    session: Session
    settings: Settings
    now: datetime  # of the program
    journal: Journal = field(default_factory=Journal)
    systems: Sequence[System] = ()
    troubles: Sequence[tuple[datetime, datetime]] = ()  # when there was a fault, by the program's clock

    @property
    def vault(self) -> Vault:
        return vault_from(self.settings.evidence_url)

    @property
    def vault_folder(self) -> Path | None:
        """None where it is no folder."""
        url = self.settings.evidence_url
        return Path(url.removeprefix("file://")) if url.startswith("file://") else None

    @cached_property
    def events(self) -> Sequence[Any]:
        """The whole record, each subject's in its order."""
        wanted = sa.select(
            Event.id, Event.at, Event.actor, Event.subject_type, Event.subject_id, Event.seq, Event.part,
            Event.action, Event.old_status, Event.new_status,
        )  # fmt: skip
        return self.session.execute(wanted.order_by(Event.subject_type, Event.subject_id, Event.seq)).all()

    @cached_property
    def statuses(self) -> Sequence[Any]:
        """Where every case and every part stands, as (table, id, status): asked once for all who judge by it."""
        return self.session.execute(where_all_stand()).all()


@cache
def where_all_stand() -> sa.CompoundSelect[Any]:
    """In one question: there are some thirty tables, and a play of the loop asks after each deed."""
    models = [mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Case | Part)]
    asked = [
        sa.select(
            sa.literal_column(f"'{model.__tablename__}'", sa.String), model.id, sa.type_coerce(model.status, sa.String)
        )
        for model in models
    ]
    return sa.union_all(*asked)


class Check(NamedTuple):
    """`find` names the offenders; nobody: it holds."""

    says: str
    find: Callable[[Place], list[str]]


class Judged(NamedTuple):
    says: str
    offenders: list[str]
    looked_at: int | None = None
