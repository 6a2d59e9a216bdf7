"""Whose region a party is of, and whether that is the agency's: by codes, and as far as an address tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from quality.people.regions import (
    is_elsewhere,
    is_region,
    lies_within,
    province_of,
    region_of_address,
    region_of_code,
)

PAIRS = st.sampled_from(["00", "01", "02", "10"])  # so few that some lie within others
REGIONS = st.builds("".join, st.tuples(st.sampled_from(["33", "35"]), PAIRS, PAIRS))


@pytest.mark.parametrize(
    ("region", "of", "within"),
    [
        ("330106", "330100", True), ("330106", "330000", True), ("330106", "330106", True),
        ("330200", "330100", False), ("330100", "330106", False), ("350200", "330000", False),
        ("331001", "330100", False), ("110105", "110000", True),
    ],
)  # fmt: skip
def test_a_county_lies_in_its_prefecture_and_its_province(region: str, of: str, within: bool) -> None:
    assert lies_within(region, of) is within


@given(REGIONS)
def test_every_region_lies_within_itself_its_prefecture_and_its_province(region: str) -> None:
    for of in (region, f"{region[:4]}00", f"{region[:2]}0000"):
        assert lies_within(region, of)
        assert not is_elsewhere(region, of)


@given(REGIONS, REGIONS)
def test_elsewhere_is_so_from_both_sides_and_never_where_one_holds_the_other(one: str, other: str) -> None:
    assert is_elsewhere(one, other) is is_elsewhere(other, one)
    assert is_elsewhere(one, other) is not (lies_within(one, other) or lies_within(other, one))


def test_what_is_not_known_is_nowhere_else() -> None:
    assert not is_elsewhere(None, "330100")
    assert not is_elsewhere("350200", None)
    assert not is_elsewhere("330000", "330100"), "the province is known, the city is not"
    assert is_elsewhere("350000", "330100")


def test_a_credit_code_names_the_division_that_registered_it() -> None:
    assert region_of_code("91110000600037341L") == "110000"
    assert region_of_code("A1110000600037341L") is None
    assert region_of_code("") is None
    invented = "91999999" + "MA01ABCD1"
    code = invented + uscc.calc_check_digit(invented)
    assert uscc.is_valid(code)
    assert region_of_code(code) is None, "no province has this number"


def test_an_address_tells_the_province_that_it_begins_with() -> None:
    assert region_of_address("浙江省杭州市西湖区某路1号") == "330000"
    assert region_of_address("内蒙古自治区呼和浩特市") == "150000"
    assert region_of_address("云州市东湖区织造路16号") is None
    assert region_of_address("") is None
    assert province_of("330106") == "浙江"
    assert province_of("990000") == ""
    assert is_region("330106")
    assert not is_region("33010")
    assert not is_region("３３０１０６")
