"""Wilson's interval: the figures of DOMAIN.md §4, and laws."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.rates import FEWEST, Rate, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (7, 50, "0.069508", "0.261862"),  # DOMAIN.md §4
        (0, 20, "0", "0.16113"),
        # Newcombe, Statistics in Medicine 17 (1998) 857–872, Table I, method 3: four decimals
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_the_interval_is_the_published_one(hits: int, of: int, low: str, high: str) -> None:
    found = wilson(hits, of)
    assert round(found.low, len(low.partition(".")[2])) == Decimal(low)
    assert round(found.high, len(high.partition(".")[2])) == Decimal(high)


@pytest.mark.parametrize(
    ("nonconforming", "sampled", "untested", "percent"),
    [(29, 278, 54, "12.9"), (386, 2_062, 313, "22.1"), (687, 5_573, 0, "12.3"), (373, 2_204, 0, "16.9"),
     (1_827, 19_440, 0, "9.4"), (8, 60, 0, "13.3")],
)  # fmt: skip
def test_a_detection_rate_is_of_what_was_tested(nonconforming: int, sampled: int, untested: int, percent: str) -> None:
    """DOMAIN.md §4: 29 of 224, for 54 of the 278 were handed over untested."""
    value = Rate(nonconforming, sampled - untested).value
    assert value is not None
    assert round(value * 100, 1) == Decimal(percent)


counts = st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@given(counts)
def test_the_interval_holds_the_rate_and_lies_between_none_and_all(counted: tuple[int, int]) -> None:
    found, rate = wilson(*counted), Rate(*counted)
    assert rate.value is not None
    assert 0 <= found.low <= rate.value <= found.high <= 1
    assert found.low < found.high


@given(counts)
def test_what_is_counted_the_other_way_round_has_the_mirrored_interval(counted: tuple[int, int]) -> None:
    hits, of = counted
    found, mirrored = wilson(hits, of), wilson(of - hits, of)
    assert abs(found.low + mirrored.high - 1) < Decimal("1e-25")


@given(counts, st.integers(2, 9))
def test_more_of_the_same_makes_it_narrower(counted: tuple[int, int], times: int) -> None:
    hits, of = counted
    few, many = wilson(hits, of), wilson(hits * times, of * times)
    assert many.high - many.low < few.high - few.low


def test_a_few_are_no_rate_and_nothing_is_no_interval() -> None:
    assert not Rate(FEWEST - 1, FEWEST - 1).is_enough
    assert Rate(0, FEWEST).is_enough
    assert (Rate(0, 0).value, Rate(0, 0).interval) == (None, None)
    for hits, of in ((1, 0), (-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="of"):
            wilson(hits, of)
