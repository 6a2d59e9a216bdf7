"""How likely a listing was to be drawn is a column more; on the way down and up no drawn listing is lost."""

from __future__ import annotations

import sqlalchemy as sa

from quality.campaigns.models import CampaignStatus, Drawn
from quality.core import migrations
from quality.core.db import db
from tests.harness.campaigns import campaign_at
from tests.harness.purchases import settings


def test_what_was_drawn_outlives_the_way_down_and_up(session, cast):
    campaign_at(session, cast, CampaignStatus.DRAWN, settings().frames_folder)
    drawn = sa.select(Drawn.id, Drawn.listing_id, Drawn.listing).order_by(Drawn.id)
    before = session.execute(drawn).all()
    session.commit()
    db.session.remove()

    migrations.downgrade("0078_approval")
    assert "inclusion" not in {column["name"] for column in sa.inspect(db.engine).get_columns("drawn")}

    migrations.upgrade()
    assert db.session.execute(drawn).all() == before != []
    assert set(db.session.scalars(sa.select(Drawn.inclusion))) == {None}
