"""Platforms' own systems: real servers that are well, slow, silent, broken or gone, and remember what came."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.harness.receiver import Receiver, Reply, Taken, receiver

MOODS: dict[str, Reply] = {
    "well": Reply(204),
    "slow": Reply(204, hangs=1.5),
    "silent": Reply(204, hangs=25.0),  # longer than anybody waits
    "broken": Reply(500, body=b"oh"),
    "busy": Reply(503, {"Retry-After": "3"}),
    "dripping": Reply(200, body=b"ok", drips=0.4),
    "gone": Reply(410),
}


@dataclass
class Came:
    """One request, and what was answered (`None`: the connection was cut before that)."""

    id: str
    sha256: str
    type: str
    status: int
    at: float


@dataclass
class System:
    """A receiver with a mood. What it answered is kept, for afterwards."""

    name: str
    mood: str = "well"
    here: Receiver = field(default_factory=Receiver)
    came: list[Came] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)  # of tests, by endpoint
    moods: Counter[str] = field(default_factory=Counter)  # how often each was shown to somebody
    _lock: Any = field(default_factory=threading.Lock)

    def answer(self, taken: Taken) -> Reply:
        said, reply = json.loads(taken.body), MOODS[self.mood]
        with self._lock:
            digest = hashlib.sha256(taken.body).hexdigest()
            self.came.append(Came(taken.id, digest, said["type"], reply.status, time.monotonic()))
            self.moods[self.mood] += 1
            if said["type"] == "webhook.test":
                self.codes[said["data"]["endpoint"]] = said["data"]["code"]
            self.here.taken.clear()  # an hour of bodies is not kept twice
        return reply


@contextmanager
def systems(names: list[str]) -> Iterator[list[System]]:
    """One server for each name, for as long as the storm lasts."""
    with ExitStack() as stack:
        made = [System(name) for name in names]
        for each in made:
            each.here = stack.enter_context(receiver(each.answer))
        yield made
