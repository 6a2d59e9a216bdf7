"""The only place that asks what time it is, so that a test can hold it still, and a history be played as it went."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
_moved: ContextVar[datetime | None] = ContextVar("moved", default=None)


def now() -> datetime:
    return _moved.get() or by_the_machine()


def by_the_machine() -> datetime:
    return datetime.now(UTC)


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Within, it is `moment`, for this thread alone: so the demonstration tells what happened before it was loaded."""
    before = _moved.set(moment)
    try:
        yield
    finally:
        _moved.reset(before)


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, to the microsecond, as `2026-09-03T01:48:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
