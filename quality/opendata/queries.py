"""What is offered, the newest first, and one file of it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.core.errors import NotFound
from quality.opendata.models import Dump, DumpFile, DumpFormat


def all_dumps(session: Session) -> Sequence[Dump]:
    """Also those that were taken away: their line says so. As many as there are days, twice."""
    whole = sa.select(Dump).where(Dump.made_at.is_not(None)).options(selectinload(Dump.files))
    return session.scalars(whole.order_by(Dump.day.desc(), Dump.kind.desc(), Dump.id.desc())).all()


def file_called(session: Session, sha256: str, kind: DumpFormat) -> tuple[Dump, DumpFile]:
    """One that is offered, if there is one with these bytes; else one that was taken away. `NotFound`."""
    asked = sa.select(Dump, DumpFile).join(DumpFile, DumpFile.dump_id == Dump.id)
    asked = asked.where(DumpFile.sha256 == sha256, DumpFile.format == kind)
    row = session.execute(asked.order_by(DumpFile.kept.is_(None), Dump.id.desc()).limit(1)).first()
    if row is None:
        raise NotFound(sha256[:16])
    return row[0], row[1]
