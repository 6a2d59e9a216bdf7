"""How far a laboratory's result lies from a known value, or from another laboratory's. All in one unit, in Decimal.

Sources. ISO 13528:2022, "Statistical methods for use in proficiency testing by interlaboratory comparison": z 9.4,
z′ 9.5, zeta 9.6, E_n 9.7; the same figures in ISO/IEC 17043:2023 (B.4 in the edition of 2010). x is the result, X the
assigned value, σ the standard deviation for proficiency assessment, u a standard uncertainty, U an expanded one.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

SATISFIES, FAILS = Decimal(2), Decimal(3)  # of |z|, |z′|, |zeta|: ISO 13528, 9.4.2
NEGLIGIBLE = Decimal("0.3")  # of σ: a larger u(X) has to be counted, ISO 13528, 9.2.1
COVERAGE = Decimal(2)  # k of an expanded uncertainty, where a laboratory names no other


class Grade(StrEnum):
    SATISFACTORY = "satisfactory"
    QUESTIONABLE = "questionable"
    UNSATISFACTORY = "unsatisfactory"


def z_score(x: Decimal, assigned: Decimal, sigma: Decimal) -> Decimal:
    """z = (x − X) / σ. ISO 13528, 9.4. `sigma` is above zero."""
    return (x - assigned) / sigma


def z_prime(x: Decimal, assigned: Decimal, sigma: Decimal, u_assigned: Decimal) -> Decimal:
    """z′ = (x − X) / √(σ² + u²(X)): where the assigned value itself is not sure enough. ISO 13528, 9.5."""
    return (x - assigned) / (sigma * sigma + u_assigned * u_assigned).sqrt()


def is_negligible(u_assigned: Decimal, sigma: Decimal) -> bool:
    """Whether z may be used, and not z′: u(X) < 0.3 σ. ISO 13528, 9.2.1."""
    return u_assigned < NEGLIGIBLE * sigma


def zeta_score(x: Decimal, assigned: Decimal, u: Decimal, u_assigned: Decimal) -> Decimal:
    """ζ = (x − X) / √(u²(x) + u²(X)), with standard uncertainties. ISO 13528, 9.6. One of them is above zero."""
    return (x - assigned) / (u * u + u_assigned * u_assigned).sqrt()


def en_number(one: Decimal, other: Decimal, U_one: Decimal, U_other: Decimal) -> Decimal:  # noqa: N803 - as the standard writes it
    """E_n = (x − X) / √(U²(x) + U²(X)), with expanded uncertainties; of two laboratories the same. ISO 13528, 9.7."""
    return (one - other) / (U_one * U_one + U_other * U_other).sqrt()


def graded(score: Decimal) -> Grade:
    """|z| ≤ 2 satisfactory, 2 < |z| < 3 questionable, |z| ≥ 3 unsatisfactory. ISO 13528, 9.4.2; zeta alike."""
    size = abs(score)
    if size <= SATISFIES:
        return Grade.SATISFACTORY
    return Grade.QUESTIONABLE if size < FAILS else Grade.UNSATISFACTORY


def agrees(en: Decimal) -> bool:
    """|E_n| ≤ 1: the difference is within the uncertainties. ISO/IEC 17043, B.4.1.1."""
    return abs(en) <= 1
