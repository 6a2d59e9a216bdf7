"""A case, and a part of one, for which clocks can run; and sessions enough for twenty processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Campaign
from quality.core.events import Event
from quality.core.workflow import Case
from quality.purchases.models import Portion, PortionKind
from tests.harness.campaigns import planned
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample


@pytest.fixture
def sessions(database: str) -> Iterator[sessionmaker[Session]]:
    engine = sa.create_engine(database, pool_size=25)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def new_case(session: Session, cast: Cast) -> Callable[[], Campaign]:
    """A planned campaign: the simplest case there is."""

    def new() -> Campaign:
        campaign = planned(session, cast)
        session.commit()
        return campaign

    return new


@pytest.fixture
def case(new_case: Callable[[], Campaign]) -> Campaign:
    return new_case()


@pytest.fixture
def part(app: Flask, session: Session, cast: Cast) -> Portion:
    """The test portion of a sealed sample: its clocks stand in the sample's record."""
    sample = sealed_sample(session, cast)
    session.commit()
    return sample.portion(PortionKind.TEST)


@pytest.fixture
def events_of(session: Session) -> Callable[[Case], list[Event]]:
    """What the record says of a case about clocks, oldest first."""

    def of(case: Case) -> list[Event]:
        found = sa.select(Event).where(Event.subject_type == case.__tablename__, Event.subject_id == case.id)
        told = session.scalars(found.order_by(Event.seq))
        return [event for event in told if event.action == "overdue" or event.action.startswith("clock")]

    return of
