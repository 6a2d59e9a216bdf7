"""People who sign in, for the tests that look at pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from quality.people.actor import Actor
from tests.harness import desk

SignIn = Callable[[Actor], Any]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A client of this person, who reads English."""
    return lambda actor: desk.sign_in(app, actor)
