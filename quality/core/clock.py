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


@contextmanager
def not_before(*moments: datetime | None) -> Iterator[None]:
    """Within, it is each of these moments at the earliest, for this thread alone.

    What follows on something is not dated before it, though the machine's clock fell back meanwhile.
    """
    latest = max([now(), *filter(None, moments)])
    if latest <= now():
        yield
        return
    with moved_to(latest):
        yield


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, to the microsecond, as `2026-09-03T01:48:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
