"""The way down forgets what the radar keeps and nothing else; on the way up it is made again of what was verified."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.notices.models import NoticeItem
from quality.radar.models import Fingerprint
from tests.harness.radar import hits, relisted, watch


def test_what_was_verified_stays_and_its_fingerprints_are_made_anew(session, concluded, clock):
    relisted(session, concluded.cast, clock, concluded.bad[0])
    many = len(hits(session))
    items = session.scalars(sa.select(NoticeItem.id)).all()
    session.commit()
    db.session.remove()

    migrations.downgrade("0061_corrections")
    assert not {"fingerprint", "swept", "hit"} & set(sa.inspect(db.engine).get_table_names())

    migrations.upgrade()
    again = db.session()
    assert again.scalars(sa.select(NoticeItem.id)).all() == items
    assert watch(again) == 1
    assert (len(hits(again)), len(again.scalars(sa.select(Fingerprint)).all())) == (many, len(items))
