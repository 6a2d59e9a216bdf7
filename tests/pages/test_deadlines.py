"""A clock that stopped says what became of it: done, needless, or a right that ran out unused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from quality.clocks.calendar import Calendar
from quality.clocks.queries import Shown
from quality.pages.deadlines import state
from quality.pages.words import Tone
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite
DUE = datetime(2026, 9, 16, 16, tzinfo=UTC)


def stopped(outcome: str, late: bool) -> Shown:
    at = DUE if late else DUE - timedelta(days=2)
    return Shown(
        id=1, rule="objection", name="", started_at=DUE - timedelta(days=15), opens_on=None, due_on=date(2026, 9, 16),
        due_at=DUE, overdue=late, provisional=False, paused_at=None, stopped_at=at, outcome=outcome, explanation="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "late", "tone", "says"),
    [
        ("done", False, Tone.OK, "done in time"),
        ("done", True, Tone.BAD, "done late"),
        ("accepted", True, Tone.VOID, "ran out without an objection: the result is accepted"),
        ("waived", True, Tone.VOID, "ran out unused: the re-inspection is waived"),
        ("withdrawn", False, Tone.VOID, "ended: withdrawn"),
        ("withdrawn", True, Tone.BAD, "ended: withdrawn, late by then"),
    ],
)
def test_what_became_of_a_clock_stands_in_words(app, outcome, late, tone, says):
    with app.test_request_context("/?lang=en"):
        found, _on, words = state(stopped(outcome, late), Calendar())
        assert (found, str(words)) == (tone, says)
