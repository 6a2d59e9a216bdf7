"""What waits to be laid over a frame, and why it could not be, outlives both ways; going down, the last of each."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from quality.campaigns.models import LayerKind
from quality.core import clock, migrations
from quality.core.db import db
from quality.targeting.models import LayerRequest
from tests.harness.campaigns import planned


def test_what_was_asked_for_last_outlives_the_way_down(session, cast):
    for place, campaign in enumerate([planned(session, cast), planned(session, cast)]):
        for later, kind in enumerate(list(LayerKind)[: 1 + place]):
            asked_at = clock.now() + timedelta(seconds=later)
            session.add(
                LayerRequest(campaign_id=campaign.id, kind=kind, asked_by_id=cast.coordinator.id, role="coordinator",
                             via="", asked_at=asked_at, version=1, wish={"edition": 2}, taken_at=asked_at,
                             problem={"en": kind.value, "zh": kind.value})
            )  # fmt: skip
    session.commit()
    kept = sa.select(LayerRequest.campaign_id, LayerRequest.kind, LayerRequest.problem).order_by(LayerRequest.asked_at)
    before = [tuple(row) for row in session.execute(kept)]
    db.session.remove()

    migrations.downgrade("0087_layer_request")
    with db.engine.connect() as connection:
        assert len(connection.scalars(sa.text("SELECT campaign_id FROM layer_request")).all()) == 2

    migrations.upgrade()
    again = [tuple(row) for row in db.session().execute(kept)]
    assert (len(before), len(again)) == (3, 2)
    assert all(row in before for row in again)
    assert {row[1] for row in again} == set(LayerKind)
