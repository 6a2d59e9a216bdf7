"""z, z′, zeta and E_n by hand, by law, and as others published them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

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


class Scored(NamedTuple):
    """A result of a round with its scores, as their provider published them, here to eight decimals."""

    x: str
    u: str
    z: str
    z_prime: str
    zeta: str
    en: str
    grades: tuple[Grade, Grade]  # by z, and by z′


X, SIGMA, U_X = "2.01319093766667", "0.00130690709700036", "0.000544544623750152"  # X, σ, u(X) of that round; k = 2
GOOD, FAIR, BAD = Grade.SATISFACTORY, Grade.QUESTIONABLE, Grade.UNSATISFACTORY


# fmt: off
ROUND = [
    #      x              u(x)              z              z′             ζ              E_n
    Scored("2.012150827", "0.003597189848", "-0.79585662", "-0.73463688", "-0.28588817", "-0.14294409", (GOOD, GOOD)),
    Scored("2.017236471", "0.003196286807", "3.09550185",  "2.85738632",  "1.24771970",  "0.62385985",  (BAD, FAIR)),
    Scored("2.010507243", "0.003719188761", "-2.05347012", "-1.89551088", "-0.71396845", "-0.35698422", (FAIR, GOOD)),
    Scored("2.012092091", "0.005260974951", "-0.84079937", "-0.77612250", "-0.20775755", "-0.10387877", (GOOD, GOOD)),
    Scored("2.014069009", "0.002960301343", "0.67186974",  "0.62018745",  "0.29172106",  "0.14586053",  (GOOD, GOOD)),
    Scored("2.013595035", "0.00518917729",  "0.30920127",  "0.28541656",  "0.07744784",  "0.03872392",  (GOOD, GOOD)),
]
# fmt: on


@pytest.mark.parametrize("row", ROUND)
def test_the_scores_of_a_round_are_those_that_its_provider_published(row: Scored) -> None:
    """Carbon monoxide at 2 μmol/mol, run 2: Laboratorio CALAIRE (Universidad Nacional de Colombia) with the Instituto
    Nacional de Metrología, by their own program in R (ptcalc, MIT), after ISO 13528:2022.

    Source: github.com/willl182/pt_app, Entregables_pt_app/09_informe_final/anexos/puntajes_pt.csv at 794ceb46.
    """
    x, assigned, sigma, u, u_assigned = map(Decimal, (row.x, X, SIGMA, row.u, U_X))
    z, z_dash = z_score(x, assigned, sigma), z_prime(x, assigned, sigma, u_assigned)
    zeta, en = zeta_score(x, assigned, u, u_assigned), en_number(x, assigned, 2 * u, 2 * u_assigned)

    published = [float(each) for each in (row.z, row.z_prime, row.zeta, row.en)]
    assert [float(each) for each in (z, z_dash, zeta, en)] == pytest.approx(published, abs=1e-8)
    assert (graded(z), graded(z_dash)) == row.grades
    assert not is_negligible(u_assigned, sigma), "so that z′ is the score that counts"


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
