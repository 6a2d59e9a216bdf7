"""Before the storm: an agency, laboratories and platforms with their people, and campaigns that wait for them."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy.orm import Session

from quality import create_app
from quality.campaigns.models import CampaignStatus
from quality.core import clock as real_clock
from quality.core import migrations
from quality.core.config import Settings
from quality.core.db import db
from quality.notices.models import NoticeStatus
from quality.people import keys
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.operations import open_field
from tests.harness.campaigns import DESIGN, campaign_at, imported_once, planned
from tests.harness.clock import HeldClock
from tests.harness.desk import PASSWORD, give_password
from tests.harness.lab import confirmed_finding, proposed_finding
from tests.harness.notices import notice_at
from tests.harness.people import Cast, founded, hire, membership_of
from tests.harness.purchases import dispatched_sample

FROM_FREEZING_TO_DRAWING = timedelta(hours=12)  # of each campaign, one after the other
LISTINGS = 120  # of each platform in a frame
AHEAD = 6
IN_FIELD = {"allocation": {"method": "equal", "n": 160}, "reserve": 20}


@dataclass(frozen=True)
class Somebody:
    """One who acts in the storm: by a key, or on pages with an address and the password that all have here."""

    name: str
    role: str
    person: int
    signature: str  # as the record names them
    organisation: int
    secret: str = ""  # of a key
    email: str = ""

    @property
    def by_key(self) -> bool:
        return bool(self.secret)


def prepare(settings: Settings, *, campaigns: int, ahead: int = AHEAD) -> list[Somebody]:
    """Migrate, found, plan. Everything that follows is done from outside, by HTTP."""
    settings.make_folders()
    app = create_app(settings)
    held = HeldClock()
    held.moment = datetime.fromtimestamp(time.time(), UTC) - (campaigns + 20) * FROM_FREEZING_TO_DRAWING
    with app.app_context(), mock.patch.object(real_clock, "now", held.now):
        migrations.upgrade()
        session = db.session()
        cast = founded(session, held)
        people = everybody(session, cast)
        plan(session, cast, settings.frames_folder, campaigns, ahead)
        session.commit()
        db.session.remove()
        db.engine.dispose()
    return people


def plan(session: Session, cast: Cast, frames: Path, campaigns: int, ahead: int) -> None:
    """Several in the field, one drawn, one approved, one under review, one planned."""
    design: dict[str, Any] = DESIGN | IN_FIELD
    with mock.patch("tests.harness.campaigns.frame_of", big_frame):
        for number in range(campaigns):
            title = f"风暴抽检 {number}"
            campaign = campaign_at(session, cast, CampaignStatus.DRAWN, frames, design=design, title=title)
            tasks = open_field(session, campaign, by=cast.coordinator)
            session.info.setdefault("planned", list(tasks))  # from which the roads below begin
        for status in (CampaignStatus.DRAWN, CampaignStatus.APPROVED, CampaignStatus.IN_REVIEW):
            campaign_at(session, cast, status, frames)
    planned(session, cast)
    cast.clock.moment = datetime.fromtimestamp(time.time(), UTC) - timedelta(hours=1)
    go_ahead(session, cast, ahead)
    assert cast.clock.moment < datetime.fromtimestamp(time.time(), UTC), "the storm would begin in the past"


def go_ahead(session: Session, cast: Cast, many: int) -> None:
    """Some of the first campaign's samples are further along, so that everybody has work from the first minute on."""
    for _ in range(many):
        dispatched_sample(session, cast)
        proposed_finding(session, cast)
        confirmed_finding(session, cast)
    for status in (NoticeStatus.DRAFT, NoticeStatus.APPROVED, NoticeStatus.ISSUED, NoticeStatus.ANSWERED):
        notice_at(session, cast, status)


def big_frame(frames: Path, **_smaller: int) -> Any:
    report = imported_once(LISTINGS, ("棠梨商城", "青禾集市"))
    frames.mkdir(parents=True, exist_ok=True)
    shutil.copy(report.path, frames)
    return report


def everybody(session: Session, cast: Cast) -> list[Somebody]:
    """Some by key, some by page; two who never share an account, since each account's deeds are followed one by one."""
    by_key = {
        "coordinator": cast.coordinator, "reviewer": cast.reviewer, "analyst": cast.analyst,
        "signatory": cast.signatory, "second analyst": cast.second_analyst,
        "second signatory": cast.second_signatory, "desk": cast.desk, "other desk": cast.other_desk,
    }  # fmt: skip
    by_page = {
        "coordinator on pages": hire(session, cast.agency, Role.COORDINATOR),
        "reviewer on pages": hire(session, cast.agency, Role.REVIEWER),
        "buyer": cast.buyer,
        "second buyer": hire(session, cast.agency, Role.BUYER),
        "third buyer": hire(session, cast.agency, Role.BUYER),
        "analyst on pages": hire(session, cast.laboratory, Role.ANALYST),
        "desk on pages": hire(session, cast.platform, Role.PLATFORM),
    }
    return [with_key(session, name, actor) for name, actor in by_key.items()] + [
        on_pages(session, name, actor) for name, actor in by_page.items()
    ]


def with_key(session: Session, name: str, actor: Actor) -> Somebody:
    key, secret = keys.make(session, membership_of(actor), name="storm", by=actor)
    session.flush()
    signature = f"{actor.signature} via key:{key.id}"
    assert actor.id and actor.organisation_id
    assert actor.person
    return Somebody(
        name, actor.role, actor.id, signature, actor.organisation_id, secret=secret, email=actor.person.email
    )


def on_pages(session: Session, name: str, actor: Actor) -> Somebody:
    assert actor.person and actor.id and actor.organisation_id
    give_password(session, actor.person, name)
    return Somebody(name, actor.role, actor.id, actor.signature, actor.organisation_id, email=actor.person.email)


__all__ = ["PASSWORD", "Somebody", "prepare"]
