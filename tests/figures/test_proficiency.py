"""z, z′, zeta and E_n by hand and by law."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.proficiency import (
    Grade,
    agrees,
    en_number,
    graded,
    is_negligible,
    z_prime,
    z_score,
    zeta_score,
)  # fmt: skip

numbers = st.decimals(-10_000, 10_000, allow_nan=False, allow_infinity=False, places=4)
spreads = st.decimals(Decimal("0.001"), 1_000, allow_nan=False, allow_infinity=False, places=4)


@pytest.mark.parametrize(
    ("z", "grade"),
    [
        ("0", Grade.SATISFACTORY), ("2", Grade.SATISFACTORY), ("-2.00", Grade.SATISFACTORY),
        ("2.0001", Grade.QUESTIONABLE), ("-2.9999", Grade.QUESTIONABLE),
        ("3", Grade.UNSATISFACTORY), ("-3", Grade.UNSATISFACTORY), ("57", Grade.UNSATISFACTORY),
    ],
)  # fmt: skip
def test_two_and_three_belong_where_the_standard_puts_them(z: str, grade: Grade) -> None:
    """ISO 13528, 9.4.2: |z| ≤ 2, 2 < |z| < 3, |z| ≥ 3."""
    assert graded(Decimal(z)) is grade


def test_scores_by_hand() -> None:
    """x = 44.8, X = 42.0, σ = 1.4, u(X) = 0.7; u(x) = 0.8: 3-4-5 triangles leave nothing to round."""
    assert z_score(Decimal("44.8"), Decimal("42.0"), Decimal("1.4")) == 2
    assert z_prime(Decimal("5"), Decimal("0"), Decimal("4"), Decimal("3")) == 1
    assert zeta_score(Decimal("42.0"), Decimal("44.5"), Decimal("0.7"), Decimal("2.4")) == -1
    assert en_number(Decimal("10.0"), Decimal("15.0"), Decimal("3"), Decimal("4")) == -1


def test_the_uncertainty_of_the_assigned_value_counts_from_three_tenths_of_sigma() -> None:
    """ISO 13528, 9.2.1."""
    assert is_negligible(Decimal("0.2999"), Decimal(1))
    assert not is_negligible(Decimal("0.3"), Decimal(1))


def test_two_results_agree_up_to_one() -> None:
    assert agrees(Decimal(1))
    assert agrees(Decimal(-1))
    assert not agrees(Decimal("1.001"))


@given(numbers, numbers, spreads, spreads)
def test_who_is_compared_with_whom_changes_the_sign_only(a: Decimal, b: Decimal, one: Decimal, other: Decimal) -> None:
    assert en_number(a, b, one, other) == -en_number(b, a, other, one)


@given(numbers, numbers, spreads, spreads)
def test_with_twice_the_uncertainties_en_is_half_of_zeta(
    x: Decimal, assigned: Decimal, u: Decimal, u_assigned: Decimal
) -> None:
    zeta, en = zeta_score(x, assigned, u, u_assigned), en_number(x, assigned, 2 * u, 2 * u_assigned)
    assert abs(zeta - 2 * en) <= abs(zeta) * Decimal("1e-20") + Decimal("1e-20")


@given(numbers, numbers, spreads, spreads)
def test_z_prime_is_never_further_out_than_z(x: Decimal, assigned: Decimal, sigma: Decimal, u: Decimal) -> None:
    assert abs(z_prime(x, assigned, sigma, u)) <= abs(z_score(x, assigned, sigma))
    assert z_prime(x, assigned, sigma, Decimal(0)) == z_score(x, assigned, sigma)


WORSE = list(Grade)


@given(
    numbers, spreads, st.decimals(0, 1_000, allow_nan=False, allow_infinity=False, places=4), st.sampled_from([1, -1])
)
def test_who_lies_further_out_is_never_graded_better(
    assigned: Decimal, sigma: Decimal, more: Decimal, side: Any
) -> None:
    near = assigned + side * sigma
    near_z, far_z = (z_score(x, assigned, sigma) for x in (near, near + side * more))
    assert WORSE.index(graded(far_z)) >= WORSE.index(graded(near_z))


@given(numbers, numbers, spreads, st.sampled_from(["1000", "0.001", "10"]))
def test_another_unit_gives_the_same_score(x: Decimal, assigned: Decimal, sigma: Decimal, factor: str) -> None:
    times = Decimal(factor)
    assert abs(z_score(x * times, assigned * times, sigma * times) - z_score(x, assigned, sigma)) < Decimal("1e-15")
