"""Who was told of a sample or sent a letter and nothing proves that it came, with what was tried and what is next."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from quality.informing.models import Outcome, Way
from quality.informing.operations import Tried, note_try, note_try_of_letter, tell
from quality.informing.unreached import State, Step, anybody_was_told, named, next_step, page_of, place_of, state_of
from quality.objections.concerned import Concerned
from quality.objections.models import Party
from quality.objections.operations import acknowledge, send_letter
from quality.objections.operations.posting import LASTS, take_back
from quality.objections.queries import letters_about
from tests.harness.beginnings import Concluded
from tests.harness.refusals import assert_invalid


def test_each_party_that_was_not_reached_stands_there_once(session: Session, concluded: Concluded) -> None:
    cast, [first, second] = concluded.cast, concluded.bad
    campaign, by = first.sample.campaign, cast.coordinator
    assert not anybody_was_told(session, campaign)
    lost = send_letter(session, first, Party.SELLER, by=by).letter
    read = send_letter(session, first, Party.PRODUCER, by=by).letter
    acknowledge(session, read, by=Concerned.by(read, cast.agency))
    take_back(session, lost, first, by=by)
    cast.clock.advance(days=1)
    send_letter(session, first, Party.SELLER, by=by)
    cast.clock.advance(days=1)
    send_letter(session, second, Party.SELLER, by=by)
    assert anybody_was_told(session, campaign)
    rows = [row for row in page_of(session, by, 50, campaign=campaign) if row.number in {first.number, second.number}]
    assert (rows[0].number, rows[0].party, rows[0].letters, rows[0].state) == (
        first.number, Party.SELLER, 2, State.OPEN,
    )  # fmt: skip
    assert rows[0].last_sent_at - rows[0].first_sent_at == timedelta(days=1)
    cast.clock.advance(days=LASTS.days)
    rows = page_of(session, by, 50)
    assert {(row.state, row.step) for row in rows} == {(State.EXPIRED, Step.SEND_AGAIN)}
    assert page_of(session, cast.desk, 50) == page_of(session, cast.buyer, 50) == []


def test_samples_and_letters_stand_in_one_list_some_at_a_time(session: Session, concluded: Concluded) -> None:
    cast, by = concluded.cast, concluded.cast.coordinator
    for finding in concluded.bad:
        for party in (Party.SELLER, Party.PLATFORM):
            tell(session, finding.sample, party, by=by)
        send_letter(session, finding, Party.SELLER, by=by)
        cast.clock.advance(minutes=1)
    whole = page_of(session, by, 50)
    assert len(whole) == 6
    found, after = [], ""
    while some := page_of(session, by, 1, after=after):
        found.append(some[0].place)
        after = named(some[0].place)
        if len(some) == 1:
            break
    assert found == [each.place for each in whole]
    for no_place in ("", "letter-", "sample-99999999", "other-1", "letter-" + "9" * 30, "letter-٣"):
        assert place_of(session, no_place) is None
    assert [each.told()["number"] for each in whole]


def test_what_was_tried_stands_beside_it_and_says_what_is_next(session: Session, concluded: Concluded) -> None:
    cast, by = concluded.cast, concluded.cast.coordinator
    finding = concluded.bad[0]
    send_letter(session, finding, Party.SELLER, by=by)
    notice = tell(session, finding.sample, Party.SELLER, by=by).notice
    cast.clock.advance(days=1)
    at = cast.clock.moment
    [letter] = letters_about(session, finding)
    arrived = Tried(Way.HAND, Outcome.DELIVERED, at)
    assert_invalid(session, {("outcome", "has_a_receipt")}, note_try_of_letter, letter, finding, arrived, by=by)
    [letter] = letters_about(session, finding)
    note_try_of_letter(session, letter, finding, Tried(Way.TELEPHONE, Outcome.UNREACHABLE, at), by=by)
    for way in Way:
        note_try(session, notice, Tried(way, Outcome.REFUSED, at), by=by)
    of_sample, of_finding = sorted(page_of(session, by, 50), key=lambda row: row.about, reverse=True)
    assert (of_finding.state, of_finding.step, len(of_finding.tries)) == (State.UNREACHABLE, Step.ANOTHER_WAY, 1)
    assert (of_sample.state, of_sample.step, len(of_sample.tries)) == (State.REFUSED, Step.PUBLIC_NOTICE, 3)
    assert state_of([], at, expires_at=None, taken_back_at=at) is State.TAKEN_BACK
    assert next_step(State.OPEN, []) is Step.WAIT
