"""Each of the five tests: what stands out, with its cases, and what just does not."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.notices.models import Outcome
from quality.statistics.suspicions import (
    CHANCE,
    FEWEST,
    RUN,
    Sign,
    Why,
    contradicted,
    flat_lines,
    impossible_times,
    last_minutes,
    same_files,
    suspicions,
)
from tests.statistics.made import asked, at, gone, listing, said, sent_back, there, told, verified


def whys(found):
    return [(case.why, case.listing and case.listing.listing_id) for case in found.cases]


# --- flat lines ---


def with_units(*units):
    return [told(listing(said(hour, units_sold=each)), remove=[]) for hour, each in enumerate(units, 2)]


@pytest.mark.parametrize(
    ("units", "many"),
    [
        ([7, 7, 7, 7], 0),
        ([7, 7, 7, 7, 7], 5),
        ([0, 0, 0, 0, 0, 0], 6),  # nothing sold, nothing sold …
        ([7, 7, 7, 8, 7, 7], 0),  # broken
        ([7, 7, None, 7, 7, 7], 5),  # who says nothing breaks nothing
        ([3, 9, 9, 9, 9, 9, 4], 5),
    ],
)
def test_five_equal_numbers_in_a_row_are_a_flat_line(units, many):
    found = flat_lines(with_units(*units))
    assert (len(found.cases), found.is_raised) == (many, many > 0)
    assert found.of == sum(each is not None for each in units)


def test_a_correction_of_one_listing_is_one_answer():
    corrected = listing(*(said(hour, units_sold=7) for hour in range(2, 9)))
    assert flat_lines([told(corrected)]).cases == []


def answered_after(*hours):
    return [told(remove=[asked(100 * n, 100 * n + 72, stopped=100 * n + each)]) for n, each in enumerate(hours)]


def test_delays_are_compared_to_the_minute_and_a_programs_own_are_left_out():
    flat = flat_lines(answered_after(24.001, 24.002, 24, 24.01, 24.015))
    assert [case.why for case in flat.cases] == [Why.SAME_DELAY] * RUN
    assert flat.cases[0].said.total_seconds() == 24 * 3600
    assert flat_lines(answered_after(24, 24, 24, 24, 24.02)).cases == []  # 72 seconds more
    at_once = flat_lines(answered_after(0.1, 0.1, 0.1, 0.1, 0.1))
    assert (at_once.cases, at_once.of) == ([], 0)


@given(st.lists(st.integers(0, 3), max_size=30))
def test_a_run_is_whole_and_unbroken(units):
    found = flat_lines(with_units(*units))
    values = [case.said for case in found.cases]
    assert len(values) <= len(units)
    for each in set(values):
        assert values.count(each) >= RUN
    longest = max((len(list(run)) for _value, run in groupby(units)), default=0)
    assert bool(values) == (longest >= RUN)


# --- the same file twice ---


def test_one_file_for_two_listings_names_both_and_the_same_again_for_one_is_none():
    one, two = (listing(said(hour, evidence=("a" * 64, str(hour) * 64))) for hour in (2, 3))
    again = listing(said(4, evidence=("b" * 64,)), said(5, evidence=("b" * 64,)))
    found = same_files([told(one, again), told(two), told(listing(said(6)))])
    assert whys(found) == [(Why.SAME_FILE, one.listing_id), (Why.SAME_FILE, two.listing_id)]
    assert (found.of, found.is_raised) == (3, True)
    assert found.cases[0].said == "a" * 64


# --- impossible times ---


@pytest.mark.parametrize(
    ("claim", "looks", "why"),
    [
        (said(9, acted=-1), [], Why.BEFORE_ISSUE),
        (said(9, acted=0.5), [], Why.BEFORE_REACH),
        (said(0.8, acted=0.5), [], Why.UNREAD),
        (said(9, acted=5), [there(7)], Why.WHILE_SEEN),
        (said(9, acted=5), [there(4)], None),  # it was there, and then it went
        (said(9, acted=5), [gone(7)], None),
        (said(9, acted=5), [there(5), there(9)], None),  # at those very moments it may have been either
        (said(9, acted=5), [there(10)], None),  # that is a contradiction, and no impossible time
        (said(9, acted=1), [], None),
        (said(9, Outcome.ALREADY_GONE), [], None),
    ],
)
def test_what_cannot_be(claim, looks, why):
    found = impossible_times([told(listing(claim, *looks))])
    assert [case.why for case in found.cases] == ([why] if why else [])
    assert found.of == (claim.outcome == Outcome.REMOVED)


def test_where_nothing_is_known_to_have_reached_them_only_the_issue_counts():
    found = impossible_times([told(listing(said(9, acted=0.5)), reached_at=None)])
    assert (found.cases, found.of) == ([], 1)


# --- claims that our looks contradict ---


def test_there_after_it_was_said_to_be_gone():
    wrong = listing(said(5), there(20), sent_back(21), said(30), gone(40), verified(41))
    never = listing(said(5, Outcome.NEVER_FOUND), there(20))
    found = contradicted([told(wrong, never)])
    assert whys(found) == [(Why.STILL_THERE, wrong.listing_id), (Why.STILL_THERE, never.listing_id)]
    assert (found.of, found.cases[0].said, found.cases[0].against) == (3, at(5), at(20))


def test_what_came_back_after_it_was_verified_was_no_untrue_claim():
    back = listing(said(5), gone(20), verified(21), there(90))
    refused = listing(said(5, Outcome.REFUSED), there(20))
    unseen = listing(said(5))
    before = listing(there(3), said(5))
    found = contradicted([told(back, refused, unseen, before)])
    assert (found.cases, found.of) == ([], 1)


# --- always in the last minute ---


def at_shares(*shares):
    return [told(remove=[asked(0, 100, stopped=100 * share)]) for share in shares]


def test_four_of_five_in_the_last_twentieth_are_no_chance_and_three_may_be():
    always = last_minutes(at_shares(0.95, 0.96, 0.99, 0.999, 0.3))
    assert always.is_raised
    assert len(always.cases) == 4
    assert always.chance == 5 * Decimal("0.05") ** 4 * Decimal("0.95") + Decimal("0.05") ** 5
    sometimes = last_minutes(at_shares(0.95, 0.96, 0.99, 0.4, 0.3))
    assert not sometimes.is_raised
    assert sometimes.chance > CHANCE


def test_too_late_is_not_the_last_minute_and_four_answers_are_no_habit():
    assert last_minutes(at_shares(1, 1.2, 1.01, 3, 1)).cases == []
    few = last_minutes(at_shares(0.99, 0.99, 0.99, 0.99))
    assert len(few.cases) == few.of == FEWEST - 1
    assert not few.is_raised


def test_one_deed_is_one_answer_however_many_listings_it_was_about():
    listings = [listing(asked(0, 100, stopped=99)) for _ in range(6)]
    found = last_minutes([told(*listings, remove=[asked(0, 100, stopped=99, outcome="withdrawn"), asked(0, 100)])])
    assert (found.of, len(found.cases), found.is_raised) == (1, 1, False)


def test_all_five_are_told_of_whether_they_found_anything_or_not():
    nothing = suspicions([])
    assert [each.sign for each in nothing] == list(Sign)
    assert not any(each.is_raised or each.of or each.cases for each in nothing)
    assert nothing[-1].chance is None
