"""What was typed of a page is laid beside the frame and beside what a browser read, and nothing is judged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.captures.comparing import Listing, Page, Said, laid_beside, prices_in

CODE = "91110000600037341L"
TYPED = Page("磁力棒 64件装", 8900, "小满童品旗舰店", CODE)
READ = "磁力棒　６４件装 - 商城\n小满童品旗舰店\n¥89.00 已售 1,200 件"


def test_what_differs_from_the_frame_is_said_with_both() -> None:
    framed = Listing("磁力棒64件装", 9900, "小满童品 旗舰店", "")
    lines = {each.what: each for each in laid_beside(TYPED, framed, READ)}
    assert {what for what, each in lines.items() if each.differs} == {Said.PRICE}
    assert (lines[Said.PRICE].typed, lines[Said.PRICE].framed) == (8900, 9900)
    assert (lines[Said.LICENCE].framed, lines[Said.LICENCE].differs) == (None, False)
    assert {what: each.was_read for what, each in lines.items()} == {
        Said.TITLE: True, Said.PRICE: True, Said.SELLER: True, Said.LICENCE: False,
    }  # fmt: skip


def test_without_a_capture_nothing_is_said_of_one_nor_of_a_licence_that_nobody_saw() -> None:
    framed = Listing("", None, "", CODE)
    assert {each.was_read for each in laid_beside(TYPED, framed, None)} == {None}
    [licence] = [each for each in laid_beside(TYPED._replace(licence=""), framed, READ) if each.what is Said.LICENCE]
    assert (licence.differs, licence.was_read) == (True, None)


@pytest.mark.parametrize(
    ("read", "found"),
    [
        ("¥89", {8900}), ("89.5元", {8950}), ("￥1,299.00", {129900}), ("189.00", {18900}), ("2026.11.27", set()),
        ("v1.2.3", set()), ("买2件 ¥89.00起", {200, 8900}), ("", set()), ("12,34", set()),
    ],
)  # fmt: skip
def test_prices_are_numbers_of_their_own(read: str, found: set[int]) -> None:
    assert prices_in(read) == found


@given(st.integers(1, 99_999_999), st.text(alphabet="元起售 abc￥", max_size=8))
def test_a_price_that_stands_there_is_found(fen: int, around: str) -> None:
    assert fen in prices_in(f"{around}{fen // 100}.{fen % 100:02}{around}")
    assert fen in prices_in(f"{around}{fen // 100:,}.{fen % 100:02}{around}")
