"""What laboratories write as results, and what is made of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.words import Reason
from quality.standards.values import Mark, Result, read_results


def read(text: str, expected: int = 1) -> tuple[Result, ...]:
    results = read_results(text, expected=expected)
    assert not isinstance(results, Reason), results
    return results


def refused(text: str) -> str:
    reason = read_results(text)
    assert isinstance(reason, Reason), reason
    assert str(reason.text)
    return reason.code


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("2.55", "2.55", ""),
        (" 2.55 μg/kg ", "2.55", "μg/kg"),
        ("2.55µg/kg", "2.55", "μg/kg"),
        ("２．５５", "2.55", ""),
        ("－5", "-5", ""),
        ("−5 ℃", "-5", "°C"),
        ("+5", "5", ""),
        (".5", "0.5", ""),
        ("5.8×10³", "5800", ""),
        ("5.8×10^3", "5800", ""),
        ("5.8 x 10^3 CFU/g", "5800", "CFU/g"),
        ("5.8*10^(3)", "5800", ""),
        ("5.8·10³", "5800", ""),
        ("5.8E3", "5800", ""),
        ("5.8e+3mg/kg", "5800", "mg/kg"),
        ("5×10⁻³", "0.005", ""),
        ("5E-3", "0.005", ""),
        ("2.5×10", "25", ""),
        ("5.8×1000", "5800", ""),
        ("10⁴CFU/g", "10000", "CFU/g"),
        ("10²", "100", ""),
        ("12%", "12", "%"),
        ("5.96g/100mL", "5.96", "g/100mL"),
        ("369μg/㎏", "369", "μg/kg"),
        ("0.35克/千克", "0.35", "克/千克"),
        ("2.55\u200b", "2.55", ""),
    ],
)
def test_a_number_is_read_exactly_with_the_unit_behind_it(text, number, unit):
    (result,) = read(text)

    assert (result.mark, result.number, result.unit) == (Mark.NUMBER, Decimal(number), unit)
    assert result.notes == ()


@pytest.mark.parametrize(
    ("text", "number", "read_as"),
    [
        ("5.8×103", "5800", "5.8×10³"),
        ("5.8×103CFU/g", "5800", "5.8×10³"),
        ("3.0×102μg/kg", "300", "3.0×10²"),
        ("5×10-3", "0.005", "5×10⁻³"),
        ("5.8×10 3", "5800", "5.8×10³"),
        ("2×1012", "2000000000000", "2×10¹²"),
    ],
)
def test_a_lost_superscript_is_read_and_says_so(text, number, read_as):
    (result,) = read(text)

    assert result.number == Decimal(number)
    assert [note.code for note in result.notes] == ["lost_superscript"]
    assert read_as in str(result.notes[0].text)


def test_thousands_separators_are_read_and_say_so():
    (result,) = read("1,234,567.5 CFU/g")

    assert (result.number, result.unit) == (Decimal("1234567.5"), "CFU/g")
    assert [note.code for note in result.notes] == ["thousands_separator"]


@pytest.mark.parametrize(
    ("text", "mark", "number", "unit"),
    [
        ("<0.01", Mark.AT_MOST, "0.01", ""),
        ("＜0.01", Mark.AT_MOST, "0.01", ""),
        ("≤0.01 mg/kg", Mark.AT_MOST, "0.01", "mg/kg"),
        ("小于0.01", Mark.AT_MOST, "0.01", ""),
        (">300CFU/g", Mark.AT_LEAST, "300", "CFU/g"),
        ("<LOD", Mark.BELOW_LOD, None, ""),
        ("＜ＬＯＤ", Mark.BELOW_LOD, None, ""),
        ("低于检出限", Mark.BELOW_LOD, None, ""),
        ("<LOD (0.01 mg/kg)", Mark.BELOW_LOD, "0.01", "mg/kg"),
        ("<LOQ", Mark.BELOW_LOQ, None, ""),
        ("<定量限", Mark.BELOW_LOQ, None, ""),
        ("未检出", Mark.NOT_DETECTED, None, ""),
        ("未检出/25g", Mark.NOT_DETECTED, None, ""),
        ("未检出（ND）", Mark.NOT_DETECTED, None, ""),
        ("ND", Mark.NOT_DETECTED, None, ""),
        ("n.d.", Mark.NOT_DETECTED, None, ""),
        ("阴性", Mark.NOT_DETECTED, None, ""),
        ("未检出（＜0.01mg/kg）", Mark.NOT_DETECTED, "0.01", "mg/kg"),
        ("未检出(检出限:0.01)", Mark.NOT_DETECTED, "0.01", ""),
        ("ND(<LOD)", Mark.NOT_DETECTED, None, ""),
        ("检出", Mark.DETECTED, None, ""),
        ("检出/25g", Mark.DETECTED, None, ""),
        ("阳性", Mark.DETECTED, None, ""),
        ("符合", Mark.CONFORMS, None, ""),
        ("合格", Mark.CONFORMS, None, ""),
        ("Pass", Mark.CONFORMS, None, ""),
        ("不符合", Mark.VIOLATES, None, ""),
        ("不符合（边缘锐利）", Mark.VIOLATES, None, ""),
        ("不合格", Mark.VIOLATES, None, ""),
    ],
)
def test_bounds_and_words_are_never_turned_into_zero(text, mark, number, unit):
    (result,) = read(text)

    assert (result.mark, result.unit) == (mark, unit)
    assert result.number == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "number", "unit", "uncertainty"),
    [
        ("5.3±0.6", "5.3", "", "0.6"),
        ("5.3±0.6 mg/kg", "5.3", "mg/kg", "0.6 mg/kg"),
        ("(5.3±0.6) mg/kg", "5.3", "mg/kg", "0.6"),
        ("5.3 mg/kg ± 0.6 mg/kg", "5.3", "mg/kg", "0.6 mg/kg"),
        ("5.3±12%", "5.3", "", "12%"),
    ],
)
def test_an_uncertainty_may_stand_with_the_value(text, number, unit, uncertainty):
    assert read(text) == (Result(Mark.NUMBER, Decimal(number), unit, uncertainty),)


@pytest.mark.parametrize(
    ("text", "expected", "numbers"),
    [
        ("3.7×10⁴, 4.6×10⁴, 4.4×10⁴", 3, [37000, 46000, 44000]),
        ("120,350,410", 3, [120, 350, 410]),
        ("120,350", 1, [120350]),
        ("1,200, 3,400", 2, [1200, 3400]),
        ("1，2，3", 3, [1, 2, 3]),
        ("1;2；3、4\n5", 5, [1, 2, 3, 4, 5]),
        ("3.7×104,460,350", 3, [37000, 460, 350]),
        ("1,234,5678", 3, [1, 234, 5678]),
    ],
)
def test_a_list_is_split_as_its_count_tells(text, expected, numbers):
    assert [result.number for result in read(text, expected)] == numbers


def test_a_unit_behind_the_last_result_is_the_unit_of_all():
    assert [result.unit for result in read("1.1, 2.2, 3.3 CFU/g", 3)] == ["CFU/g"] * 3
    assert [result.unit for result in read("1.1 CFU/g, 2.2, 3.3 CFU/mL", 3)] == ["CFU/g", "", "CFU/mL"]


@pytest.mark.parametrize("text", ["", " ", "/", "-", "—", "--", "无", "N/A"])
def test_nothing_is_no_value(text):
    assert refused(text) == "no_value"


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "Infinity",
        "-inf",
        "1e999999999",
        "1e31",
        "10^99",
        "5.8×10^-99999",
        "9" * 41,
        "1" * 5000,
        "5..8",
        "5.8.3",
        "2½",
        "5①",
        "5.3²",
        "5e3.5mg",
        "2.5×10^3.5mg",
        "1.1×103 2.2×103 CFU/g",
        "5.8×",
        "5.8×10300",
        "5.8×1003.5",
        "约5",
        "痕量",
        "基本符合",
        "符合（部分）",
        "未检出？",
        "未检出(很少)",
        "5 ?",
        "5 mg±",
        "abc",
        ",",
        ";",
        "5 > 3",
        "(5±1",
    ],
)
def test_what_cannot_be_read_gives_a_reason(text):
    assert refused(text) in {"unreadable_value", "unreadable_uncertainty"}


def test_times_100_may_be_a_lost_exponent_and_is_not_guessed():
    assert refused("5.8×100") == "ambiguous_power"


@pytest.mark.parametrize("text", ["2,55", "0,5 mg/kg", "<0,05", "-3,5", "0,123", "1,2345"])
def test_a_decimal_comma_is_named_and_not_guessed(text):
    assert refused(text) == "decimal_comma"


@pytest.mark.parametrize("text", ["不得检出", "不得使用", "禁止添加", "n=5, c=2, m=10, M=100"])
def test_a_limit_in_the_place_of_a_value_is_named(text):
    assert refused(text) == "limit_as_value"


def test_a_formula_is_named():
    assert refused("=1+1") == "formula"
    assert refused("＝SUM(A1)") == "formula"


@given(st.text(max_size=60) | st.text("0123456789.,;×x10^³⁴±<>≤%()eE-+ 未检出NDmgkg/μCFU符合", max_size=40))
def test_no_text_raises(text):
    for expected in (1, 5):
        results = read_results(text, expected=expected)
        assert isinstance(results, Reason) or all(isinstance(result, Result) for result in results)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_a_plain_decimal_is_itself(number):
    (result,) = read(format(number, "f"))

    assert result.number == number
