"""Published results: frozen copies with versions. Correction and withdrawal never touch an old one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.workflow import Case
from quality.lab.models import Finding


class ResultStatus(StrEnum):
    PROPOSED = "proposed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


IN_FORCE = sa.text("status = 'published'")  # one edition of a number
WAITING = sa.text("status = 'proposed'")
TAKEN_BACK = sa.text("status = 'withdrawn'")


class Result(Case):
    """One public row about one sample. `copy` is all that the public can read, and is written once."""

    __tablename__ = "result"
    __table_args__ = (
        sa.UniqueConstraint("number", "edition"),
        sa.CheckConstraint("status = 'proposed' OR copy_sha256 IS NOT NULL", name="published_is_frozen"),
        sa.CheckConstraint("status NOT IN ('published', 'superseded') OR published_at IS NOT NULL", name="has_its_day"),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name="four_eyes"),
        partial_index("uq_result_in_force", "number", unique=True, where=IN_FORCE),
        partial_index("uq_result_proposed", "number", unique=True, where=WAITING),
        partial_index("ix_result_withdrawn", "ended_at", where=TAKEN_BACK),
    )

    number: Mapped[str] = mapped_column(by_bytes(40))
    edition: Mapped[int] = mapped_column(default=1)  # /results/{number}/v{edition}
    status: Mapped[ResultStatus] = mapped_column(default=ResultStatus.PROPOSED, index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"), index=True)
    copy: Mapped[dict[str, Any]]
    copy_sha256: Mapped[str | None] = mapped_column(sa.String(64), index=True)  # by which anybody may verify it
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # what changed, or why it was withdrawn

    finding: Mapped[Finding] = relationship()


class Entry(Base):
    """A result in force, as the public list finds it. It comes and goes in the publication's own transaction."""

    __tablename__ = "result_entry"
    __table_args__ = tuple(
        sa.Index(f"ix_result_entry_{column or 'published_at'}", *filter(None, [column]), "published_at", "result_id")
        for column in ("", "platform", "category", "verdict", "campaign", "region", "producer")
    )

    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"), primary_key=True, autoincrement=False)
    published_at: Mapped[datetime]
    platform: Mapped[str] = mapped_column(sa.String(16))
    category: Mapped[str] = mapped_column(sa.String(100))
    verdict: Mapped[str] = mapped_column(sa.String(32))
    campaign: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(16))  # of its campaign
    region: Mapped[str] = mapped_column(sa.String(40))  # where it was sold from, by name; empty: the copy does not say
    producer: Mapped[str] = mapped_column(sa.String(16))  # a key made of the name: see facets.py; empty: none is named
    denied: Mapped[bool]  # the producer named denies having made it, and was right
    takedown: Mapped[str] = mapped_column(sa.String(16))
    year: Mapped[str] = mapped_column(sa.String(4))  # of publication, in Beijing
    text: Mapped[str] = mapped_column(sa.Text)  # folded: see search.py


class Tally(Base):
    """How many entries there are `of` one value of a filter, by the values of another: counted as they come and go.

    An empty `of` stands for the whole list.
    """

    __tablename__ = "result_tally"

    of: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    by: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    under: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    many: Mapped[int]


class Pair(Base):
    """Two neighbouring characters of an entry's text. The key is the order of the list: the newest stand last."""

    __tablename__ = "result_pair"
    __table_args__ = ({"sqlite_with_rowid": False},)  # the key is all there is of a row: it is kept once

    pair: Mapped[str] = mapped_column(by_bytes(16), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"), primary_key=True, autoincrement=False)


class Line(Base):
    """An entry as a line of the table of all results: see lines.py. It comes and goes with the entry."""

    __tablename__ = "result_line"

    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"), primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(sa.Text)


class Epoch(Base):
    """The one row that says how old the publication is: see epoch.py."""

    __tablename__ = "epoch"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(sa.BigInteger)


class FiguresKind(StrEnum):
    CAMPAIGN = "campaign"  # one that is closed: counting.py
    TAKEDOWNS = "takedowns"  # of one platform, in a later room


class PublicFigures(Base):
    """What was counted once, so that no page counts it: of a closed campaign, or of a platform."""

    __tablename__ = "public_figures"
    __table_args__ = (sa.Index(None, "kind", "ended_on"),)

    kind: Mapped[FiguresKind] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(by_bytes(40), primary_key=True)  # a campaign's number, a platform's code
    ended_on: Mapped[date | None]  # of a campaign: the last day of its sampling
    counted_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
