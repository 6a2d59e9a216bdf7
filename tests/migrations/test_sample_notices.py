"""Samples and letters outlive the way down; who was told is then in the record only, and is told anew."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.informing.models import Call, Outcome, SampleMail, SampleMailLine, Way
from quality.informing.operations import Tried, acknowledge, note_try, tell
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


def test_notices_of_before_are_due_where_they_were_not_received_and_mails_go_on_the_way_down(session, concluded):
    cast = concluded.cast
    platform_of = {each.sample.id: each.sample.task.drawn.platform_id for each in concluded.bad}
    first, second = (each.sample for each in concluded.bad[:2])
    desk = next(each for each in (cast.desk, cast.other_desk) if each.organisation_id == platform_of[first.id])
    acknowledge(session, tell(session, first, Party.PLATFORM, by=cast.coordinator).notice, by=desk)
    waits = tell(session, second, Party.PLATFORM, by=cast.coordinator).notice
    tell(session, second, Party.SELLER, by=cast.coordinator)
    waits.calls, waits.call_at = 1, cast.clock.moment
    mail = SampleMail(
        platform_id=waits.platform_id, message_id="msg_1", address="a@b.example", body=b"x", made_at=cast.clock.moment
    )
    session.add(mail)
    session.flush()
    session.add(SampleMailLine(mail_id=mail.id, notice_id=waits.id, call=Call.TOLD))
    session.commit()
    told = "SELECT id, party, platform_id, code, sent_at, received_at, proof, links FROM sample_notice ORDER BY id"
    kept = rows(told)
    db.session.remove()

    migrations.downgrade("0119_label_unscanned")
    assert not {"sample_mail", "sample_mail_line"} & set(sa.inspect(db.engine).get_table_names())
    assert not {"calls", "call_at"} & {each["name"] for each in sa.inspect(db.engine).get_columns("sample_notice")}
    assert rows(told) == kept

    migrations.upgrade()
    assert rows(told) == kept
    due = "SELECT party, received_at IS NULL, calls, call_at = sent_at FROM sample_notice ORDER BY id"
    assert [tuple(each) for each in rows(due)] == [
        ("platform", False, 0, None), ("platform", True, 0, True), ("seller", True, 0, None),
    ]  # fmt: skip
    assert rows("SELECT count(*) FROM sample_mail") == [(0,)]
