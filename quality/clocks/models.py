"""Clocks that run for a case, what changed them, and the calendar years that people entered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quality.core.db import Base, partial_index
from quality.core.events import Recorded

NOT_STOPPED = sa.text("stopped_at IS NULL")
NOT_DECIDED = sa.text("decided_at IS NULL")
NOT_ENDED = sa.text("ended_at IS NULL")
UNDECIDED = sa.text("granted IS NULL")
RUNS = sa.text("stopped_at IS NULL AND paused_at IS NULL AND overdue_recorded_at IS NULL")


class Clock(Base):
    """A rule that runs for one subject: a case, or a part of one (a listing on a notice).

    It says when it is due and keeps the count that led there, as it was made with the calendar of that day.
    """

    __tablename__ = "clock"
    __table_args__ = (
        sa.UniqueConstraint("subject_type", "subject_id", "rule", "started_at"),
        sa.CheckConstraint("stopped_at >= started_at", name="stops_after_its_start"),
        sa.CheckConstraint("paused_at >= started_at", name="pauses_after_its_start"),
        sa.CheckConstraint("stopped_at IS NULL OR paused_at IS NULL", name="stopped_does_not_stand"),
        partial_index("ix_clock_running", "due_at", where=RUNS),
        partial_index("ix_clock_due", "subject_type", "due_at", "id", where=NOT_STOPPED),
        partial_index("ix_clock_case_due", "case_type", "due_at", "id", where=NOT_STOPPED),
        partial_index("ix_clock_of_case", "case_type", "case_id", where=NOT_STOPPED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(sa.String(32))  # a code of rules.csv
    subject_type: Mapped[str] = mapped_column(sa.String(32))  # the table's name: "notice"; no key, like an event
    subject_id: Mapped[int]
    case_type: Mapped[str] = mapped_column(sa.String(32))  # of the whole, where the subject is a part
    case_id: Mapped[int]  # kept here so that a list of cases by due day is one walk of one index
    started_at: Mapped[datetime]
    opens_on: Mapped[date | None]
    due_on: Mapped[date]  # in Beijing
    due_at: Mapped[datetime]  # the moment from which it is overdue
    calendar: Mapped[str] = mapped_column(sa.String(200))
    provisional: Mapped[bool]
    steps: Mapped[list[Any]]  # the count; a `reason` in it is the id of a change
    paused_at: Mapped[datetime | None]  # it stands since
    stopped_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(sa.String(32))  # why it stopped, as a code: "done", "withdrawn"
    overdue_recorded_at: Mapped[datetime | None]

    changes: Mapped[list[ClockChange]] = relationship(back_populates="clock", order_by="ClockChange.id")

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the deed came, or is, too late. A clock that stands cannot run out."""
        if self.stopped_at:
            return self.stopped_at >= self.due_at
        return self.paused_at is None and now >= self.due_at


class ChangeKind(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    EXTEND = "extend"


class ClockChange(Base):
    """A pause, its end, or an extension, with the reason that a person gave. The reason alone may be blanked.

    `allowed_by` and `decision_no` say on whose word. Both are empty where the program itself lets a clock stand.
    """

    __tablename__ = "clock_change"
    __table_args__ = (sa.CheckConstraint("(kind = 'extend') = (days IS NOT NULL)", name="extends_by_days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    kind: Mapped[ChangeKind]
    days: Mapped[int | None]  # in the rule's unit
    reason: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(sa.String(64))  # as the record names them
    allowed_by: Mapped[str | None] = mapped_column(sa.String(100))
    decision_no: Mapped[str | None] = mapped_column(sa.String(100))

    clock: Mapped[Clock] = relationship(back_populates="changes")


class ClockRequest(Base):
    """A change of another party's time that one person asks for, until another grants or refuses it.

    What is granted takes effect from the moment of asking: who asked in time does not lose by a slow answer.
    """

    __tablename__ = "clock_request"
    __table_args__ = (
        sa.CheckConstraint("(kind = 'extend') = (days IS NOT NULL)", name="extends_by_days"),
        sa.CheckConstraint("(granted IS NULL) = (decided_at IS NULL)", name="is_decided_once"),
        sa.CheckConstraint("(granted IS NULL) = (decided_by_id IS NULL)", name="is_decided_by_somebody"),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name="four_eyes"),
        partial_index("uq_clock_request_open", "clock_id", where=UNDECIDED, unique=True),
        partial_index("ix_clock_request_waiting", "agency_id", where=UNDECIDED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), index=True)
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"))
    kind: Mapped[ChangeKind]
    days: Mapped[int | None]  # in the rule's unit
    reason: Mapped[str] = mapped_column(sa.Text)
    allowed_by: Mapped[str] = mapped_column(sa.String(100))
    decision_no: Mapped[str | None] = mapped_column(sa.String(100))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    clock: Mapped[Clock] = relationship()


class CalendarYear(Recorded):
    """A State Council notice as it was typed. A correction is a new edition; the newest of a year counts."""

    __tablename__ = "calendar_year"
    __table_args__ = (sa.UniqueConstraint("year", "edition"),)

    year: Mapped[int]
    edition: Mapped[int]  # from 1
    source: Mapped[str] = mapped_column(sa.Text)  # the notice's title or number
    off_days: Mapped[list[Any]]  # ISO dates, from December of the year before
    worked_days: Mapped[list[Any]]  # weekend days
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))


class CalendarDraft(Recorded):
    """A year as somebody typed it, until another person enters it. It dates nothing; what it would date is counted."""

    __tablename__ = "calendar_draft"
    __table_args__ = (
        sa.CheckConstraint("entered_id IS NULL OR decided_at IS NOT NULL", name="is_entered_when_decided"),
        sa.CheckConstraint("entered_id IS NULL OR decided_by_id <> drafted_by_id", name="four_eyes"),
        partial_index("uq_calendar_draft_open", "year", where=NOT_DECIDED, unique=True),
    )

    year: Mapped[int]
    source: Mapped[str] = mapped_column(sa.Text)
    off_days: Mapped[list[Any]]
    worked_days: Mapped[list[Any]]
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))  # None: at the command line
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    entered_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calendar_year.id"))  # None: taken back


class Redating(Base):
    """One time at which running clocks moved: by a calendar year that was entered, or by the rules of a new version.

    A job works it off case by case; until it is finished the list grows.
    """

    __tablename__ = "redating"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(sa.String(64))  # as the record names them
    calendar_year_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calendar_year.id"))
    finished_at: Mapped[datetime | None]

    calendar_year: Mapped[CalendarYear | None] = relationship()


class RedatedClock(Base):
    """A line of its list: a clock whose last day moved, before and after."""

    __tablename__ = "redated_clock"

    redating_id: Mapped[int] = mapped_column(sa.ForeignKey("redating.id"), primary_key=True)
    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), primary_key=True)
    before: Mapped[date]
    after: Mapped[date]

    clock: Mapped[Clock] = relationship()


class ClockRung(Base):
    """A step of the ladder that an overdue clock has reached: at its legal moment, recorded when the job looked.

    What people did about it (a talk was held, naming was decided against) they write down once.
    """

    __tablename__ = "clock_rung"
    __table_args__ = (sa.CheckConstraint("(seen_to_at IS NULL) = (seen_to_by IS NULL)", name="is_seen_to_by_somebody"),)

    clock_id: Mapped[int] = mapped_column(sa.ForeignKey("clock.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    deed: Mapped[str] = mapped_column(sa.String(32))  # as ladder.csv had it then
    reached_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    seen_to_at: Mapped[datetime | None]
    seen_to_by: Mapped[str | None] = mapped_column(sa.String(64))  # as the record names them
    note: Mapped[str | None] = mapped_column(sa.Text)


class CalendarFeed(Base):
    """An address at which a person's deadlines are read by their calendar. Of each membership one is open at a time."""

    __tablename__ = "calendar_feed"
    __table_args__ = (partial_index("uq_calendar_feed_open", "membership_id", where=NOT_ENDED, unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)  # sha256 of the secret in the address
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
