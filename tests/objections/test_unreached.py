"""Whom a letter was sent to and nothing proves that it came, with what was tried; who received one is not there."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from quality.objections.concerned import Concerned
from quality.objections.models import Party
from quality.objections.operations import acknowledge, send_letter
from quality.objections.operations.posting import LASTS, take_back
from quality.objections.unreached import has_letters, unreached_in
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite


@on_sqlite
def test_each_party_that_was_not_reached_stands_there_once(session: Session, concluded: Concluded) -> None:
    cast, [first, second] = concluded.cast, concluded.bad
    campaign = first.sample.campaign
    assert not has_letters(session, campaign)
    lost = send_letter(session, first, Party.SELLER, by=cast.coordinator).letter
    read = send_letter(session, first, Party.PRODUCER, by=cast.coordinator).letter
    acknowledge(session, read, by=Concerned.by(read, cast.agency))
    take_back(session, lost, first, by=cast.coordinator)
    cast.clock.advance(days=1)
    send_letter(session, first, Party.SELLER, by=cast.coordinator)
    cast.clock.advance(days=1)
    send_letter(session, second, Party.SELLER, by=cast.coordinator)
    rows = [row for row in unreached_in(session, campaign) if row.finding in {first.number, second.number}]
    assert (rows[0].finding, rows[0].party, rows[0].letters, rows[0].state) == (
        first.number, Party.SELLER, 2, "open",
    )  # fmt: skip
    assert rows[0].last_sent_at - rows[0].first_sent_at == timedelta(days=1)
    cast.clock.advance(days=LASTS.days)
    assert {row.state for row in unreached_in(session, campaign)} == {"expired"}
