"""Numbers of parcels are read as they are written, and a mistyped one is found out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.purchases.parcels import check_digit, is_mistyped, read


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (" SF 1234-5678 90123 ", "SF1234567890123"),
        ("ｓｆ１２３４５６", "SF123456"),
        ("YH-T-YZ-2026-0001", "YHTYZ20260001"),
        ("773—0099—8877", "77300998877"),
        ("SF1", None),
        ("SFABCDEFG123", None),
        ("订单1234567", None),
        ("9" * 41, None),
        ("", None),
    ],
)
def test_what_a_courier_cannot_have_written_is_none(typed: str, number: str | None) -> None:
    assert read(typed) == number


def test_a_postal_number_has_its_check_digit() -> None:
    """The example of UPU S10 itself."""
    assert check_digit("47312482") == 9
    assert not is_mistyped("RR473124829GB")
    assert is_mistyped("RR473124828GB")
    assert not is_mistyped("SF1234567890123")  # nothing is known of others


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.integers(0, 7), st.integers(1, 9))
def test_one_digit_that_is_wrong_is_found_but_for_the_two_that_share_a_sign(serial: str, at: int, by: int) -> None:
    other = serial[:at] + str((int(serial[at]) + by) % 10) + serial[at + 1 :]
    good, bad = check_digit(serial), check_digit(other)
    assert 0 <= good <= 9
    assert good != bad or good in {0, 5}  # of eleven rests ten digits: 10 is written 0, and 11 is written 5
