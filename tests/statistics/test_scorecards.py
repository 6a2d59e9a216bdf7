"""What a scorecard counts, and who stands before whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.ranking import Place
from quality.figures.rates import FEWEST, Rate
from quality.notices.models import ItemStatus, Outcome
from quality.statistics.rows import Pause
from quality.statistics.scorecards import by_month, places, scorecard
from tests.statistics.made import START, asked, at, back, gone, listing, said, sent_back, there, told, verified

NOW = at(200)


def hours(spans: tuple[timedelta, ...]) -> list[float]:
    return [span / timedelta(hours=1) for span in spans]


def test_what_held_at_once_what_went_back_and_what_came_back_are_counted_by_both_denominators():
    held = listing(said(5), gone(20), verified(21))
    went_back = listing(said(5), there(20), sent_back(21), said(30), gone(40), verified(41))
    came_back = listing(said(5), gone(20), verified(21), there(100), back(101), status=ItemStatus.REOPENED)
    excused = listing(said(5, Outcome.REFUSED), status=ItemStatus.EXCUSED)
    untouched = listing(status=ItemStatus.OPEN)
    card = scorecard([told(held, went_back), told(came_back, excused, untouched)], NOW)
    assert (card.notices, card.listings) == (2, 5)
    assert card.at_first_look == (2, 3, 5)
    assert card.returned == (1, 3, 5)
    assert card.relisted == (1, 3, 5)
    assert card.returned.of_known == Rate(1, 3)
    assert card.returned.of_all == Rate(1, 5)


def test_a_listing_verified_after_a_first_look_that_found_it_there_did_not_hold_at_once():
    assert scorecard([told(listing(said(5), there(20), gone(22), verified(23)))], NOW).at_first_look == (0, 1, 1)


def test_what_was_excused_and_opened_again_was_never_verified_and_so_did_not_come_back():
    opened = listing(said(5), there(90), sent_back(91), status=ItemStatus.REOPENED)
    opened.decisions.append(back(100)._replace(was="excused"))
    assert scorecard([told(opened)], NOW).relisted == (0, 0, 1)


def test_the_same_in_a_later_frame_is_on_sale_again_once_however_it_was_found():
    verified_once = [listing(said(5), gone(20), verified(21)) for _ in range(2)]
    both = listing(said(5), gone(20), verified(21), there(100), back(101), status=ItemStatus.REOPENED)
    never = listing(said(5), status=ItemStatus.CLAIMED)
    for each in (verified_once[0], both, never):
        each.is_known_again = True
    assert scorecard([told(*verified_once, both, never)], NOW).relisted == (2, 3, 4)


def test_only_a_removal_that_was_found_true_took_its_time_and_all_else_waits():
    """From the proven receipt at hour 1."""
    true = listing(said(9, acted=5), gone(20), verified(21))
    early = listing(said(9, acted=0.5), gone(20), verified(21))  # before the receipt: no time at all
    already = listing(said(9, Outcome.ALREADY_GONE), gone(20), verified(21))
    claimed = listing(said(9), status=ItemStatus.CLAIMED)
    excused = listing(said(9, Outcome.REFUSED), status=ItemStatus.EXCUSED)
    answered = told(true, early, already, claimed, excused, remove=[asked(1, 73, stopped=9)])
    card = scorecard([answered, told(listing(status=ItemStatus.OPEN))], NOW)
    assert hours(card.remove.done) == [0, 4]
    assert hours(card.remove.waiting) == [199, 199]
    assert hours(card.verify.done) == [12, 12, 12]
    assert hours(card.verify.waiting) == [191]


def test_what_went_back_has_its_own_time_and_waits_only_once_they_are_known_to_know():
    knows = listing(said(9), there(20), sent_back(21), asked(30, 100), status=ItemStatus.RETURNED)
    unknown = listing(said(9), there(20), sent_back(21), status=ItemStatus.RETURNED)
    again = listing(
        said(9), there(20), sent_back(21), asked(30, 100, stopped=50), said(50, acted=45), gone(60), verified(61)
    )
    card = scorecard([told(knows, unknown, again, remove=[asked(1, 73, stopped=9)])], NOW)
    assert hours(card.remove.done) == [15]
    assert hours(card.remove.waiting) == [170]


def test_an_answer_is_an_acknowledgement_too_and_what_was_withdrawn_is_none():
    notices = [
        told(acknowledge=[asked(1, 24, stopped=stop, outcome=why)])
        for stop, why in ((5, "done"), (11, "answered"), (7, "withdrawn"))
    ]
    card = scorecard([*notices, told(acknowledge=[asked(1, 24)])], NOW)
    assert hours(card.acknowledge.done) == [4, 10]
    assert hours(card.acknowledge.waiting) == [199]


def test_nothing_is_a_scorecard_too():
    card = scorecard([], NOW)
    assert (card.notices, card.remove.median, card.returned.of_known.value) == (0, None, None)


def test_a_month_is_one_of_beijing_and_the_newest_stands_first():
    late_august = told(issued_at=START.replace(month=8, day=31, hour=15, minute=59))
    september = told(issued_at=START.replace(month=8, day=31, hour=16))
    assert list(by_month([late_august, september])) == [
        (date(2026, 9, 1), [september]),
        (date(2026, 8, 1), [late_august]),
    ]


# --- places ---


def test_who_overlaps_shares_a_place_and_who_has_too_few_gets_none():
    rates = {"good": Rate(98, 100), "alike": Rate(47, 50), "bad": Rate(10, 100), "new": Rate(4, 4)}
    assert places(rates) == {"good": Place(1, 2, 3), "alike": Place(1, 2, 3), "bad": Place(3, 3, 3)}
    assert places({"good": Rate(98, 100), "new": Rate(4, 4)}) == {}


counted = st.integers(0, 60).flatmap(lambda of: st.builds(Rate, st.integers(0, of), st.just(of)))


@given(st.dictionaries(st.integers(), counted, max_size=8))
def test_places_hold_for_any_rates(rates):
    found = places(rates)
    assert all(rates[key].of >= FEWEST for key in found)
    for key, (first, last, of) in found.items():
        assert 1 <= first <= last <= of == len(found)
        for other, place in found.items():
            if place.first > last:  # certainly behind
                assert rates[other].value < rates[key].value
    if found:
        assert min(place.first for place in found.values()) == 1
        assert max(place.last for place in found.values()) == len(found)


@given(counted, st.integers(2, 5))
def test_equals_share_all_places(rate, many):
    found = places(dict.fromkeys(range(many), rate))
    assert found == ({key: Place(1, many, many) for key in range(many)} if rate.is_enough else {})


@pytest.mark.parametrize("moment", [NOW, at(0)])
def test_no_time_is_negative(moment):
    card = scorecard([told(listing(said(3, acted=0), gone(20), verified(21)))], moment)
    assert all(span >= timedelta(0) for span in card.remove.done)


def test_while_its_period_stood_a_platform_took_no_time_and_both_are_told():
    """Of 11 hours it stood for 3, then for 2 more to its end; what waits stands still."""
    stood = asked(1, 90, stopped=12)._replace(pauses=(Pause(at(2), at(5)), Pause(at(10))))
    still = asked(1, 90)._replace(pauses=(Pause(at(50)),))
    card = scorecard([told(acknowledge=[stood], remove=[]), told(acknowledge=[still], remove=[])], NOW)
    assert (hours(card.acknowledge.done), hours(card.own_acknowledge.done)) == ([11], [6])
    assert (hours(card.acknowledge.waiting), hours(card.own_acknowledge.waiting)) == ([199], [49])

    removed = listing(said(9, acted=8), gone(20), verified(21))
    card = scorecard([told(removed, remove=[asked(1, 73)._replace(pauses=(Pause(at(3), at(6)),))])], NOW)
    assert (hours(card.remove.done), hours(card.own_remove.done)) == ([7], [4])


@given(st.lists(st.integers(0, 400), unique=True, max_size=9), st.integers(-10, 420))
def test_ones_own_time_is_never_more_than_what_passed(marks, moment):
    marks = sorted(marks)
    pauses = tuple(Pause(at(a), at(b)) for a, b in zip(marks[::2], marks[1::2], strict=False))
    if len(marks) % 2:
        pauses = (*pauses, Pause(at(marks[-1])))
    period = asked(0, 500)._replace(pauses=pauses)
    assert timedelta(0) <= period.own(at(moment)) <= period.elapsed(at(moment))
    if not pauses:
        assert period.own(at(moment)) == period.elapsed(at(moment))
