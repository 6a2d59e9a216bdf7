"""Samples and letters outlive the way down; who was told is then in the record only, and is told anew."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.informing.models import Outcome, Way
from quality.informing.operations import Tried, note_try, tell
from quality.informing.several import tell_several
from quality.objections.models import Party

SAMPLES = "SELECT id, number, status, version, digest FROM sample ORDER BY id"
TOLD = "SELECT action, details FROM event WHERE action IN ('tell_of_sample', 'tried_to_reach') ORDER BY id"


def rows(text: str) -> list:
    with db.engine.connect() as connection:
        return list(connection.execute(sa.text(text)).all())


def test_samples_and_their_record_stay_when_notices_go(session, concluded):
    cast, sample = concluded.cast, concluded.bad[0].sample
    number = sample.number
    tell(session, sample, Party.PLATFORM, by=cast.coordinator)
    notice = tell(session, sample, Party.SELLER, by=cast.coordinator).notice
    note_try(session, notice, Tried(Way.HAND, Outcome.REFUSED, cast.clock.moment), by=cast.coordinator)
    session.commit()
    kept, said = rows(SAMPLES), rows(TOLD)
    assert len(said) == 3
    assert rows("SELECT party, links FROM sample_notice ORDER BY party") == [("platform", 0), ("seller", 1)]
    db.session.remove()

    migrations.downgrade("0114a_seals")
    assert not {"sample_notice", "reach_try"} & set(sa.inspect(db.engine).get_table_names())
    assert (rows(SAMPLES), rows(TOLD)) == (kept, said)

    migrations.upgrade()
    assert (rows(SAMPLES), rows(TOLD)) == (kept, said)
    assert rows("SELECT count(*) FROM sample_notice") == rows("SELECT count(*) FROM reach_try") == [(0,)]
    said_of = tell_several(db.session(), Party.PLATFORM, [number], by=cast.coordinator)
    assert [each.code for each in said_of] == [""]
