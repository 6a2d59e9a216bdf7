"""Why a listing is taken for one that was taken down, and how surely."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.likeness.matching import Sure, Why
from quality.radar.matching import (
    BITS,
    IN_ORDER,
    PICTURE_BITS,
    RULES,
    again,
    holds,
    is_near,
    is_one_title,
    picture_of,
    traits_of,
)

DOWN: dict[str, Any] = {
    "listing_id": "TL-1", "barcode": "9521234567899", "shop_uscc": "91110000600037341L", "shop_id": "S1",
    "title": "小满 磁力棒 64件套 儿童益智玩具", "price_fen": 5900, "picture_hash": "f05a3bd1706b4c21",
}  # fmt: skip
OTHER: dict[str, Any] = {"listing_id": "TL-9", "title": "竹马跳棋 木质", "price_fen": 99900}
HERE, THERE = 1, 2


def found(changed: dict[str, Any], platform: int = HERE) -> tuple[Sure, tuple[Why, ...]] | None:
    match = again(traits_of(DOWN, HERE), traits_of(OTHER | changed, platform))
    return match and (match.sure, match.why)


def of(*columns: str, **changed: Any) -> dict[str, Any]:
    return {column: DOWN[column] for column in columns} | changed


@pytest.mark.parametrize(
    ("listing", "sure", "why"),
    [
        (of("listing_id"), Sure.CERTAIN, {Why.LISTING_ID}),
        (of("barcode"), Sure.CERTAIN, {Why.BARCODE}),
        (of("barcode", "shop_id", barcode="９５２ 1234-567899"), Sure.CERTAIN, {Why.BARCODE, Why.SHOP_ID}),
        (of("shop_uscc", "title", "picture_hash"), Sure.CERTAIN, {Why.SHOP_CODE, Why.TITLE, Why.PICTURE}),
        (
            of("shop_id", "price_fen", title="【新款】小满磁力棒64件套 儿童益智玩具"),
            Sure.LIKELY,
            {Why.SHOP_ID, Why.TITLE, Why.PRICE},
        ),
        (of("shop_id", picture_hash="F05A3BD1706B4C26"), Sure.LIKELY, {Why.SHOP_ID, Why.PICTURE}),
        (of("title", "picture_hash"), Sure.LIKELY, {Why.TITLE, Why.PICTURE}),
        (of("shop_uscc", "title"), Sure.POSSIBLE, {Why.SHOP_CODE, Why.TITLE}),
        (of("picture_hash", price_fen=5000), Sure.POSSIBLE, {Why.PICTURE, Why.PRICE}),
    ],
)
def test_what_came_back_says_why_and_how_surely(listing: dict[str, Any], sure: Sure, why: set[Why]) -> None:
    match = found(listing)
    assert match is not None
    assert (match[0], set(match[1])) == (sure, why)


@pytest.mark.parametrize(
    "listing",
    [
        of("shop_uscc", "shop_id"),  # a shop sells other goods as well
        of("shop_uscc", "shop_id", "price_fen"),
        of("title", "price_fen"),  # titles of one kind of goods are all alike
        of("shop_uscc", title="小满积木128件套 儿童益智玩具"),  # another product with the same praise
        of("picture_hash"),
        of("shop_uscc", picture_hash="f05a3bd1706b4cde"),
        {},
    ],
)
def test_what_is_no_reason(listing: dict[str, Any]) -> None:
    assert found(listing) is None


def test_numbers_of_a_listing_and_a_shop_mean_one_only_on_their_own_platform() -> None:
    assert found(of("listing_id"), THERE) is None
    assert found(of("shop_id", "title"), THERE) is None
    assert found(of("shop_uscc", "title"), THERE) == (Sure.POSSIBLE, (Why.SHOP_CODE, Why.TITLE))


def test_nothing_is_the_same_as_nothing() -> None:
    empty = traits_of({}, HERE)
    assert again(empty, empty) is None


@pytest.mark.parametrize("plain", ["0000000000000000", "ffffffffffffffff", "0000000000000007", "", None, "x"])
def test_a_picture_of_one_even_ground_is_none(plain: str | None) -> None:
    assert picture_of(plain) is None


@pytest.mark.parametrize(("there", "near"), [(70, True), (130, True), (69, False), (131, False), (None, False)])
def test_the_band_of_prices_is_named_and_has_both_its_ends(there: int | None, near: bool) -> None:
    assert is_near(100, there) is near


@given(st.integers(0, 2**BITS - 1), st.sets(st.integers(0, BITS - 1), max_size=8))
def test_pictures_are_one_up_to_the_bits_that_are_named(bits: int, flipped: set[int]) -> None:
    other = bits
    for bit in flipped:
        other ^= 1 << bit
    down, there = (
        traits_of({"listing_id": "L", "price_fen": 1}, at)._replace(picture=p) for at, p in ((1, bits), (2, other))
    )
    assert (again(down, there) is not None) is (len(flipped) <= PICTURE_BITS)


TITLES = st.text(alphabet="小满磁力棒木ab1 【】", max_size=14)


@given(TITLES, TITLES)
def test_likeness_of_titles_has_no_direction_and_each_is_like_itself(one: str, other: str) -> None:
    assert is_one_title(one, other) is is_one_title(other, one)
    assert is_one_title(one, one) is (len(one) > 1)


@given(st.sets(st.sampled_from(list(Why))), st.sets(st.sampled_from(list(Why))))
def test_more_that_is_the_same_is_never_less_sure(some: set[Why], more: set[Why]) -> None:
    rank = next((at for at, rule in enumerate(RULES) if holds(rule, some)), len(RULES))
    assert next((at for at, rule in enumerate(RULES) if holds(rule, some | more)), len(RULES)) <= rank
    assert [rule.sure for rule in RULES] == sorted((rule.sure for rule in RULES), key=list(Sure).index)
    assert {why for rule in RULES for group in rule.needs for why in group} <= set(IN_ORDER)
