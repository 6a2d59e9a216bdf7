"""Programs with keys, for the tests of the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.harness.api import Program, program_of

Keyed = Callable[..., Program]


@pytest.fixture
def keyed(app: Flask, session: Session) -> Keyed:
    """A program of this person."""
    return lambda actor, **more: program_of(app, session, actor, **more)
