"""A campaign that was walked to four findings once per worker; each test gets a copy of that database.

A room whose tests begin where the findings end overrides `sqlite_template` and `postgresql_template` in its conftest.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock as real_clock
from quality.core.db import db
from quality.core.events import Event
from quality.lab.models import Finding, Verdict
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.people.operations import find_organisation
from quality.permissions import Role
from tests.harness.apps import running
from tests.harness.clock import HeldClock
from tests.harness.databases import settings_for
from tests.harness.lab import confirmed_finding
from tests.harness.people import Cast, assembled
from tests.harness.postgres import Server


@dataclass
class Concluded:
    """The cast, where the road ended, and the confirmed findings there: three bad on two platforms, one good."""

    cast: Cast
    bad: list[Finding]  # two of one platform
    elsewhere: Finding  # bad as well, of the other platform
    good: Finding


@pytest.fixture(scope="session")
def concluded_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, compiled_templates: Path) -> Path:
    path = tmp_path_factory.mktemp("concluded") / "mingcha.db"
    shutil.copy(sqlite_template, path)
    walk(f"sqlite:///{path}", path.parent, compiled_templates)
    return path


@pytest.fixture(scope="session")
def concluded_postgresql(
    postgresql_server: Server,
    postgresql_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    compiled_templates: Path,
) -> str:
    postgresql_server.say(f"CREATE DATABASE template_concluded TEMPLATE {postgresql_template}")
    address = postgresql_server.address("template_concluded")
    walk(address, tmp_path_factory.mktemp("concluded"), compiled_templates)
    return "template_concluded"


def walk(address: str, folder: Path, compiled_templates: Path) -> None:
    held = HeldClock()
    with pytest.MonkeyPatch.context() as patch, running(settings_for(address, folder), compiled_templates):
        patch.setattr(real_clock, "now", held.now)
        session = db.session()
        cast = assembled(session, held)
        for nonconforming in (True, True, True, False):
            confirmed_finding(session, cast, nonconforming)
        session.commit()


@pytest.fixture
def concluded(session: Session, clock: HeldClock) -> Concluded:
    """What the road left behind. Time goes on from there."""
    clock.moment = session.scalars(sa.select(sa.func.max(Event.at))).one()
    found = list(session.scalars(sa.select(Finding).order_by(Finding.id)))
    bad = [finding for finding in found if finding.verdict == Verdict.NONCONFORMING]
    cast = the_same_cast(session, clock)
    platforms = [finding.sample.task.drawn.platform_id for finding in bad]
    alone = next(n for n, platform in enumerate(platforms) if platforms.count(platform) == 1)
    elsewhere = bad.pop(alone)
    return Concluded(cast, bad, elsewhere, next(f for f in found if f.verdict == Verdict.CONFORMING))


def the_same_cast(session: Session, clock: HeldClock) -> Cast:
    codes = {"above": "YUN", "agency": "YZ", "below": "YZDH", "laboratory": "JY", "second_laboratory": "LJ"}
    codes |= {"platform": "TL", "other_platform": "QH"}
    actors = {
        "coordinator": ("YZ", Role.COORDINATOR),
        "reviewer": ("YZ", Role.REVIEWER),
        "buyer": ("YZ", Role.BUYER),
        "analyst": ("JY", Role.ANALYST),
        "signatory": ("JY", Role.SIGNATORY),
        "second_analyst": ("LJ", Role.ANALYST),
        "second_signatory": ("LJ", Role.SIGNATORY),
        "desk": ("TL", Role.PLATFORM),
        "other_desk": ("QH", Role.PLATFORM),
    }
    organisations = {name: find_organisation(session, code) for name, code in codes.items()}
    people = {name: actor_in(session, code, role) for name, (code, role) in actors.items()}
    return Cast(**organisations, **people, clock=clock)  # type: ignore[arg-type]


def actor_in(session: Session, code: str, role: Role) -> Actor:
    organisation = find_organisation(session, code)
    assert organisation
    of = sa.select(Membership).where(Membership.organisation_id == organisation.id, Membership.role == role)
    return Actor.working_in(session.scalars(of).one())
