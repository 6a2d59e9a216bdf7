"""This room's tests begin in the field."""

from __future__ import annotations

import pytest

from tests.harness.people import Cast


@pytest.fixture
def cast(in_field: Cast) -> Cast:
    return in_field
