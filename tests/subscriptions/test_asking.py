"""Somebody asks that a mailbox be told, and whoever reads its mail says whether they meant it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import sessionmaker

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.clock import BEIJING
from quality.core.errors import Invalid
from quality.subscriptions.jobs import forget_unconfirmed
from quality.subscriptions.links import LASTS, Keys, hashed, veiled
from quality.subscriptions.models import Rhythm, Subscriber, Tells
from quality.subscriptions.operations import MOST, Asked, ask, change, confirm, in_force, read_address, waiting
from quality.subscriptions.posting import Outcome, outcome_of
from quality.subscriptions.queries import to_confirm, with_link
from quality.subscriptions.rhythm import DAYS, WAITS, next_look, next_try
from tests.harness.databases import on_sqlite

A_DAY = timedelta(days=1)
READER = "reader@people.example"


def count(session, table=Subscriber):
    return session.scalars(sa.select(sa.func.count(table.id))).one()


# --- pure ---


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  Reader@People.Example \u200b", "Reader@people.example"),
        ("a+news@people.example", "a+news@people.example"),
        ("x@例子.example", "x@xn--fsqu00a.example"),
    ],
)
def test_an_address_is_read_without_what_nobody_sees(typed, read):
    assert read_address(typed) == read


NO_ADDRESS = [
    "", "reader", "@people.example", "a@b@c.example", "a@b", "读者@people.example", "<a@b.example>",
    "a@b.example\r\nBcc: x@y.example", "a@b.example c", "a@b.example, c@d.example", "x" * 250 + "@people.example",
]  # fmt: skip


@pytest.mark.parametrize("typed", NO_ADDRESS)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(Invalid) as no:
        read_address(typed)
    assert no.value.problems[0].field == "email"


@settings(max_examples=50)
@given(st.datetimes(timezones=st.just(BEIJING)), st.sampled_from(list(Rhythm)))
def test_the_next_look_is_ahead_and_no_further_than_a_period(after, rhythm):
    following = next_look(rhythm, after)
    assert timedelta(0) < following - after <= timedelta(days=DAYS.get(rhythm, 1))
    if rhythm is not Rhythm.AT_ONCE:
        assert following.astimezone(BEIJING).hour == 8
    if rhythm is Rhythm.WEEKLY:
        assert following.astimezone(BEIJING).weekday() == 0


def test_a_mail_is_tried_later_and_later_and_never_given_up():
    now = clock.now()
    waits = [next_try(tries, now) - now for tries in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[-1] == WAITS[-1]


@pytest.mark.parametrize(
    ("status", "said", "outcome"),
    [
        (550, "5.1.1 No such mailbox", Outcome.REFUSED),
        (552, "5.2.2 Full", Outcome.REFUSED),
        (550, "No such user here", Outcome.REFUSED),
        (550, "5.7.1 Relaying denied", Outcome.LATER),
        (554, "5.7.1 Blocked", Outcome.LATER),
        (554, "No", Outcome.LATER),
        (550, "5.1.8 Bad sender's system address", Outcome.LATER),
        (451, "4.3.0 Later", Outcome.LATER),
    ],
)
def test_only_what_is_said_of_the_mailbox_counts_against_it(status, said, outcome):
    assert outcome_of(status, said) is outcome


def test_a_link_that_confirms_is_signed_and_ends():
    keys, now = Keys(Cipher([b"k" * 32], b"i" * 32), "a secret key, as long as it must be"), clock.now()
    link = keys.confirming(Subscriber(handle="abc"), now)
    assert keys.handle_in(link, now) == "abc"
    assert keys.handle_in(link, now + LASTS + timedelta(seconds=1)) is None
    said, _dot, signature = link.rpartition(".")  # of whose last character not every bit counts
    assert keys.handle_in(f"{said}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}", now) is None
    assert Keys(keys.cipher, "another secret key, as long as it must be").handle_in(link, now) is None
    assert keys.handle_in("x" * 5000, now) is None
    assert veiled(READER) == "r…@people.example"


# --- asked ---


def test_an_address_can_be_read_by_who_sends_and_by_nobody_who_looks(session, desk):
    subscriber = desk.ask("Reader@people.example", q="磁力")
    row = session.execute(sa.select(*Subscriber.__table__.c)).one()
    assert not any("eader" in str(value) for value in row)
    assert desk.keys.address_of(subscriber) == "Reader@people.example"
    token = desk.keys.link_of(subscriber)
    assert hashed(token) == subscriber.link_sha256
    assert with_link(session, token) is None
    assert (subscriber.confirmed_at, subscriber.look_at) == (None, None)


def test_two_who_ask_for_one_address_at_the_same_moment_make_one_mailbox(session, desk):
    sessions, gate = sessionmaker(session.get_bind()), threading.Barrier(2)
    session.commit()

    def ask_now(q):
        gate.wait()
        with sessions.begin() as own:
            ask(own, desk.keys, Asked(READER, "en", Rhythm.DAILY, Tells.ALL, {"q": q}))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask_now, ["磁力", "积木"]))

    assert count(session) == 1
    assert sorted(each.q for each in desk.of().wishes) == ["磁力", "积木"]


@on_sqlite
def test_the_same_address_twice_is_one_mailbox_and_one_mail_a_day(session, desk, office):
    desk.ask(q="磁力")
    assert desk.send() == 1
    desk.ask("READER@people.example", q="磁力")
    desk.ask(q="积木")
    assert desk.send() == 0
    assert (count(session), len(desk.of().wishes)) == (1, 2)
    desk.clock.moment += A_DAY
    desk.ask(q="积木")
    assert desk.send() == 1

    text = office.read().get_content()
    assert ("Search: 磁力" in text, "Search: 积木" in text) == (True, True)
    assert "/subscribe/confirm/" in text
    assert "within 48 hours" in text


@on_sqlite
def test_who_is_told_already_is_asked_about_what_is_new_and_nothing_of_theirs_is_changed(session, desk, office):
    subscriber = desk.subscribed(rhythm=Rhythm.DAILY)
    desk.ask(rhythm=Rhythm.AT_ONCE)
    desk.send()
    assert office.read()["Subject"] == "You are told of published results already"
    desk.clock.moment += A_DAY
    desk.ask(rhythm=Rhythm.AT_ONCE, q="积木")
    desk.send()

    assert "Search: 积木" in office.read().get_content()
    assert subscriber.rhythm == Rhythm.DAILY
    assert [each.q for each in in_force(subscriber)] == [""]
    confirm(session, subscriber, [each.id for each in waiting(subscriber)])
    assert [each.q for each in in_force(subscriber)] == ["", "积木"]


@on_sqlite
def test_no_mailbox_gathers_wishes_without_end(session, desk):
    for place in range(MOST + 5):
        desk.ask(q=str(place))
    assert len(desk.of().wishes) == MOST


@on_sqlite
def test_what_is_not_confirmed_in_time_is_forgotten(session, desk):
    desk.ask("late@people.example")
    subscriber = desk.subscribed()
    desk.ask(q="积木")
    desk.clock.moment += LASTS
    forget = lambda sessions: forget_unconfirmed(sessions, clock.now())  # noqa: E731
    assert (desk.job(forget), desk.job(forget)) == (2, 0)
    assert count(session) == 1
    assert [each.q for each in subscriber.wishes] == [""]


@on_sqlite
def test_a_confirmation_takes_what_was_on_the_page_and_only_once(session, desk, office):
    desk.ask(q="磁力")
    desk.ask(q="积木")
    link = desk.keys.confirming(desk.of(), clock.now())
    subscriber = to_confirm(session, desk.keys, link, clock.now())
    assert subscriber is not None
    first, second = waiting(subscriber)
    confirm(session, subscriber, [])
    assert subscriber.confirmed_at is None
    confirm(session, subscriber, [first.id, 999])
    since = first.since_at
    desk.clock.advance(hours=1)
    confirm(session, subscriber, [first.id])

    assert (first.since_at, second.since_at) == (since, None)
    assert subscriber.look_at is not None
    assert to_confirm(session, desk.keys, "x", clock.now()) is None


@on_sqlite
def test_a_mailbox_that_refuses_to_be_asked_is_not_asked_again_for_a_day(session, desk, office):
    desk.ask("nobody@people.example")
    assert desk.send() == 0
    desk.ask("nobody@people.example")
    assert desk.of("nobody@people.example").confirm_at is None


@on_sqlite
def test_another_rhythm_is_followed_from_the_next_morning_on(session, desk):
    subscriber = desk.subscribed()
    change(session, subscriber, "zh", Rhythm.WEEKLY, [each.id for each in subscriber.wishes])
    assert subscriber.look_at == next_look(Rhythm.WEEKLY, clock.now())
    assert (subscriber.language, len(in_force(subscriber))) == ("zh", 1)
