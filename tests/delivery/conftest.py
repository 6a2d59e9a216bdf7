"""This room's tests begin where the findings end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.delivery import endpoints
from tests.harness.beginnings import Concluded
from tests.harness.offices import Office, opened
from tests.harness.people import Cast
from tests.harness.receiver import Receiver, receiver
from tests.harness.sending import Way

DESK = "notices@platform.example"


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


@pytest.fixture
def office() -> Iterator[Office]:
    with opened() as office:
        yield office


@pytest.fixture
def posted(way: Way, office: Office) -> Way:
    """The platform reads its mail, and the program knows the office."""
    way.settings = replace(
        way.settings, smtp_url=f"smtp://127.0.0.1:{office.port}", mail_from="notices@mingcha.example"
    )
    endpoints.set_contact(way.session, DESK, by=way.desk)
    way.session.commit()
    return way
