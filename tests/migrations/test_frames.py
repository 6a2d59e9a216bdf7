"""On the way up the frames that campaigns have are told from their record; on the way down no campaign loses one."""

from __future__ import annotations

import sqlalchemy as sa

from quality.campaigns.models import Campaign, Frame
from quality.core import migrations
from quality.core.db import db
from tests.harness.campaigns import framed, planned
from tests.harness.purchases import settings

FACTS = ("agency_id", "sha256", "name", "rows", "accepted", "refused", "refused_file", "imported_by_id")


def facts(session):
    return [tuple(getattr(each, name) for name in FACTS) for each in session.scalars(sa.select(Frame))]


def test_what_campaigns_are_drawn_from_becomes_a_frame_once(session, cast):
    for _two in range(2):
        framed(session, planned(session, cast), cast, settings().frames_folder)
    planned(session, cast)  # without one
    before = facts(session)
    given = session.scalars(sa.select(Campaign.frame_sha256).order_by(Campaign.id)).all()
    session.commit()
    db.session.remove()

    migrations.downgrade("0071_batches")
    assert not {"frame", "frame_source"} & set(sa.inspect(db.engine).get_table_names())

    migrations.upgrade()
    again = db.session()
    assert len(before) == 1
    assert facts(again) == before
    assert again.scalars(sa.select(Campaign.frame_sha256).order_by(Campaign.id)).all() == given
