"""Rows from before letters, statements, draws and receipts: they stay, and say what was true of them."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import clock, migrations
from quality.core.db import db
from quality.objections.concerned import Concerned
from quality.objections.models import Decision, Letter, Objection, Party, Proof, Telling
from quality.objections.operations import acknowledge, decide, send_letter, tell
from tests.harness.lab import BAD
from tests.harness.objections import reinspected_objection

BEFORE = "SELECT status, party, finding_id FROM objection ORDER BY id"
TOLD = "SELECT status, party, finding_id FROM telling ORDER BY id"


def rows(text):
    with db.engine.connect() as connection:
        return connection.execute(sa.text(text)).all()


def test_what_was_told_and_heard_before_outlives_the_way_down_and_up(session, concluded):
    cast, [finding, *_others] = concluded.cast, concluded.bad
    tell(session, finding, Party.SELLER, clock.now(), by=cast.coordinator, proof=Proof.POST, receipt_no="EMS 1")
    objection = reinspected_objection(session, cast, BAD[:1], finding, statement="数值有误")
    decide(session, objection, Decision.DISMISSED, by=cast.reviewer, cost_fen=120_000)
    sent = [
        send_letter(session, finding, party, by=cast.coordinator).letter for party in (Party.SELLER, Party.PLATFORM)
    ]
    acknowledge(session, sent[1], by=Concerned.by(sent[1], cast.agency))
    session.commit()
    letters = [(each.kind, each.proof, each.received_at is None) for each in session.scalars(sa.select(Letter))]
    assert letters == [("conclusion", None, True), ("result", "link", False)]
    there = rows(BEFORE), rows(TOLD)
    db.session.remove()

    migrations.downgrade("0035_hearing")
    assert rows("SELECT party, received_at IS NULL FROM letter") == [("platform", False)]
    migrations.upgrade("0046_conclusion_told")  # which makes these columns; all the way is gone below
    assert rows("SELECT kind, proof, receipt_no FROM letter") == [("result", "link", "")]
    assert rows("SELECT conclusion_told_at IS NULL FROM objection") == [(False,)]

    migrations.downgrade("0034_storage")
    assert (rows(BEFORE), rows(TOLD)) == there
    assert not {"letter", "sent_file"} & set(sa.inspect(db.engine).get_table_names())
    migrations.upgrade()
    assert (rows(BEFORE), rows(TOLD)) == there
    assert {(each.proof, each.receipt_no) for each in db.session.scalars(sa.select(Telling))} == {(Proof.ENTERED, "")}
    [again] = db.session.scalars(sa.select(Objection))
    assert (again.statement, again.answer, again.reason, again.draw, again.cost_fen) == ("", "", "", None, None)
    assert again.conclusion_told_at == again.received_at
    assert (again.withdrawn_by_party_at, again.withdrawal_noted_at) == (None, None)
