"""A buyer sees the own work, an agency its own and what lies below, and nobody else sees a task or a sample."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.core.errors import NotFound
from quality.people.actor import SYSTEM
from quality.permissions import Role
from quality.purchases.queries import one_visible_sample, one_visible_task, visible_samples, visible_tasks
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.purchases import dispatched_sample, planned_task

pytestmark = on_sqlite


def test_tasks_and_samples_are_seen_by_whom_they_concern(session: Session, cast: Cast) -> None:
    waiting = planned_task(session, cast)
    sample = dispatched_sample(session, cast)
    bought = sample.task
    watchers: list[tuple[Any, bool, bool]] = [  # who, sees what waits, sees what was bought
        (cast.coordinator, True, True),
        (cast.reviewer, True, True),
        (cast.buyer, False, True),
        (hire(session, cast.agency, Role.BUYER), False, False),
        (hire(session, cast.above, Role.COORDINATOR), True, True),
        (hire(session, cast.below, Role.COORDINATOR), False, False),
        (hire(session, cast.agency, Role.ADMIN), False, False),
        (cast.analyst, False, False),  # though the sample is at its laboratory: it knows a blind number only
        (cast.desk, False, False),
        (SYSTEM, True, True),
    ]
    for actor, sees_waiting, sees_bought in watchers:
        tasks = session.scalars(visible_tasks(actor)).all()
        assert (waiting in tasks, bought in tasks) == (sees_waiting, sees_bought), actor
        assert session.scalars(visible_samples(actor)).all() == ([sample] if sees_bought else []), actor


def test_what_is_out_of_sight_looks_like_what_is_not_there(session: Session, cast: Cast) -> None:
    sample = dispatched_sample(session, cast)
    assert one_visible_task(session, cast.buyer, sample.task.number) is sample.task
    assert one_visible_sample(session, cast.reviewer, sample.number) is sample
    for ask, number in ((one_visible_task, sample.task.number), (one_visible_sample, sample.number)):
        said = set()
        for actor, wanted in ((cast.analyst, number), (cast.coordinator, "T-YZ-1999-0001")):
            with pytest.raises(NotFound) as refused:
                ask(session, actor, wanted)
            said.add(refused.value.code)
        assert said == {"not_found"}


def test_the_newest_stands_first(session: Session, cast: Cast) -> None:
    first, second = planned_task(session, cast), planned_task(session, cast)
    tasks = list(session.scalars(visible_tasks(cast.coordinator)))
    assert tasks.index(second) < tasks.index(first)
