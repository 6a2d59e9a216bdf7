"""One process at a time in what it does to a folder, whoever else has it open: the lock goes with the process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def _quietly() -> None: ...


@contextmanager
def alone_in(folder: Path, before_waiting: Callable[[], None] = _quietly) -> Iterator[None]:
    """Wait until nobody else is in here with this folder. One that must wait says so first (`before_waiting`).

    A process that is killed lets go; nothing is left that the next would have to clear away.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            before_waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
