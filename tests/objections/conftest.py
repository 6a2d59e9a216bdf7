"""This room's tests begin where the findings end."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.harness.concluded import Concluded
from tests.harness.people import Cast


@pytest.fixture(scope="session")
def sqlite_template(concluded_sqlite: Path) -> Path:
    return concluded_sqlite


@pytest.fixture(scope="session")
def postgresql_template(concluded_postgresql: str) -> str:
    return concluded_postgresql


@pytest.fixture
def cast(session: Session, concluded: Concluded) -> Cast:
    """With findings that `tests.harness.objections` takes first."""
    session.info["confirmed"] = [*concluded.bad, concluded.elsewhere]
    session.info["conforming"] = concluded.good
    return concluded.cast
