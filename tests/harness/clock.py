"""Time that stands still until the test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from quality.core import clock as real_clock
from quality.core.clock import BEIJING


class HeldClock:
    """Starts at 09:00 on a Tuesday in Beijing."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> datetime:
        """`clock.advance(days=3, hours=2)`"""
        self.moment += timedelta(**by)
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HeldClock:
    held = HeldClock()
    monkeypatch.setattr(real_clock, "by_the_machine", held.now)
    return held


def minute(moment: datetime) -> str:
    """As a form writes it."""
    return f"{moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"
