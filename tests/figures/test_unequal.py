"""Rates from unequal chances: what they come to with equal ones, and the laws of weights."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.figures.rates import wilson
from quality.figures.stratified import Stratum, stratified
from quality.figures.unequal import Unit, rate, total

CLOSE = Decimal("1e-20")
QUICK = settings(max_examples=50, deadline=None)


def drawn(size: int, of: int, hits: int, stratum: str = "") -> list[Unit]:
    return [Unit(Fraction(of, size), number < hits, stratum) for number in range(of)]


@pytest.mark.parametrize(("size", "of", "hits"), [(400, 100, 12), (400, 100, 0), (10**12, 50, 7), (60, 60, 5)])
def test_with_equal_chances_it_is_the_rate_of_a_stratum_with_the_same_error_and_interval(size, of, hits) -> None:
    found, plain = rate(drawn(size, of, hits)), stratified([Stratum(size, of, hits)])

    assert found is not None
    assert plain is not None
    assert found.value == pytest.approx(plain.value, abs=CLOSE)
    assert found.error == pytest.approx(plain.error, abs=CLOSE)
    assert found.interval == pytest.approx(plain.interval, abs=Decimal("1e-10"))


def test_strata_with_chances_of_their_own_have_the_error_of_the_domain() -> None:
    """DOMAIN §4: N = 4421, 1018, 755; n = 100, 50, 50; x = 91, 35, 26. Of the total, as the size of each is known."""
    units = [*drawn(4421, 100, 91, "a"), *drawn(1018, 50, 35, "b"), *drawn(755, 50, 26, "c")]
    found, count = rate(units), total(units)

    assert found is not None
    assert count is not None
    assert round(found.value, 6) == Decimal("0.827948")
    assert round(found.error, 7) == Decimal("0.0243448")
    assert count.value / 6194 == pytest.approx(found.value, abs=CLOSE)
    assert count.error / 6194 == pytest.approx(found.error, abs=CLOSE)


def test_by_hand() -> None:
    """Chances 1, 1/2, 1/2; the first and one of the others hit: totals 1 + 2 of 1 + 2 + 2.

    Of the total, m/(m − 1) Σ (1 − λ)(e − B)² = 2 · 1/2 · ((2 − 1)² + (0 − 1)²) = 2.
    """
    units = [Unit(Fraction(1), True), Unit(Fraction(1, 2), True), Unit(Fraction(1, 2), False)]
    found, count = rate(units), total(units)

    assert count is not None
    assert found is not None
    assert count.value == 3
    assert count.error == pytest.approx(Decimal(2).sqrt(), abs=CLOSE)
    assert found.value == Decimal("0.6")
    # e = 2 (1 − 0.6)/5 and 2 (0 − 0.6)/5: half their difference of 0.4, squared, twice
    assert found.error == pytest.approx(Decimal("0.08").sqrt(), abs=CLOSE)


def test_where_nothing_was_found_the_weights_alone_say_how_sure_that_is() -> None:
    even = rate([Unit(Fraction(1, 100), False)] * 40)
    uneven = rate([Unit(Fraction(1, 1000), False)] * 10 + [Unit(Fraction(1, 20), False)] * 30)

    assert even is not None
    assert uneven is not None
    assert even.interval == pytest.approx(wilson(0, 40), abs=Decimal("0.001"))
    assert uneven.interval.high > wilson(0, 12).high, "ten of them stand for nearly all"


def test_one_that_was_not_certain_says_nothing_of_how_they_differ_and_nothing_is_no_rate() -> None:
    assert rate([]) is None
    assert rate([Unit(Fraction(1, 2), True), Unit(Fraction(1), False)]) is None
    assert total([Unit(Fraction(1, 2), True)]) is None
    assert total([]) == (Decimal(0), Decimal(0))
    for chance in (Fraction(0), Fraction(3, 2)):
        with pytest.raises(ValueError, match=str(chance)):
            rate([Unit(chance, True)])


units = st.lists(
    st.builds(Unit, st.integers(1, 500).map(lambda part: Fraction(part, 500)), st.booleans(), st.just("")),
    min_size=2,
    max_size=20,
).filter(lambda those: sum(unit.inclusion < 1 for unit in those) != 1)


@QUICK
@given(units)
def test_the_interval_holds_the_rate_and_the_order_of_units_means_nothing(those) -> None:
    found = rate(those)
    assert found is not None
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
    again = rate(reversed(those))
    assert again is not None
    assert again.interval == pytest.approx(found.interval, abs=CLOSE)
    mirrored = rate([Unit(unit.inclusion, not unit.is_hit) for unit in those])
    assert mirrored is not None
    assert mirrored.interval.low == pytest.approx(1 - found.interval.high, abs=CLOSE)
