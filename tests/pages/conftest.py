"""One world and its people, for the tests that look at pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.people.actor import Actor
from tests.harness import desk
from tests.harness.desk import World
from tests.harness.people import Cast

SignIn = Callable[[Actor], Any]


@pytest.fixture
def world(session: Session, cast: Cast) -> World:
    return desk.settle(session, cast)


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client of this person, who reads English."""
    return lambda actor: desk.sign_in(app, actor)
