"""What standards demand, as it is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.words import Reason
from quality.standards.limits import Bound, Kind, Limit, Plan, read_limit


def read(text: str) -> Limit:
    limit = read_limit(text)
    assert not isinstance(limit, Reason), limit
    return limit


def upper(number: str, *, strict: bool = False) -> Bound:
    return Bound(Decimal(number), is_upper=True, strict=strict)


def lower(number: str, *, strict: bool = False) -> Bound:
    return Bound(Decimal(number), is_upper=False, strict=strict)


@pytest.mark.parametrize(
    ("text", "bounds", "unit"),
    [
        ("≤5.0", (upper("5.0"),), ""),
        ("≤ 5.0 mg/kg", (upper("5.0"),), "mg/kg"),
        ("<=5", (upper("5"),), ""),
        ("≦5", (upper("5"),), ""),
        ("不大于5", (upper("5"),), ""),
        ("不超过5%", (upper("5"),), "%"),
        ("＜5", (upper("5", strict=True),), ""),
        ("≥9.62g/100ml", (lower("9.62"),), "g/100ml"),
        (">5", (lower("5", strict=True),), ""),
        ("不低于95%", (lower("95"),), "%"),
        ("≤1,000 CFU/g", (upper("1000"),), "CFU/g"),
        ("≤1×10⁴CFU/g", (upper("10000"),), "CFU/g"),
        ("≤-18℃", (upper("-18"),), "°C"),
        ("10～15", (lower("10"), upper("15")), ""),
        ("10-15", (lower("10"), upper("15")), ""),
        ("10—15 mm", (lower("10"), upper("15")), "mm"),
        ("10%～15%", (lower("10"), upper("15")), "%"),
        ("10——15", (lower("10"), upper("15")), ""),
        ("6.5至8.5", (lower("6.5"), upper("8.5")), ""),
        ("-10～-5℃", (lower("-10"), upper("-5")), "°C"),
        ("-10--5", (lower("-10"), upper("-5")), ""),
        ("1×10^-3-5×10^-3", (lower("0.001"), upper("0.005")), ""),
        ("≥1.0且≤3.0 mg/kg", (lower("1.0"), upper("3.0")), "mg/kg"),
        ("≤3.0, ≥1.0", (lower("1.0"), upper("3.0")), ""),
        ("100±5 g", (lower("95"), upper("105")), "g"),
        ("(100±5)%", (lower("95"), upper("105")), "%"),
    ],
)
def test_bounds(text, bounds, unit):
    limit = read(text)

    assert (limit.kind, limit.bounds, limit.unit) == (Kind.BOUNDS, bounds, unit)
    assert limit.text == text.strip()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("不得检出", Kind.NOT_DETECTED),
        ("不应检出", Kind.NOT_DETECTED),
        ("不得检出/25g", Kind.NOT_DETECTED),
        ("0/25g", Kind.NOT_DETECTED),
        ("阴性", Kind.NOT_DETECTED),
        ("不得使用", Kind.BANNED),
        ("禁止添加", Kind.BANNED),
        ("符合", Kind.QUALITATIVE),
        ("应符合要求", Kind.QUALITATIVE),
        ("合格", Kind.QUALITATIVE),
        ("pass", Kind.QUALITATIVE),
    ],
)
def test_limits_in_words(text, kind):
    assert read(text).kind is kind


@pytest.mark.parametrize(
    ("text", "plan", "unit", "lost"),
    [
        ("n=5, c=2, m=10000, M=100000", Plan(5, 2, Decimal(10000), Decimal(100000)), "", 0),
        ("n=5 c=2 m=10⁴ M=10⁵", Plan(5, 2, Decimal(10000), Decimal(100000)), "", 0),
        ("ｎ＝５，ｃ＝２，ｍ＝10^4，Ｍ＝10^5", Plan(5, 2, Decimal(10000), Decimal(100000)), "", 0),
        ("N=5,C=2,m=10,000 CFU/g,M=100,000 CFU/g", Plan(5, 2, Decimal(10000), Decimal(100000)), "CFU/g", None),
        ("n=5，c=2，m=104CFU/g，M=105CFU/g", Plan(5, 2, Decimal(10000), Decimal(100000)), "CFU/g", 2),
        ("\xa0n=5, c=2, m=2.5×104, M=105CFU/g", Plan(5, 2, Decimal(25000), Decimal(100000)), "CFU/g", 2),
        ("n=5, c=2, m=100, M=1000", Plan(5, 2, Decimal(100), Decimal(1000)), "", 0),
        ("n=5, c=0, m=10", Plan(5, 0, Decimal(10)), "", 0),
        ("n=5, c=0, m=0/25g, M=-", Plan(5, 0, Decimal(0)), "/25g", 0),
    ],
)
def test_sampling_plans(text, plan, unit, lost):
    limit = read(text)

    assert (limit.kind, limit.plan, limit.unit) == (Kind.PLAN, plan, unit)
    if lost is not None:
        assert [note.code for note in limit.notes] == ["lost_superscript"] * lost


@pytest.mark.parametrize("text", ["5.0", "0", "0.35 g/kg", "5.8×10³"])
def test_a_bare_number_does_not_say_which_way(text):
    reason = read_limit(text)

    assert isinstance(reason, Reason)
    assert reason.code == "limit_without_sign"


@pytest.mark.parametrize("text", ["", "/", "—"])
def test_no_limit(text):
    reason = read_limit(text)

    assert isinstance(reason, Reason)
    assert reason.code == "no_limit"


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "≤",
        "≤abc",
        "5≤",
        "15～10",
        "10--15",
        "≤5, ≤6",
        "≥1≤2≥3",
        "≥5且≤3",
        "10 mg～15 kg",
        "100±-5",
        "100±5%",
        "n=5",
        "n=5, c=2",
        "n=5, c=2, m=a",
        "n=5, c=6, m=1",
        "n=0, c=0, m=1",
        "n=9999, c=0, m=1",
        "n=99999, c=0, m=1",
        "n=x, c=0, m=1",
        "n=5, n=5, c=2, m=1",
        "n=5, c=2, m=10, M=1",
        "n=5, c=2, m=-1",
        "计划 n=5, c=2, m=1",
        "n=5, c=2, m=1 CFU/g, M=10 CFU/mL",
        "≤5 mg/kg 或 10",
        "≤1e999999999",
        "①",
    ],
)
def test_what_cannot_be_read_gives_a_reason(text):
    reason = read_limit(text)

    assert isinstance(reason, Reason), reason
    assert reason.code == "unreadable_limit"


def test_a_decimal_comma_is_named():
    for text in ("≤3,5 mg/kg", "1,5～2,5"):
        reason = read_limit(text)
        assert isinstance(reason, Reason)
        assert reason.code == "decimal_comma"


def test_a_formula_is_named():
    reason = read_limit("=SUM(A1)")

    assert isinstance(reason, Reason)
    assert reason.code == "formula"


@given(st.text(max_size=60) | st.text("0123456789.,;×10^³±<>≤≥~-至nNcCmM= %()未不得检出使用且mgk/CFU", max_size=40))
def test_no_text_raises(text):
    assert isinstance(read_limit(text), Limit | Reason)
