"""Samples that were bought and sent to the laboratory once per worker; each test gets a copy of that database."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock as real_clock
from quality.core.db import db
from quality.core.events import Event
from quality.purchases.models import Sample
from tests.harness.apps import running
from tests.harness.clock import HeldClock
from tests.harness.concluded import the_same_cast
from tests.harness.databases import settings_for
from tests.harness.people import Cast, assembled
from tests.harness.postgres import Server
from tests.harness.purchases import dispatched_sample

SAMPLES = 2


@pytest.fixture(scope="session")
def sent_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, compiled_templates: Path) -> Path:
    path = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("sent") / "mingcha.db"))
    walk(f"sqlite:///{path}", path.parent, compiled_templates)
    return path


@pytest.fixture(scope="session")
def sent_postgresql(
    postgresql_server: Server,
    postgresql_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_templates: Path,
) -> str:
    postgresql_server.say(f"CREATE DATABASE template_sent TEMPLATE {postgresql_template}")
    walk(postgresql_server.address("template_sent"), tmp_path_factory.mktemp("sent"), compiled_templates)
    return "template_sent"


def walk(address: str, folder: Path, compiled_templates: Path) -> None:
    held = HeldClock()
    with pytest.MonkeyPatch.context() as patch, running(settings_for(address, folder), compiled_templates):
        patch.setattr(real_clock, "now", held.now)
        session = db.session()
        cast = assembled(session, held)
        for _ in range(SAMPLES):
            dispatched_sample(session, cast)
        session.commit()


@pytest.fixture
def sent(session: Session, clock: HeldClock) -> Cast:
    """The cast, with samples under way that `tests.harness.lab` takes first. Time goes on from there."""
    clock.moment = session.scalars(sa.select(sa.func.max(Event.at))).one()
    session.info["sent"] = list(session.scalars(sa.select(Sample).order_by(Sample.id)))
    return the_same_cast(session, clock)
