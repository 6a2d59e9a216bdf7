"""What the actors were answered, deed by deed: afterwards it is held against the database."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Came(StrEnum):
    """What an actor knows of a deed from its answer."""

    DONE = "done"
    REFUSED = "refused"  # it has not happened
    UNKNOWN = "unknown"  # no answer, or one of a server in trouble: either, but never half


@dataclass
class Entry:
    """One request that would change something. Moments are the program's."""

    who: str  # as the record names them
    door: str  # "api" or "page"
    deed: str  # "notices/verify"
    address: str
    began: datetime
    ended: datetime
    status: int | None  # None: no answer came
    key: str = ""  # Idempotency-Key
    code: str = ""  # of a refusal
    told: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False
    # when it was, by each of the clocks that went meanwhile; more than one: the clock jumped
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)
    sha256: str = ""  # of a file that was sent

    def __post_init__(self) -> None:
        self.spans = self.spans or [(self.began, self.ended)]

    @property
    def jumped(self) -> bool:
        return len(self.spans) > 1

    @property
    def came(self) -> Came:
        if self.status is None or self.status >= 500:
            return Came.UNKNOWN
        return Came.DONE if self.status < 400 else Came.REFUSED


class Journal:
    """Written by all actors at once."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.reads: Counter[str] = Counter()  # answers to what changes nothing, by class of status
        self.errors: list[tuple[datetime, str, int, str]] = []  # answers from 500 on: when, what, which, how it begins
        self.steps = 0
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)

    def read(self, status: int | None) -> None:
        with self._lock:
            self.reads[class_of(status)] += 1

    def failed(self, at: datetime, what: str, status: int, text: str) -> None:
        with self._lock:
            self.errors.append((at, what, status, text[:300]))

    def step(self) -> None:
        with self._lock:
            self.steps += 1

    def classes(self) -> Counter[str]:
        return Counter(class_of(entry.status) for entry in self.entries)

    def of(self, came: Came) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.came is came)


def class_of(status: int | None) -> str:
    if status is None:
        return "no answer"
    return str(status) if status in {409, 422, 429, 500, 503} else f"{status // 100}xx"
