"""Published results: frozen copies with versions. Correction and withdrawal never touch an old one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, by_bytes, partial_index
from quality.core.workflow import Case, Part
from quality.lab.models import Finding
from quality.objections.models import Party


class ResultStatus(StrEnum):
    PROPOSED = "proposed"
    SCHEDULED = "scheduled"  # approved, and public from the moment that was set: before it nobody reads it
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # its time in public is over: the law sets one, and nobody finds anything wrong with it


IN_FORCE = sa.text("status = 'published'")  # one edition of a number
WAITING = sa.text("status IN ('proposed', 'scheduled')")
TAKEN = sa.text("status IN ('withdrawn', 'expired') AND published_at IS NOT NULL")
SAID = sa.text("status IN ('received', 'shown')")
TO_REVIEW = sa.text("status = 'received'")
NOT_ENDED = sa.text("ended_at IS NULL")
EMBARGOED = sa.text("status = 'scheduled'")
UNPUBLISHED = (ResultStatus.PROPOSED, ResultStatus.SCHEDULED)
GONE = (ResultStatus.WITHDRAWN, ResultStatus.EXPIRED)  # 410: what is left are date and reason
LIVE = (*UNPUBLISHED, ResultStatus.PUBLISHED)  # what says something about its finding, or is about to


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
        partial_index("ix_result_public_since", "public_since", where=IN_FORCE),
        partial_index("ix_result_gone", "ended_at", "id", where=TAKEN),
        partial_index("ix_result_scheduled", "not_before", where=EMBARGOED),
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
    not_before: Mapped[datetime | None]  # the moment that was set: while it is scheduled, it is public from then on
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    public_since: Mapped[datetime | None]  # of the first edition with this verdict: from then its time in public runs
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # what changed, or why it was withdrawn

    finding: Mapped[Finding] = relationship()


class WithdrawalRequest(Base):
    """Somebody proposes that a result be withdrawn; another person does it, or ends the request with a reason."""

    __tablename__ = "withdrawal_request"
    __table_args__ = (
        partial_index("uq_withdrawal_request_open", "result_id", unique=True, where=NOT_ENDED),
        partial_index("ix_withdrawal_request_open", "agency_id", "asked_at", "id", where=NOT_ENDED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(sa.Text)  # that the public would read
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]  # done, or put away

    result: Mapped[Result] = relationship()


class Statement(Base):
    """What became of the listings since a copy was made. Written once, as that is; the last one is what is known."""

    __tablename__ = "result_statement"
    __table_args__ = (sa.Index(None, "result_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    result_id: Mapped[int] = mapped_column(sa.ForeignKey("result.id"))
    says: Mapped[dict[str, Any]]  # as `takedown` in a copy
    sha256: Mapped[str] = mapped_column(sa.String(64))
    stated_at: Mapped[datetime]


class StatementMark(Base):
    """How far the record was read for what became of listings: one row."""

    __tablename__ = "result_statement_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int]


class ReplyStatus(StrEnum):
    RECEIVED = "received"
    SHOWN = "shown"  # beside the result, word for word
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the party


class Reply(Part):
    """What a party says to a result, in its own words: written once, shown as it is or not at all."""

    __tablename__ = "reply"
    __table_args__ = (
        sa.CheckConstraint("status NOT IN ('shown', 'refused') OR decided_by_id IS NOT NULL", name="has_its_editor"),
        sa.CheckConstraint("decided_by_id <> entered_by_id", name="four_eyes"),
        partial_index("uq_reply_live", "finding_id", "party", unique=True, where=SAID),
        partial_index("ix_reply_to_review", "agency_id", "received_at", "id", where=TO_REVIEW),
        sa.Index(None, "finding_id"),
    )

    status: Mapped[ReplyStatus] = mapped_column(default=ReplyStatus.RECEIVED)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("finding.id"))
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    platform_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))  # whose it is, where it is one's
    party: Mapped[Party]
    statement: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))  # over who says what and when (replies.py)
    received_at: Mapped[datetime]
    due_on: Mapped[date]  # the last day of its time
    is_late: Mapped[bool]
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # of what came on paper
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]  # shown, refused or withdrawn
    reason: Mapped[str] = mapped_column(sa.Text, default="", server_default="")  # of a refusal; the party reads it

    finding: Mapped[Finding] = relationship()

    @property
    def whole(self) -> Finding:
        return self.finding


class Entry(Base):
    """A result in force, as the public list finds it. It comes and goes in the publication's own transaction."""

    __tablename__ = "result_entry"
    __table_args__ = (
        *(
            sa.Index(
                f"ix_result_entry_{column or 'published_at'}", *filter(None, [column]), "published_at", "result_id"
            )
            for column in ("", "platform", "category", "verdict", "campaign", "region", "producer")
        ),
        sa.Index("ix_result_entry_spelling", "spelling", "result_id"),
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
    sounds: Mapped[str] = mapped_column(sa.Text, default="")  # spelt by a job: see spelling.py
    letters: Mapped[str] = mapped_column(sa.Text, default="")
    spelling: Mapped[int] = mapped_column(default=0)  # by which rules; 0: not yet


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
    """Two neighbouring characters of an entry's text, or syllables. The key is the list's order: the newest last."""

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
    label_only: Mapped[bool] = mapped_column(default=False)  # nothing was tested


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
