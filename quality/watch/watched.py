"""What `/metrics` says: the figures if they can be asked for, and in any case whether this process is ready."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.config import Settings
from quality.watch.exposition import exposition
from quality.watch.figures import Figure, Labels, figures
from quality.watch.readiness import AWAY, Look, Readiness, engine_of_its_own
from quality.web.tally import TALLY

PATIENCE = 8.0  # seconds; Prometheus gives up after 10


def of_requests() -> list[Figure]:
    """Of this machine only: from `mingcha serve` on."""
    classes, slow, seconds = TALLY.of_all()
    by_class: list[tuple[Labels, float]] = [({"class": name}, count) for name, count in classes.items()]
    return [
        Figure("mingcha_requests_total", "Requests answered, by class of status", by_class, "counter"),
        Figure("mingcha_requests_slow_total", "Those that took longer than a second", [({}, slow)], "counter"),
        Figure("mingcha_request_seconds_total", "What all of them took together", [({}, seconds)], "counter"),
    ]


class Watched:
    def __init__(self, settings: Settings, readiness: Readiness) -> None:
        engine = engine_of_its_own(settings.database_url, PATIENCE)

        def asked() -> str:
            with Session(engine) as session:
                return exposition(figures(session, settings, clock.now()))

        self._figures = Look("figures", asked)
        self._readiness = readiness

    def told(self) -> str:
        until = time.monotonic() + PATIENCE
        self._figures.begin()
        _ready, said = self._readiness.ask()
        parts = [
            ({"part": each.name}, 0 if each.name in said["missing"] | said["warnings"] else 1)
            for each in self._readiness.looks
        ]
        found = self._figures.answer(until)
        own = [Figure("mingcha_ready", "Whether this part is as it should be; see /readyz", parts)]
        own += of_requests()
        return exposition(own) + ("" if found == AWAY else found)
