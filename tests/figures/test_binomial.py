"""Tails of the binomial, and which values in order bound a quantile: published figures, and laws."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.binomial import at_least, ranks

HALF, NINETIETH, TWENTIETH = Decimal("0.5"), Decimal("0.9"), Decimal("0.05")


@pytest.mark.parametrize(
    ("of", "share", "low", "high"),
    [
        (5, HALF, None, None),  # 2 × 1/32 is more than 5 %
        (6, HALF, 1, 6),
        (10, HALF, 2, 9),  # Conover, "Practical Nonparametric Statistics", and any table of the sign test
        (20, HALF, 6, 15),
        (25, HALF, 8, 18),
        (35, NINETIETH, 28, None),  # 0.9^35 = 0.0250283
        (36, NINETIETH, 29, 36),
        (0, HALF, None, None),
    ],
)
def test_the_ranks_are_those_of_the_tables(of, share, low, high):
    assert ranks(of, share) == (low, high)


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.integers(1, 99))
def test_a_tail_is_the_sum_of_its_terms(counted, percent):
    hits, of = counted
    p = Fraction(percent, 100)
    exact = sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(hits, of + 1))
    assert abs(at_least(hits, of, Decimal(percent) / 100) - Decimal(exact.numerator) / exact.denominator) < Decimal(
        "1e-25"
    )


@given(st.integers(1, 400))
def test_the_ranks_lie_around_the_median_and_are_each_others_mirror(of):
    low, high = ranks(of, HALF)
    if low is None or high is None:
        assert of < 6
    else:
        assert 1 <= low <= (of + 1) / 2 <= high <= of
        assert low + high == of + 1


def test_many_are_no_trouble_and_nonsense_is_refused():
    assert Decimal("0.5") < at_least(500, 10_000, TWENTIETH) < Decimal("0.52")
    for hits, of, share in ((3, 2, HALF), (-1, 2, HALF), (1, 2, Decimal(0)), (1, 2, Decimal(1))):
        with pytest.raises(ValueError, match=" of "):
            at_least(hits, of, share)
    with pytest.raises(ValueError, match=" of "):
        ranks(-1, HALF)
