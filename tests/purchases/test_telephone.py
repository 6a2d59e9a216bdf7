"""The telephone number that a buyer gives: what can be dialled is kept, what cannot is asked for again."""

from __future__ import annotations

import pytest

from quality.purchases.telephone import read


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800001111", "13800001111"),
        ("１３８００００１１１１", "13800001111"),
        ("+86 199-0000-7788", "199-0000-7788"),
        ("0086 13800001111", "13800001111"),
        ("13900008601", "13900008601"),  # it holds the digits 0086, and is not preceded by them
        ("+86 (010) 6000 1234", "(010) 6000 1234"),
        ("0571-8000123 转 8", "0571-8000123 转 8"),
        ("400-000-1234", "400-000-1234"),
        ("+852 2300 1234", "+852 2300 1234"),
        ("00 49 30 1234567", "00 49 30 1234567"),
    ],
)
def test_a_number_that_can_be_dialled_is_kept_without_the_mainlands_code(typed, kept):
    assert read(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "199", "1380000111", "12800001111", "+86 199", "8000 1234", "📞", "1" * 90, "+86"]
)
def test_a_number_that_cannot_be_dialled_is_none(typed):
    assert read(typed) is None
