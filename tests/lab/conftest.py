"""This room's tests begin where a sample was sent to the laboratory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.people import Cast


@pytest.fixture(scope="session")
def sqlite_template(sent_sqlite: Path) -> Path:
    return sent_sqlite


@pytest.fixture(scope="session")
def postgresql_template(sent_postgresql: str) -> str:
    return sent_postgresql


@pytest.fixture
def cast(sent: Cast) -> Cast:
    return sent
