"""That this process was told to end: whoever does one thing after another stops between two, and nobody begins anew.

The interpreter waits for its threads, too, but by then it lets none of them start another: who was printing would fail.
"""

from __future__ import annotations

import threading
from types import TracebackType

TOLD_TO_END = threading.Event()


class Shift:
    """Who is at work. `wait` returns when the last of them has finished."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._at_work = 0

    def __enter__(self) -> None:
        with self._changed:
            self._at_work += 1

    def __exit__(self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._at_work)
