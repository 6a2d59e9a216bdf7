"""How many requests were answered, how, and how long that took: by all workers of one `mingcha serve` together.

Each worker counts in a file of its own, in a folder that `serve` makes and takes away; whoever is asked adds them up.
So it does not matter which worker is asked, and what a worker counted before it died still counts.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
from pathlib import Path

from quality.web.children import TALLY_FOLDER

CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
SLOW = 1.0  # seconds
NUMBERS = struct.Struct(f"<{len(CLASSES) + 2}d")  # answers of each class, the slow ones, seconds of all


class Tally:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = [0.0] * (len(CLASSES) + 2)
        self._kept: mmap.mmap | None = None

    def note(self, status: int, seconds: float) -> None:
        with self._lock:
            self._numbers[min(max(status // 100, 1), len(CLASSES)) - 1] += 1
            self._numbers[-2] += seconds > SLOW
            self._numbers[-1] += seconds
            if self._kept is None and (folder := os.environ.get(TALLY_FOLDER)):
                self._kept = opened(Path(folder) / str(os.getpid()))
            if self._kept is not None:
                NUMBERS.pack_into(self._kept, 0, *self._numbers)

    def of_all(self) -> tuple[dict[str, float], float, float]:
        """Answers by class, the slow ones among them, and seconds of all."""
        folder = os.environ.get(TALLY_FOLDER)
        files = [path.read_bytes() for path in Path(folder).iterdir()] if folder else []
        rows = [NUMBERS.unpack(raw) for raw in files if len(raw) == NUMBERS.size] or [tuple(self._numbers)]
        sums = [sum(column) for column in zip(*rows, strict=True)]
        return dict(zip(CLASSES, sums, strict=False)), sums[-2], sums[-1]


def opened(path: Path) -> mmap.mmap:
    """A worker that has the number of a dead one goes on from nothing: its own count is what it writes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(descriptor, NUMBERS.size)
        return mmap.mmap(descriptor, NUMBERS.size)
    finally:
        os.close(descriptor)


TALLY = Tally()
