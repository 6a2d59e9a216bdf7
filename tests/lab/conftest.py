"""This room's tests begin where a sample was sent to the laboratory."""

from __future__ import annotations

import pytest

from tests.harness.people import Cast


@pytest.fixture
def cast(sent: Cast) -> Cast:
    return sent
