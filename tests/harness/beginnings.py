"""Where tests begin: a test that asks for one of these stands at the end of a road that was walked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.lab.models import Finding, Verdict
from quality.notices.models import Notice, NoticeStatus
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.models import Sample, Task
from tests.harness.clock import HeldClock
from tests.harness.desk import World, settle
from tests.harness.lab import confirmed_finding
from tests.harness.notices import notice_at, of_one_platform
from tests.harness.people import Cast, cast_at, founded, membership_of
from tests.harness.purchases import dispatched_sample, open_campaign
from tests.harness.snapshots import Road, Snapshot, nowhere

SAMPLES = 2


def opening(session: Session, clock: HeldClock) -> None:
    open_campaign(session, founded(session, clock))


def sending(session: Session, clock: HeldClock) -> None:
    cast = founded(session, clock)
    for _ in range(SAMPLES):
        dispatched_sample(session, cast)


def concluding(session: Session, clock: HeldClock) -> None:
    cast = founded(session, clock)
    for nonconforming in (True, True, True, False):
        confirmed_finding(session, cast, nonconforming)


def serving(session: Session, clock: HeldClock) -> dict[str, int]:
    cast = founded(session, clock)
    *named, spare = of_one_platform(session, cast, 4)
    notice = notice_at(session, cast, NoticeStatus.SERVED, *named)
    session.commit()
    return {"notice": notice.id, "spare": spare.id}


def settling(session: Session, clock: HeldClock) -> dict[str, Any]:
    cast = founded(session, clock)
    world = settle(session, cast)
    people = {name: membership_of(actor).id for name, actor in vars(cast).items() if isinstance(actor, Actor)}
    houses = {name: house.id for name, house in vars(cast).items() if isinstance(house, Organisation)}
    return {"world": world, "memberships": people, "organisations": houses}


# What a test asks for, and the road there. It begins at the first of these; who stands there has all that follow.
ROADS: dict[str, Road] = {
    "world": settling,
    "served": serving,
    "concluded": concluding,
    "sent": sending,
    "in_field": opening,
    "cast": founded,
}


@pytest.fixture
def road(request: pytest.FixtureRequest) -> Road:
    """The road of this test. A file whose tests have a road of their own overrides it."""
    asked = (way for name, way in ROADS.items() if name in request.fixturenames)
    return next(asked, nowhere)


@pytest.fixture
def in_field(session: Session, clock: HeldClock, arrived: Snapshot) -> Cast:
    """The cast, with tasks of an open campaign that `tests.harness.purchases` takes first."""
    session.info["planned"] = list(session.scalars(sa.select(Task).order_by(Task.id)))
    return cast_at(session, clock, arrived)


@pytest.fixture
def sent(session: Session, clock: HeldClock, arrived: Snapshot) -> Cast:
    """The cast, with samples under way that `tests.harness.lab` takes first."""
    session.info["sent"] = list(session.scalars(sa.select(Sample).order_by(Sample.id)))
    return cast_at(session, clock, arrived)


@dataclass
class Concluded:
    """The cast, and confirmed findings: three bad on two platforms, one good."""

    cast: Cast
    bad: list[Finding]  # two of one platform
    elsewhere: Finding  # bad as well, of the other platform
    good: Finding


@pytest.fixture
def concluded(session: Session, clock: HeldClock, arrived: Snapshot) -> Concluded:
    found = list(session.scalars(sa.select(Finding).order_by(Finding.id)))
    bad = [finding for finding in found if finding.verdict == Verdict.NONCONFORMING]
    platforms = [finding.sample.task.drawn.platform_id for finding in bad]
    elsewhere = bad.pop(next(n for n, platform in enumerate(platforms) if platforms.count(platform) == 1))
    good = next(finding for finding in found if finding.verdict == Verdict.CONFORMING)
    return Concluded(cast_at(session, clock, arrived), bad, elsewhere, good)


@dataclass
class Served:
    """The cast, a notice with three listings that its platform has, and a finding of that platform on no notice."""

    cast: Cast
    notice: Notice
    spare: Finding


@pytest.fixture
def served(session: Session, clock: HeldClock, arrived: Snapshot) -> Served:
    notice = session.get_one(Notice, arrived.left["notice"])
    return Served(cast_at(session, clock, arrived), notice, session.get_one(Finding, arrived.left["spare"]))


@pytest.fixture
def world(arrived: Snapshot) -> World:
    """A case of every kind, for tests that look at pages."""
    found: World = arrived.left["world"]
    return found


class Settled(NamedTuple):
    """The world and who is who in it, for a browser."""

    world: World
    memberships: dict[str, int]
    organisations: dict[str, int]
