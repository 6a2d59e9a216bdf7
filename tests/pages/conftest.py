"""One world and its people, for the tests that look at pages. It is walked once, and each test has a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock as real_clock
from quality.core.db import db
from quality.people.actor import Actor
from quality.people.models import Membership, Organisation
from tests.harness import desk
from tests.harness.apps import running
from tests.harness.clock import HeldClock
from tests.harness.databases import settings_for
from tests.harness.desk import World
from tests.harness.people import Cast, founded, membership_of

SignIn = Callable[[Actor], Any]


class Settled(NamedTuple):
    """A world as it lies in a file, and who is who in it."""

    file: Path
    moment: datetime
    world: World
    memberships: dict[str, int]
    organisations: dict[str, int]


@pytest.fixture(scope="session")
def settled(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, compiled_templates: Path
) -> Iterator[Settled]:
    folder, held = tmp_path_factory.mktemp("world"), HeldClock()
    file = Path(shutil.copy(sqlite_template, folder / "mingcha.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_clock, "now", held.now)
        with running(settings_for(f"sqlite:///{file}", folder), compiled_templates):
            cast = founded(db.session(), held)
            world = desk.settle(db.session(), cast)
            people = {name: actor for name, actor in vars(cast).items() if isinstance(actor, Actor)}
            houses = {name: house.id for name, house in vars(cast).items() if isinstance(house, Organisation)}
            memberships = {name: membership_of(actor).id for name, actor in people.items()}
            db.session.commit()
    yield Settled(file, held.moment, world, memberships, houses)


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path) -> str:
    """The world's, where the test asks for one."""
    kept = request.getfixturevalue("settled").file if "world" in request.fixturenames else sqlite_template
    return f"sqlite:///{shutil.copy(kept, tmp_path / 'mingcha.db')}"


@pytest.fixture
def cast(request: pytest.FixtureRequest, session: Session, clock: HeldClock) -> Cast:
    if "world" not in request.fixturenames or session.get_bind().dialect.name != "sqlite":
        return founded(session, clock)
    kept: Settled = request.getfixturevalue("settled")
    clock.moment = kept.moment
    people = {name: Actor.working_in(session.get_one(Membership, key)) for name, key in kept.memberships.items()}
    houses = {name: session.get_one(Organisation, key) for name, key in kept.organisations.items()}
    return Cast(**people, **houses, clock=clock)  # type: ignore[arg-type]


@pytest.fixture
def world(request: pytest.FixtureRequest, session: Session, cast: Cast) -> World:
    if session.get_bind().dialect.name == "sqlite":
        kept: Settled = request.getfixturevalue("settled")
        return kept.world
    return desk.settle(session, cast)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client of this person, who reads English."""
    return lambda actor: desk.sign_in(app, actor)
