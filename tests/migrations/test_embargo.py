"""What was scheduled, expired or stated goes down as what it was before there was such, and comes up whole."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from quality.core import clock, migrations
from quality.core.db import db
from quality.publication.jobs import end_time_in_public
from quality.publication.models import Result, ResultStatus
from quality.publication.schedule import schedule
from tests.harness.notices import run
from tests.harness.publication import proposed, published


def test_what_waited_is_a_proposal_before_and_what_was_public_keeps_its_first_day(session, concluded):
    cast = concluded.cast
    gone = published(session, cast, concluded.good)
    first = published(session, cast, concluded.bad[0])
    session.commit()
    cast.clock.advance(days=100)
    run(session, end_time_in_public)
    second = published(session, cast, concluded.bad[0], "更正规格型号")
    waiting = proposed(session, cast, concluded.bad[1])
    at = clock.now() + timedelta(days=1)
    schedule(session, waiting, at, by=cast.reviewer)
    session.commit()
    since, ids = first.published_at, (gone.id, first.id, second.id, waiting.id)
    db.session.remove()

    migrations.downgrade("0092_statistics")
    with db.engine.connect() as connection:
        told = connection.execute(sa.text("SELECT id, status FROM result ORDER BY id")).all()
    assert dict(map(tuple, told)) == dict(zip(ids, ("withdrawn", "superseded", "published", "proposed"), strict=True))
    migrations.upgrade()

    again = {each.id: each for each in db.session.scalars(sa.select(Result))}
    assert {again[each].public_since for each in ids[1:3]} == {since}
    assert [again[ids[n]].status for n in (0, 3)] == [ResultStatus.EXPIRED, ResultStatus.SCHEDULED]
    assert (again[ids[3]].not_before, again[ids[3]].approved_by_id) == (at, cast.reviewer.id)
