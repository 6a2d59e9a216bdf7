"""What was approved before editions were marked is its campaign's last submission; what was never approved is not."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from quality.campaigns.models import CampaignVersion
from quality.campaigns.operations import approve, submit
from quality.campaigns.workflow import RETURN
from quality.core import migrations
from quality.core.db import db
from quality.core.workflow import perform
from tests.harness.campaigns import framed, planned


def marks(session):
    asked = sa.select(CampaignVersion.edition, CampaignVersion.approved_at, CampaignVersion.approved_by_id)
    return session.execute(asked.order_by(CampaignVersion.id)).all()


def test_what_was_approved_is_marked_on_the_way_up(session, cast, tmp_path: Path):
    approved, waiting = (planned(session, cast) for _ in range(2))
    for each in (approved, waiting):
        framed(session, each, cast, tmp_path)
        submit(session, each, by=cast.coordinator, frames=tmp_path)
    perform(session, approved, RETURN, by=cast.reviewer)
    submit(session, approved, by=cast.coordinator, frames=tmp_path)
    approve(session, approved, by=cast.reviewer, frames=tmp_path)
    session.commit()
    before = marks(session)
    assert [bool(at) for _edition, at, _by in before] == [False, False, True]
    db.session.remove()

    migrations.downgrade("0075_drawn_from")
    assert "approved_at" not in {each["name"] for each in sa.inspect(db.engine).get_columns("campaign_version")}
    migrations.upgrade()

    again = db.session()
    assert marks(again) == before
    assert not again.scalars(sa.select(CampaignVersion.plan_sha256)).first()
