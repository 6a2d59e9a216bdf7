"""The way down forgets what was counted; on the way up a job counts it anew, from the frames and what is published."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.publication.figures import all_counted, count_what_is_missing
from tests.harness.notices import run
from tests.harness.publication import closed_campaign
from tests.harness.purchases import settings


def test_what_was_counted_is_counted_anew(session, concluded):
    closed_campaign(session, concluded)
    before, frames = all_counted(session), settings().frames_folder
    session.commit()
    db.session.remove()

    migrations.downgrade("0089a_lines")
    assert not {"drawn_stratum", "public_figures"} & set(sa.inspect(db.engine).get_table_names())

    migrations.upgrade()
    again = db.session()
    assert all_counted(again) == []
    assert run(again, lambda sessions, now: count_what_is_missing(sessions, frames, now)) == 1
    assert all_counted(again) == before
