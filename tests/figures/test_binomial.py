"""Tails of the binomial, and which values in order bound a quantile: published figures, and laws."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.figures.binomial import TAIL, at_least, clopper_pearson, ranks

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


# --- the exact interval


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (7, 50, "0.0581917", "0.2673960"),  # DOMAIN.md §4
        (5, 10, "0.1870860", "0.8129140"),  # R: binom.test(5, 10)
        (0, 20, "0", "0.1684335"),  # 1 − 0.025^(1/20)
        (20, 20, "0.8315665", "1"),
        # Newcombe, Statistics in Medicine 17 (1998) 857–872, Table I, method 5: four decimals
        (81, 263, "0.2527", "0.3676"),
        (15, 148, "0.0578", "0.1617"),
        (1, 29, "0.0009", "0.1776"),
        (1827, 19_440, "0.0899148", "0.0981701"),  # by scipy.stats.beta.ppf
        (19_439, 19_440, "0.9997134", "0.9999987"),
    ],
)
def test_the_exact_interval_is_the_published_one(hits, of, low, high):
    found = clopper_pearson(hits, of)
    assert round(found.low, len(low.partition(".")[2])) == Decimal(low)
    assert round(found.high, len(high.partition(".")[2])) == Decimal(high)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 300).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_at_its_ends_the_tails_have_their_chance_and_the_rate_lies_between_them(counted):
    hits, of = counted
    found = clopper_pearson(hits, of)
    if hits:
        assert abs(at_least(hits, of, found.low) - TAIL) < Decimal("1e-20")
    if hits < of:
        assert abs(at_least(of - hits, of, 1 - found.high) - TAIL) < Decimal("1e-20")
    assert found.low <= Decimal(hits) / of <= found.high


def test_no_interval_of_nothing():
    for hits, of in ((0, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match=" of "):
            clopper_pearson(hits, of)
