"""What a platform may answer for one listing: every field that cannot be is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.notices.answers import (
    LONGEST_ADDRESS,
    LONGEST_REASON,
    MOST_EVIDENCE,
    MOST_SWEPT,
    OutcomeEntry,
    is_web_address,
    problems_of,
)

ISSUED = datetime(2026, 9, 1, 1, tzinfo=UTC)
NOW = ISSUED + timedelta(days=1)
GOOD = OutcomeEntry("L1", "removed", acted_at=NOW, units_sold=0, swept=["https://item.example/2"], evidence=["a" * 64])


def wrong(entry: OutcomeEntry) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in problems_of(entry, issued_at=ISSUED, now=NOW)]


def test_a_good_answer_has_no_problem():
    assert wrong(GOOD) == []
    assert wrong(OutcomeEntry("L1", "never_found")) == []
    assert wrong(OutcomeEntry("L1", "refused", reason="非同一批次")) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"outcome": "gone"}, ("outcome", "unknown_outcome")),
        ({"outcome": "refused"}, ("reason", "missing")),
        ({"outcome": "refused", "reason": " "}, ("reason", "missing")),
        ({"reason": "长" * (LONGEST_REASON + 1)}, ("reason", "too_long")),
        ({"acted_at": None}, ("acted_at", "missing")),
        ({"acted_at": NOW.replace(tzinfo=None)}, ("acted_at", "no_zone")),
        ({"acted_at": NOW + timedelta(seconds=1)}, ("acted_at", "in_the_future")),
        ({"acted_at": ISSUED - timedelta(seconds=1)}, ("acted_at", "before_the_notice")),
        ({"units_sold": -1}, ("units_sold", "not_a_count")),
        ({"units_sold": True}, ("units_sold", "not_a_count")),
        ({"units_sold": 2**31}, ("units_sold", "not_a_count")),
        ({"swept": ["https://item.example/1"] * (MOST_SWEPT + 1)}, ("swept", "too_many")),
        ({"swept": ["https://item.example/1", "item.example/2"]}, ("swept 2", "bad_address")),
        ({"evidence": ["a" * 64] * (MOST_EVIDENCE + 1)}, ("evidence", "too_many")),
        ({"evidence": ["A" * 64]}, ("evidence 1", "bad_sha256")),
    ],
)
def test_every_bad_field_is_named(changed, named):
    assert wrong(GOOD._replace(**changed)) == [named]


def test_what_was_already_gone_may_have_gone_before_the_notice():
    assert wrong(GOOD._replace(outcome="already_gone", acted_at=ISSUED - timedelta(days=9))) == []


def test_all_problems_are_named_at_once():
    bad = OutcomeEntry("L1", "removed", units_sold=-3, swept=["x"], evidence=["y"])

    assert [field for field, _code in wrong(bad)] == ["acted_at", "units_sold", "swept 1", "evidence 1"]


@pytest.mark.parametrize(
    "address",
    ["http://item.example", "https://item.example:8443/a?b=c#d", "https://[::1]/x", "https://商城.example/棠梨"],
)
def test_an_address_that_a_browser_opens_is_one(address):
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "item.example/1", "ftp://item.example/1", "javascript:alert(1)", "https://", "https:///1", "http://[::1",
        "https://item.example:0/", "https://item.example:99999/", "https://item.example/a b", "https://item.example/\n",
        "https://item.example/" + "a" * LONGEST_ADDRESS,
    ],
)  # fmt: skip
def test_what_no_browser_opens_is_no_address(address):
    assert not is_web_address(address)


@settings(deadline=None)
@given(
    st.builds(
        OutcomeEntry,
        st.text(max_size=20),
        st.text(max_size=20),
        st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
        st.text(max_size=50),
        st.none() | st.integers(),
        st.lists(st.text(max_size=50), max_size=3),
        st.lists(st.text(max_size=70), max_size=3),
    )
)
def test_no_answer_whatever_it_says_breaks_the_reading(entry):
    assert {field.split()[0] for field, _code in wrong(entry)} <= {*OutcomeEntry._fields}
