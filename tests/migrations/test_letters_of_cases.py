"""Files and letters from before a case could have its own: they stay with what they were sent about."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import clock, migrations
from quality.core.db import db
from quality.corrections.operations import report, send_letter
from quality.objections.models import Party, SentFile
from quality.objections.operations import send_letter as send_result
from tests.harness.corrections import ordered_correction
from tests.harness.objections import received_objection


def rows(text):
    with db.engine.connect() as connection:
        return connection.execute(sa.text(text)).all()


def test_what_parties_sent_outlives_the_way_down_and_up(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    objection = received_objection(session, cast, finding)
    send_result(session, finding, Party.SELLER, by=cast.coordinator)
    correction = ordered_correction(session, cast, finding)
    letter = send_letter(session, correction, by=cast.coordinator).letter
    told = report(session, correction, "已整改", clock.now(), by=cast.coordinator, letter_id=letter.id)
    facts = {"name": "a.png", "media_type": "image/png", "bytes": 3}
    for table, key, sha256 in (("objection", objection.id, "a" * 64), ("correction_report", told.id, "b" * 64)):
        session.add(SentFile(subject_type=table, subject_id=key, sha256=sha256, **facts))
    session.commit()
    key = objection.id
    db.session.remove()

    migrations.downgrade("0063_fallback")
    assert rows("SELECT objection_id, sha256 FROM sent_file") == [(key, "a" * 64)]
    assert rows("SELECT kind FROM letter") == [("result",)], "what the program of before cannot read is gone"
    assert rows("SELECT statement, letter_id FROM correction_report") == [("已整改", None)]
    migrations.upgrade()
    assert rows("SELECT subject_type, subject_id FROM sent_file") == [("objection", key)]
    assert rows("SELECT kind, case_id FROM letter") == [("result", None)]
