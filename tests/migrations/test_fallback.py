"""A notice outlives the way down; what was tried of it is found to be missing again, and tried anew."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.core import clock, migrations
from quality.core.db import db
from quality.delivery.falling_back import try_another_way
from quality.delivery.models import Fallback
from quality.notices.models import Notice, NoticeStatus, Way
from tests.harness.notices import notice_at


def test_notices_stay_and_what_was_tried_without_proof_is_tried_anew(session, concluded, settings):
    notice_at(session, concluded.cast, NoticeStatus.ISSUED, concluded.bad[0])
    concluded.cast.clock.advance(days=5)
    session.commit()
    assert try_another_way(sessionmaker(db.engine), settings, clock.now()) == 1
    db.session.remove()

    migrations.downgrade("0062_radar")
    with db.engine.connect() as connection:
        assert connection.scalars(sa.text("SELECT status FROM notice")).all() == ["issued"]
    assert not {"fallback", "reach"} & set(sa.inspect(db.engine).get_table_names())

    migrations.upgrade()
    assert db.session().scalars(sa.select(Notice.unproven_by)).all() == [None]
    assert try_another_way(sessionmaker(db.engine), settings, clock.now()) == 1
    assert db.session().scalars(sa.select(Fallback.way)).all() == [Way.LETTER]
