"""One world and its people, for the tests that look at pages. It is walked once, and each test has a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.people.actor import Actor
from quality.people.models import Membership, Organisation
from tests.harness import desk
from tests.harness.clock import HeldClock
from tests.harness.desk import World
from tests.harness.people import Cast, founded
from tests.harness.settled import Settled

SignIn = Callable[[Actor], Any]


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
