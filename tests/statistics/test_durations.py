"""The median and the 90th percentile are times that did occur; what waits is beside them and changes neither."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quality.statistics.durations import MEDIAN, NINETIETH, times

spans = st.lists(st.timedeltas(timedelta(0), timedelta(days=90)), max_size=60)


def hours(*many: float) -> list[timedelta]:
    return [timedelta(hours=each) for each in many]


def test_of_ten_the_median_is_the_fifth_and_the_ninetieth_percentile_the_ninth():
    found = times(hours(10, 9, 8, 7, 6, 5, 4, 3, 2, 1), hours(100))
    assert (found.median, found.ninetieth) == tuple(hours(5, 9))
    assert found.between(MEDIAN) == tuple(hours(2, 9))
    assert found.longest_waiting == timedelta(hours=100)


def test_too_few_bound_nothing():
    assert times(hours(1, 2, 3, 4, 5), []).between(MEDIAN) == (None, None)
    assert times(hours(*range(20)), []).between(NINETIETH).high is None
    none = times([], hours(3))
    assert (none.median, none.ninetieth, none.between(MEDIAN)) == (None, None, (None, None))


@given(spans, spans)
def test_what_waits_moves_nothing(done, waiting):
    assert [times(done, waiting).quantile(share) for share in (MEDIAN, NINETIETH)] == [
        times(done, []).quantile(share) for share in (MEDIAN, NINETIETH)
    ]


@given(spans.filter(bool), st.decimals("0.01", 1, places=2))
def test_a_quantile_occurred_and_is_the_shortest_that_holds_its_share(done, share):
    found = times(done, []).quantile(share)
    assert found in done
    assert sum(each <= found for each in done) >= share * len(done)
    assert sum(each < found for each in done) < share * len(done)


@given(spans.filter(bool))
def test_the_interval_holds_the_median(done):
    low, high = times(done, []).between(Decimal("0.5"))
    assert (low is None) == (high is None) == (len(done) < 6)
    if low is not None and high is not None:
        assert low <= times(done, []).median <= high
