"""What the jobs leave behind, so that anybody who reaches the database can see whether they run."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from quality.core.db import Base

LONGEST_NAME = 80  # characters


class JobRun(Base):
    """One job of the timetable, whichever process did it last. A backup is one too: who makes it does so by a timer."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    seconds: Mapped[int]  # between two runs, as the timetable has it
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    runs: Mapped[int] = mapped_column(sa.BigInteger)  # that finished or failed, ever
    failures: Mapped[int] = mapped_column(sa.BigInteger)
    process: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))  # that told of it last


class JobsProcess(Base):
    """A process that does jobs. One that ended in order is gone from here; one that was killed is seen no more."""

    __tablename__ = "jobs_process"

    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), primary_key=True)  # host:pid
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
