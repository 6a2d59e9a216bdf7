"""What a storm blows over can be prepared: nothing but a storm would find out otherwise."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from quality.campaigns.models import Campaign, CampaignStatus
from quality.purchases.models import Task
from tests.harness.databases import settings_for
from tests.storm.prepare import prepare


def test_a_storm_has_its_people_and_campaigns_with_work(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/storm.db"
    people = prepare(settings_for(address, tmp_path), campaigns=1, ahead=1)
    assert {each.by_key for each in people} == {True, False}
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        statuses = set(connection.scalars(sa.select(Campaign.status)))
        tasks = connection.scalar(sa.select(sa.func.count()).select_from(Task))
    engine.dispose()
    assert tasks and tasks > 100
    assert statuses >= {CampaignStatus.IN_FIELD, CampaignStatus.DRAWN, CampaignStatus.APPROVED}
