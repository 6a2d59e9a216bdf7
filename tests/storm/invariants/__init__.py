"""What must hold after a storm, each by a look of its own that names who offends."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality import tables  # noqa: F401 - every table
from tests.storm.invariants.cases import OF_CASES
from tests.storm.invariants.deeds import OF_DEEDS
from tests.storm.invariants.deliveries import OF_DELIVERIES
from tests.storm.invariants.files import OF_FILES
from tests.storm.invariants.ground import Check, Judged, Place

CHECKS: dict[str, Check] = {**OF_CASES, **OF_DEEDS, **OF_DELIVERIES, **OF_FILES}


def judged(storm: Any) -> list[Judged]:
    """Every check over what a storm left behind."""
    with place_of(storm) as place:
        return [Judged(check.says, check.find(place)) for check in CHECKS.values()]


@contextlib.contextmanager
def place_of(storm: Any) -> Iterator[Place]:
    engine = sa.create_engine(storm.settings.database_url)
    now = storm.clock.now()
    with Session(engine) as session:
        yield Place(
            session,
            storm.settings,
            now,
            storm.journal,
            storm.systems,
            [(program_time(storm, began), program_time(storm, ended)) for began, ended, _name in storm.weather.spans],
        )
    engine.dispose()


def program_time(storm: Any, moment: float) -> datetime:
    """A moment of time.monotonic by the program's clock as it was then."""
    ahead = storm.clock.ahead_at(moment)
    real: datetime = storm.clock.now() - timedelta(seconds=storm.clock.ahead)
    return real - timedelta(seconds=time.monotonic() - moment) + timedelta(seconds=ahead)
