"""Units as laboratories spell them, converted exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.standards.reading import Unreadable
from quality.standards.units import ANY_CASE, CASE_MATTERS, Unit, converted, read_unit


def unit(text: str) -> Unit:
    read = read_unit(text)
    assert read
    return read


@pytest.mark.parametrize(
    ("number", "source", "target", "expected"),
    [
        ("0.05", "mg/kg", "μg/kg", "50"),
        ("1", "g/kg", "mg/kg", "1000"),
        ("1", "%", "g/100g", "1"),
        ("1", "g/100g", "mg/kg", "10000"),
        ("1", "mg/g", "g/kg", "1"),
        ("1", "mg/kg", "ppm", "1"),
        ("1", "μg/kg", "ppb", "1"),
        ("1", "‰", "%", "1/10"),
        ("5.96", "g/100mL", "g/L", "59.6"),
        ("1", "mg/L", "mg/m³", "1000"),
        ("1", "CFU/g", "CFU/100g", "100"),
        ("4", "MPN/100g", "MPN/g", "1/25"),
        ("1", "mg/100kJ", "mg/100kcal", "4.184"),
        ("1", "MPa", "N/mm²", "1"),
        ("1", "mg/dm²", "mg/m²", "100"),
        ("1", "g/(m²·d)", "g/m2·h", "1/24"),
        ("1", "mg·kg⁻¹", "mg/kg", "1"),
        ("1", "/25g", "/g", "1/25"),
        ("1", "N/mm", "kN/m", "1"),
    ],
)
def test_units_of_one_kind_convert_exactly(number, source, target, expected):
    assert converted(Fraction(number), unit(source), unit(target)) == Fraction(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CFU/g", "CFU/mL"),
        ("CFU/g", "MPN/g"),
        ("mg/kg", "mg/L"),
        ("%", "%vol"),
        ("g/100g", "mL/100mL"),
        ("mg/kg", "mg"),
        ("kG²mm²", "mm²"),
        ("foo", "bar"),
    ],
)
def test_units_of_different_kinds_do_not(one, other):
    assert converted(Fraction(1), unit(one), unit(other)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg/kg", " MG / KG "),
        ("mg/kg", "毫克/千克"),
        ("mg/kg", "ｍｇ／ｋｇ"),
        ("mg/kg", "㎎/㎏"),
        ("μg/kg", "µg/kg"),
        ("μg/kg", "ug/kg"),
        ("cfu/g", "CFU/g"),
        ("CFU/mL", "CFU/ml"),
        ("mg/100 g", "mg/100g"),
        ("kG²mm²", "kG2mm2"),
        ("kG²mm²", "(kG)²mm²"),
        ("kG²mm²", "kG²·mm²"),
        ("℃", "°C"),
        ("%VOL", "%vol"),
    ],
)
def test_spellings_of_one_unit_are_equal(one, other):
    assert unit(one).equals(unit(other))


@pytest.mark.parametrize("text", ["", " ", "/", "-", "—", "无"])
def test_no_unit(text):
    assert read_unit(text) is None


@pytest.mark.parametrize("text", ["mgkg", "mg//kg", "g100", "mmm", "mg/5", "MΩa", "mg/", "Kg2-3", "mg/100"])
def test_what_the_table_does_not_know_equals_only_itself(text):
    assert not unit(text).is_known
    assert unit(text).equals(unit(f" {text}"))
    assert not unit(text).equals(unit("mg/kg"))


@pytest.mark.parametrize("text", ["2", "^2", "g" * 99, "≤", "=1+1", "5①", "mg 5"])
def test_what_cannot_be_a_unit_is_unreadable(text):
    with pytest.raises(Unreadable) as refusal:
        read_unit(text)

    assert refusal.value.reason.code in {"unreadable_unit", "formula"}


def test_where_the_case_matters_it_is_kept():
    assert unit("MΩ").factor == 10**6
    assert unit("mΩ").factor == Fraction(1, 1000)
    assert unit("KG").equals(unit("kg"))
    assert not unit("kG").equals(unit("kg"))


SYMBOLS = st.sampled_from(sorted(ANY_CASE | CASE_MATTERS))


@given(st.fractions(), SYMBOLS, SYMBOLS)
def test_a_round_trip_changes_nothing(number, one, other):
    there = converted(number, unit(one), unit(other))

    if there is not None:
        assert converted(there, unit(other), unit(one)) == number
    assert converted(number, unit(one), unit(one)) == number


@given(st.text(max_size=50) | st.text("mgkμL/²^-·100 个%()CFU", max_size=20))
def test_any_text_is_a_unit_or_unreadable(text):
    try:
        read = read_unit(text)
    except Unreadable as unread:
        assert unread.reason.code in {"unreadable_unit", "formula"}
    else:
        assert read is None or read.factor > 0
