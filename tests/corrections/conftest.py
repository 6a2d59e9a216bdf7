"""This room's tests begin where the findings end."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.harness.beginnings import Concluded
from tests.harness.people import Cast


@pytest.fixture
def cast(session: Session, concluded: Concluded) -> Cast:
    """With findings that `tests.harness.objections` takes first."""
    session.info["confirmed"] = [*concluded.bad, concluded.elsewhere]
    session.info["conforming"] = concluded.good
    return concluded.cast
