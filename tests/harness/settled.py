"""A case of every kind, walked once a worker and kept in a file: each test that looks at pages has a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from quality.core import clock as real_clock
from tests.harness.clock import HeldClock


class Settled(NamedTuple):
    """The world as it lies in a file, and who is who in it."""

    file: Path
    moment: datetime
    world: dict[str, str]
    memberships: dict[str, int]
    organisations: dict[str, int]


@pytest.fixture(scope="session")
def settled(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, compiled_templates: Path
) -> Iterator[Settled]:
    from quality.core.db import db  # a test that asks for no world does not wait for these
    from quality.people.actor import Actor
    from quality.people.models import Organisation
    from tests.harness.apps import running
    from tests.harness.databases import settings_for
    from tests.harness.desk import settle
    from tests.harness.people import founded, membership_of

    folder, held = tmp_path_factory.mktemp("world"), HeldClock()
    file = Path(shutil.copy(sqlite_template, folder / "mingcha.db"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_clock, "now", held.now)
        with running(settings_for(f"sqlite:///{file}", folder), compiled_templates):
            cast = founded(db.session(), held)
            world = settle(db.session(), cast)
            people = {name: actor for name, actor in vars(cast).items() if isinstance(actor, Actor)}
            houses = {name: house.id for name, house in vars(cast).items() if isinstance(house, Organisation)}
            memberships = {name: membership_of(actor).id for name, actor in people.items()}
            db.session.commit()
    yield Settled(file, held.moment, world, memberships, houses)
