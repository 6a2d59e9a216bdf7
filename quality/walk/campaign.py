"""The campaign of a file: planned, its frame frozen, drawn by a public number, and in the field."""

from __future__ import annotations

import csv
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.campaigns import operations as campaigns
from quality.campaigns.frame import import_frame
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.errors import Refused
from quality.core.words import _
from quality.people.models import OrganisationKind
from quality.permissions import Role
from quality.purchases import operations as purchases
from quality.walk import crew
from quality.walk.kit import BASIS, Kit
from quality.walk.reading import CATEGORY, Reading

PUBLIC_NUMBER = "本机在抽样框冻结之后生成的随机数"
WAIT = timedelta(seconds=2)  # from freezing to the public number; freezing rehearses the draw meanwhile
LONGEST_WAIT = timedelta(minutes=1)
FRAME_COLUMNS = {
    "shop_name": "shop_name", "title": "product_name", "url": "listing_url", "shop_uscc": "shop_uscc", "brand": "brand",
    "spec": "spec", "producer_name": "producer_name", "producer_address": "producer_address",
}  # fmt: skip


def prepare(kit: Kit, reading: Reading) -> int:
    """The id of this file's campaign, which is in the field or closed. Each move is a transaction."""
    try:
        with kit.sessions.begin() as session:
            gather(session, reading)
        with kit.sessions.begin() as session:
            found = session.scalars(sa.select(Campaign).where(Campaign.walk_of == reading.sha256)).one_or_none()
            key = (found or plan(kit, session, reading)).id
    except IntegrityError as first:
        raise Refused("walked_elsewhere", _("Another walk is starting here; wait for it, then walk again")) from first
    wait = WAIT
    moves: dict[CampaignStatus, Callable[[Session, Campaign], Any]] = {
        CampaignStatus.DRAFT: lambda s, c: frame_and_submit(kit, s, c, reading),
        CampaignStatus.IN_REVIEW: lambda s, c: approve(kit, s, c),
        CampaignStatus.APPROVED: lambda s, c: freeze(kit, s, c, wait),
        CampaignStatus.FROZEN: lambda s, c: draw(kit, s, c),
        CampaignStatus.DRAWN: lambda s, c: purchases.open_field(s, c, by=kit.agency(s, Role.COORDINATOR)),
    }  # fmt: skip
    while True:
        try:
            with kit.sessions.begin() as session:
                campaign = session.get_one(Campaign, key)
                move = moves.get(campaign.status)
                if move is None:
                    return key
                move(session, campaign)
        except Refused as no:
            if no.code != "number_exists" or wait >= LONGEST_WAIT:
                raise
            wait *= 4  # a busy machine rehearsed until the number's moment had passed


def gather(session: Session, reading: Reading) -> None:
    """Everybody who takes part."""
    crew.ensure(session, OrganisationKind.AGENCY, "神秘买样演练局")
    for sample in reading.samples:
        crew.ensure(session, OrganisationKind.PLATFORM, sample["platform"])
        for column in ("first_lab", "reinspection_lab"):
            if sample[column]:
                crew.ensure(session, OrganisationKind.LABORATORY, sample[column])


def plan(kit: Kit, session: Session, reading: Reading) -> Campaign:
    """Every listing is drawn, and tested for its own items: two of one name may be held to different limits."""
    strata = Counter(f"{sample['platform']}/{sample.category}" for sample in reading.samples)
    items = [
        campaigns.ItemPlan(item=row["item"], limit=row["limit"], rule=row.rule, product=sample.listing_id)
        for sample in reading.samples
        for row in sample.rows
    ]
    today = clock.now().astimezone(BEIJING).date()
    return campaigns.plan(
        session,
        by=kit.agency(session, Role.COORDINATOR),
        title=f"神秘买样演练 {reading.sha256[:8]}",
        kind=CampaignKind.RISK_TARGETED,  # announced cases are no sample of anything
        basis=BASIS,
        category=CATEGORY,
        starts_on=today,
        ends_on=today + timedelta(days=365),
        design={"strata": ["platform", "category"], "allocation": {"method": "fixed", "fixed": dict(strata)}},
        items=items,
        walk_of=reading.sha256,
    )


def frame_and_submit(kit: Kit, session: Session, campaign: Campaign, reading: Reading) -> None:
    with tempfile.TemporaryDirectory(prefix="walk-") as scratch:
        frame = write_frame(reading, Path(scratch) / "frame.csv")
        imported = import_frame(frame, kit.settings.frames_folder)
    assert not imported.refused, "what is read fits a frame"
    by = kit.agency(session, Role.COORDINATOR)
    campaigns.set_frame(session, campaign, imported, by=by, frames=kit.settings.frames_folder)
    campaigns.submit(session, campaign, by=by, frames=kit.settings.frames_folder)


def write_frame(reading: Reading, path: Path) -> Path:
    """The listings of the file as a sampling frame, one a sample."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        lines = csv.writer(stream)
        lines.writerow(["listing_id", "platform", "category", *FRAME_COLUMNS])
        for sample in reading.samples:
            named = (sample[column] for column in FRAME_COLUMNS.values())
            lines.writerow([sample.listing_id, sample["platform"], sample.category, *named])
    return path


def approve(kit: Kit, session: Session, campaign: Campaign) -> None:
    campaigns.approve(session, campaign, by=kit.agency(session, Role.REVIEWER), frames=kit.settings.frames_folder)


def freeze(kit: Kit, session: Session, campaign: Campaign, wait: timedelta) -> None:
    campaigns.freeze(
        session,
        campaign,
        by=kit.agency(session, Role.REVIEWER),
        public_event=PUBLIC_NUMBER,
        public_event_at=clock.now() + wait,
        frames=kit.settings.frames_folder,
    )


def draw(kit: Kit, session: Session, campaign: Campaign) -> None:
    assert campaign.public_event_at is not None, "frozen"
    time.sleep(max(0.0, (campaign.public_event_at - clock.now()).total_seconds()))
    campaigns.draw(
        session,
        campaign,
        by=kit.agency(session, Role.REVIEWER),
        public_number=secrets.token_hex(16),
        source=PUBLIC_NUMBER,
        frames=kit.settings.frames_folder,
    )
