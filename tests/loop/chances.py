"""What may come in a play: who does something, to what, when, and how what is sent is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from quality.clocks.drafts import Typed
from quality.clocks.models import Clock
from quality.delivery.models import Problem
from quality.delivery.post import Answer
from quality.notices.models import ItemStatus, NoticeStatus
from tests.clocks.notices import OFF, WORKED_WEEKENDS
from tests.loop.stage import TAKEN

YEAR = 2026
S = NoticeStatus
OPEN, CLAIMED, VERIFIED, RETURNED, EXCUSED, REOPENED = ItemStatus
WITH_THE_PLATFORM = (S.SERVED, S.ACKNOWLEDGED, S.ANSWERED, S.REOPENED)
AGENCY = ("coordinator", "second_coordinator", "reviewer", "second_reviewer")

agency = st.sampled_from(AGENCY)
drafter = st.sampled_from(["coordinator", "second_coordinator", "reviewer"])  # mostly who may
looker = st.sampled_from([*AGENCY, "desk"])
platform = st.sampled_from(["", "", "", "desk", "other_desk", "coordinator"])  # "": the one that the notice went to
which = st.integers(0, 5)
masks = st.sampled_from([31, 31, 1, 2, 3])  # which of them, as bits
far = st.sampled_from([7, 7, 6, 5, 4, 9, 12, 0])  # steps of a notice: 4 is issued, 5 served, 7 answered, 9 closed
replies = st.sampled_from([TAKEN, TAKEN, Answer(500), Answer(None, Problem.TIMEOUT), Answer(429), Answer(410)])
MINUTE = timedelta(minutes=1)
OF_THE_LOOP = Clock.subject_type.in_(["notice", "notice_item"])


def of(rows: Sequence[Any], mask: int) -> list[Any]:
    return [row for place, row in enumerate(rows) if mask >> place & 1]


def holidays_with(extra: int) -> Typed:
    """The year's notice with one more day off than was announced."""
    off = sorted({day for day in OFF if day.year == YEAR} | {date(YEAR, 9, 2) + timedelta(days=extra)})
    worked = sorted(day for day in WORKED_WEEKENDS if day.year == YEAR and day not in off)
    return Typed(YEAR, off, worked, "国办发明电〔2025〕7号")
