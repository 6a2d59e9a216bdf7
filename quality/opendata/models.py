"""A dump is one table of one moment; its files are the same rows in each format."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.evidence.models import IN_VAULT
from quality.publication.epoch import shows

OFFERED = sa.text("ended_at IS NULL")


class DumpKind(StrEnum):
    COMPLETE = "complete"
    CHANGES = "changes"  # since the dump of an earlier day


class DumpTable(StrEnum):
    """What a file holds a row of; the number and edition of the result stand in each."""

    RESULTS = "results"
    ITEMS = "items"  # tested items with their values, of the results in force
    REPLIES = "replies"  # what parties say to them, in their own words


class DumpFormat(StrEnum):
    CSV = "csv"
    CSV_GZ = "csv.gz"  # the same bytes, compressed
    JSON_LINES = "jsonl"
    JSON_LINES_GZ = "jsonl.gz"
    PARQUET = "parquet"


class Dump(Base):
    """Its row is the claim of who makes it, too: of two processes one gets it. Without `made_at` it is not whole."""

    __tablename__ = "open_data"
    __table_args__ = (partial_index("uq_open_data_offered", "day", "kind", unique=True, where=OFFERED),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]  # in Beijing
    kind: Mapped[DumpKind]
    since: Mapped[datetime | None]  # changes: what happened after it, up to `until`
    until: Mapped[datetime]
    claimed_at: Mapped[datetime]
    made_at: Mapped[datetime | None]  # the moment that it shows
    rows: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)  # of what it holds, so many were taken from the public already
    layout: Mapped[str] = mapped_column(
        sa.String(16), default=""
    )  # a hash of what its columns are, and the site's name
    ended_at: Mapped[datetime | None]  # it holds copies that were taken from the public since

    files: Mapped[list[DumpFile]] = relationship(
        order_by="(DumpFile.table.desc(), DumpFile.format)", cascade="all, delete-orphan"
    )


class DumpFile(Base):
    """No row of it is ever changed but that its bytes are let go."""

    __tablename__ = "open_data_file"

    dump_id: Mapped[int] = mapped_column(sa.ForeignKey("open_data.id"), primary_key=True, autoincrement=False)
    table: Mapped[DumpTable] = mapped_column(primary_key=True)
    format: Mapped[DumpFormat] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(sa.BigInteger)
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    kept: Mapped[str | None] = mapped_column(sa.String(64), index=True, info=IN_VAULT)  # None: let go


def is_whole(dump: Dump, _changed: Collection[str]) -> bool:
    return dump.made_at is not None


shows(Dump, is_whole)
shows(DumpFile)
