"""How many to test: the figures of DOMAIN.md §4, of textbooks and of R, and that one less would not do."""

from __future__ import annotations

from decimal import Decimal
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.figures.comparison import difference, for_difference, power_between, smallest_difference
from quality.figures.detection import Lot, chance_of_none, chance_of_one, nonconforming_at
from quality.figures.rates import wilson
from quality.figures.sizes import deviation, for_half_width, rate_ruled_out, zero_nonconforming, zero_nonconforming_of

D = Decimal
shares = st.integers(1, 99).map(lambda percent: Decimal(percent) / 100)
QUICK = settings(max_examples=50, deadline=None)


# --- none found


@pytest.mark.parametrize(
    ("confidence", "rate", "n"),
    [("0.95", "0.05", 59), ("0.95", "0.001", 2995),  # DOMAIN.md §4
     ("0.9", "0.1", 22), ("0.95", "0.01", 299), ("0.99", "0.01", 459),  # Hahn, Meeker: any table of "success runs"
     ("0.75", "0.5", 2), ("0.5", "0.5", 1), ("0.05", "0.9", 1)],
)  # fmt: skip
def test_so_many_without_a_nonconforming_one_say_so_much(confidence: str, rate: str, n: int) -> None:
    assert zero_nonconforming(D(confidence), D(rate)) == n


@QUICK
@given(shares, shares)
def test_one_less_would_not_do_and_the_statement_turned_round_is_the_same(confidence: Decimal, rate: Decimal) -> None:
    n = zero_nonconforming(confidence, rate)
    assert (1 - rate) ** n <= 1 - confidence
    assert n == 1 or (1 - rate) ** (n - 1) > 1 - confidence
    assert rate_ruled_out(n, confidence) <= rate + Decimal("1e-20")


def test_of_a_finite_frame_fewer_are_enough() -> None:
    """1,000 with 50: 57 and not 59. To rule out a single one of 1,000 with 95 %, 950."""
    assert zero_nonconforming_of(1000, D("0.95"), 50) == 57
    assert zero_nonconforming_of(1000, D("0.95"), 1) == 950
    assert zero_nonconforming_of(1, D("0.95"), 1) == 1


@QUICK
@given(st.integers(1, 300).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size))), shares)
def test_of_a_finite_frame_one_less_would_not_do(frame: tuple[int, int], confidence: Decimal) -> None:
    size, nonconforming = frame
    n = zero_nonconforming_of(size, confidence, nonconforming)
    assert chance_of_one([Lot(size, n, nonconforming)]) >= confidence
    assert n == 1 or chance_of_one([Lot(size, n - 1, nonconforming)]) < confidence


# --- at least one found

lots = st.integers(1, 60).flatmap(
    lambda size: st.builds(Lot, st.just(size), st.integers(0, size), st.integers(0, size))
)


@QUICK
@given(st.lists(lots, max_size=4))
def test_the_chance_to_miss_them_all_is_counted_out(those: list[Lot]) -> None:
    counted = 1.0
    for size, drawn, nonconforming in those:
        counted *= comb(size - nonconforming, drawn) / comb(size, drawn)
    assert float(chance_of_none(those)) == pytest.approx(counted)
    assert chance_of_one(those) + chance_of_none(those) == 1


def test_the_chance_by_hand_and_what_a_rate_means_for_a_frame() -> None:
    """Two of ten, three drawn: 1 − (8·7·6)/(10·9·8); and a stratum that is taken whole finds what it has."""
    assert chance_of_one([Lot(10, 3, 2)]) == pytest.approx(1 - D(336) / 720, abs=D("1e-30"))
    assert chance_of_one([Lot(10, 3, 2), Lot(5, 5, 1)]) == 1
    assert chance_of_one([]) == 0
    assert (nonconforming_at(19, D("0.1")), nonconforming_at(20, D("0.1")), nonconforming_at(9, D("0.1"))) == (1, 2, 0)
    with pytest.raises(ValueError, match="of 3"):
        chance_of_one([Lot(3, 4, 0)])


# --- a wished half-width


def test_sizes_for_a_half_width_are_cochrans_less_what_his_approximation_gives_away() -> None:
    """384.16 = z²/4·0.05² (Cochran 4.4) less z² = 3.84; and of 1,000 as if 276 were 276/(1 − 0.276) = 381.2."""
    assert for_half_width(D("0.5"), D("0.05")) == 381
    assert for_half_width(D("0.5"), D("0.05"), 1000) == 276
    assert for_half_width(D("0.5"), D("0.05"), 1) == 1
    assert for_half_width(D("0.5"), D("0.0001"), 30) == 30


@QUICK
@given(shares, st.integers(1, 30).map(lambda points: D(points) / 100), st.integers(2, 5_000))
def test_a_wider_wish_and_a_smaller_frame_never_need_more(rate: Decimal, wished: Decimal, size: int) -> None:
    n = for_half_width(rate, wished, size)
    assert 1 <= n <= min(size, for_half_width(rate, wished))
    assert for_half_width(rate, wished + D("0.01"), size) <= n


# --- what was found before


def test_a_stratum_in_which_nothing_was_found_yet_is_still_looked_at() -> None:
    """Of nobody 0.5; 0 of 20 by its middle 1.92/23.84 = 0.0806; of very many the deviation of the rate itself."""
    assert deviation(0, 0) == D("0.5")
    assert round(deviation(0, 20), 4) == D("0.2722")
    assert deviation(20, 20) == pytest.approx(deviation(0, 20), abs=D("1e-30"))
    assert deviation(10**9, 10**10) == pytest.approx(D("0.3"), abs=D("1e-8"))
    with pytest.raises(ValueError, match="3 of 2"):
        deviation(3, 2)


# --- two platforms


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), "0.0524", "0.3339"), ((9, 10), (3, 10), "0.1705", "0.8090"),
     ((6, 7), (2, 7), "0.0582", "0.8062"), ((5, 56), (0, 29), "-0.0381", "0.1926"),
     ((0, 10), (0, 20), "-0.1611", "0.2775"), ((0, 10), (0, 10), "-0.2775", "0.2775"),
     ((10, 10), (0, 20), "0.6791", "1.0000"), ((10, 10), (0, 10), "0.6075", "1.0000")],
)  # fmt: skip
def test_the_interval_of_a_difference_is_the_published_one(one, other, low: str, high: str) -> None:
    """Newcombe 1998, Table II, method 10; and all of them by statsmodels 0.15.0:
    `confint_proportions_2indep(…, method="newcomb", compare="diff")`.
    """
    rates = [D(hits) / of for hits, of in (one, other)]
    found = difference(rates[0], wilson(*one), rates[1], wilson(*other))

    assert found.value == rates[0] - rates[1]
    assert [round(end, 4) for end in found.interval] == [D(low), D(high)]
    assert found.may_be_chance == (D(low) <= 0)


def test_power_and_sizes_are_those_of_r() -> None:
    """Help page of power.prop.test: p 0.50 and 0.75, n 50: power 0.740; power 0.90: n 76.7.

    By statsmodels 0.15.0, `power_proportions_2indep(.25, .5, n).power`: 0.7401671935; of 76 it is 0.8972904774, of 77
    0.9011043177. It counts the side on which they do not differ, too, as R does with `strict = TRUE`: some millionths.
    """
    for n, power in ((50, "0.7401671935"), (76, "0.8972904774"), (77, "0.9011043177")):
        assert power_between(D("0.5"), D("0.75"), n, n) == pytest.approx(D(power), abs=D("2e-6"))
    assert for_difference(D("0.5"), D("0.75"), D("0.9")) == 77
    below, above = smallest_difference(D("0.5"), 50, 50, D("0.9"))
    assert above is not None
    assert below is not None
    assert round(above, 4) == D("0.8026")
    assert round(below, 4) == D("0.1974")


def test_where_too_few_were_tested_no_difference_is_seen_on_that_side() -> None:
    """At 10 % of 20, not even none at all would be told from it."""
    below, above = smallest_difference(D("0.1"), 20, 20)
    assert below is None
    assert above is not None
    assert smallest_difference(D("0.5"), 1, 1) == (None, None)
    assert power_between(D(0), D(1), 30, 30) == 1
    assert power_between(D(0), D(0), 30, 30) == 0


@QUICK
@given(shares, shares, st.integers(2, 2_000), st.integers(2, 2_000))
def test_more_tested_see_more_and_both_sides_are_alike(one: Decimal, other: Decimal, n: int, m: int) -> None:
    here = power_between(one, other, n, m)
    assert 0 <= here <= 1
    assert power_between(other, one, m, n) == pytest.approx(here)
    if one != other:
        assert power_between(one, other, 2 * n, 2 * m) >= here


@pytest.mark.parametrize(
    "asked",
    [lambda: zero_nonconforming(D(1), D("0.1")), lambda: zero_nonconforming(D("0.9"), D(0)),
     lambda: zero_nonconforming_of(5, D("0.9"), 6), lambda: rate_ruled_out(0, D("0.9")),
     lambda: for_half_width(D("1.1"), D("0.1")), lambda: for_half_width(D("0.1"), D(0)),
     lambda: power_between(D("0.1"), D("0.2"), 0, 5), lambda: for_difference(D("0.1"), D("0.1"))],
)  # fmt: skip
def test_nonsense_is_refused(asked) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        asked()
