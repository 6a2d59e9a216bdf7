"""This room's tests begin where the findings end."""

from __future__ import annotations

import pytest

from tests.harness.beginnings import Concluded
from tests.harness.people import Cast


@pytest.fixture
def cast(concluded: Concluded) -> Cast:
    return concluded.cast
