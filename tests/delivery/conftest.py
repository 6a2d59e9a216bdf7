"""This room's tests begin where the findings end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from quality.core.config import Settings
from tests.harness.beginnings import Concluded
from tests.harness.people import Cast
from tests.harness.receiver import Receiver, receiver
from tests.harness.sending import Way


@pytest.fixture
def cast(concluded: Concluded) -> Cast:
    return concluded.cast


@pytest.fixture
def system() -> Iterator[Receiver]:
    with receiver() as here:
        yield here


@pytest.fixture
def way(session: Session, concluded: Concluded, settings: Settings, system: Receiver) -> Way:
    return Way.begin(session, concluded, settings, system)
