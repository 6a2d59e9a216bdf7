"""A share of claims, drawn by nobody, is looked at by two persons, and the second does not know what the first saw."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.notices.models import ItemStatus, NoticeStatus
from quality.notices.operations import reopen, send_back, verify
from quality.notices.practice import practice_of, set_practice
from quality.notices.second import drawn_claim, is_drawn, is_kept_from, looks_told
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.notices import answered, notice_at, seen
from tests.harness.people import hire


@pytest.fixture
def drawn(session, concluded):
    """A claim of an agency whose every claim is looked at by two."""
    set_practice(session, second_look_percent=100, edition=0, by=concluded.cast.reviewer)
    return notice_at(session, concluded.cast, NoticeStatus.ANSWERED, concluded.bad[0]).items[0]


def refusal(call, *args, **given) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **given)
    return refused.value.code


def test_the_share_that_is_drawn_is_the_share_that_was_set() -> None:
    digest = "ab" * 32
    for percent in (0, 5, 50, 100):
        many = sum(is_drawn(digest, claim, percent) for claim in range(4_000))
        assert abs(many - 40 * percent) <= 4 * (40 * percent * (100 - percent) / 100) ** 0.5
    first = int(hashlib.sha256(f"{digest},7".encode()).hexdigest(), 16) / 2**256
    assert [is_drawn(digest, 7, percent) for percent in range(101)] == [first < percent / 100 for percent in range(101)]


@on_sqlite
def test_a_claim_is_drawn_by_its_own_event_in_the_record(session, concluded):
    set_practice(session, second_look_percent=50, edition=0, by=concluded.cast.reviewer)
    notice = notice_at(session, concluded.cast, NoticeStatus.ANSWERED, *concluded.bad)

    said = sa.select(Event.part, Event.digest).where(Event.action == "claim")
    digests = {part: digest for part, digest in session.execute(said)}
    for item in notice.items:
        [claim] = item.claims
        assert claim.second_look_percent == 50
        assert claim.is_drawn == is_drawn(digests[f"notice_item:{item.id}"], claim.id, 50)


def test_what_was_drawn_is_verified_once_two_persons_saw_it_gone(session, cast, drawn):
    seen(session, cast, drawn)
    seen(session, cast, drawn)
    assert refusal(verify, session, drawn, by=cast.coordinator) == "second_look"

    seen(session, cast, drawn, by=cast.reviewer)
    verify(session, drawn, by=cast.coordinator)

    assert (drawn.status, drawn_claim(drawn)) == (ItemStatus.VERIFIED, None)


@on_sqlite
def test_the_second_one_does_not_know_what_the_first_saw(session, cast, drawn):
    look = seen(session, cast, drawn, gone=False)
    third = hire(session, cast.agency, Role.COORDINATOR)

    assert [is_kept_from(drawn, who.id) for who in (cast.coordinator, cast.reviewer, third, cast.desk)] == [
        False, True, True, True,
    ]  # fmt: skip
    assert (looks_told(drawn, cast.coordinator.id), looks_told(drawn, cast.reviewer.id)) == ([look], [])
    assert refusal(send_back, session, drawn, by=cast.reviewer) == "look_first"
    assert refusal(verify, session, drawn, by=cast.reviewer) == "look_first"

    seen(session, cast, drawn, by=cast.reviewer)

    assert not is_kept_from(drawn, third.id)
    assert refusal(verify, session, drawn, by=cast.reviewer) == "second_look"
    seen(session, cast, drawn)
    verify(session, drawn, by=cast.reviewer)


@on_sqlite
def test_who_found_it_there_sends_it_back_alone_and_an_answer_draws_nobody_out_again(session, cast, drawn):
    seen(session, cast, drawn, gone=False)
    send_back(session, drawn, by=cast.coordinator)
    set_practice(session, second_look_percent=0, edition=1, by=cast.reviewer)
    answered(session, cast, drawn.notice)
    assert [claim.is_drawn for claim in drawn.claims] == [True, False]
    seen(session, cast, drawn)
    assert refusal(verify, session, drawn, by=cast.coordinator) == "second_look"
    seen(session, cast, drawn, by=cast.reviewer)
    verify(session, drawn, by=cast.reviewer)

    cast.clock.advance(days=1)
    seen(session, cast, drawn, gone=False)
    reopen(session, drawn, by=cast.coordinator)
    cast.clock.advance(days=1)
    answered(session, cast, drawn.notice)
    seen(session, cast, drawn)
    verify(session, drawn, by=cast.coordinator)


@on_sqlite
def test_a_share_is_set_by_a_reviewer_edition_by_edition(session, cast):
    assert practice_of(session, cast.agency.id) is None
    with pytest.raises(NotPermitted):
        set_practice(session, second_look_percent=5, edition=0, by=cast.coordinator)
    for wrong in (-1, 101, None):
        with pytest.raises(Invalid, match="second_look_percent"):
            set_practice(session, second_look_percent=wrong, edition=0, by=cast.reviewer)

    first = set_practice(session, second_look_percent=5, edition=0, by=cast.reviewer)
    assert refusal(set_practice, session, second_look_percent=9, edition=0, by=cast.reviewer) == "other_edition"
    assert set_practice(session, second_look_percent=5, edition=1, by=cast.reviewer) is first
    second = set_practice(session, second_look_percent=9, edition=1, by=cast.reviewer)

    assert practice_of(session, cast.agency.id) is second
    told = session.scalars(sa.select(Event.details).where(Event.subject_type == "practice").order_by(Event.id)).all()
    assert told == [{"second_look_percent": share, "capture_hosts": []} for share in ("5", "9")]
