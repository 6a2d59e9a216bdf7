"""Why a listing is taken for the tested one's product or for its seller's, and how surely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from quality.likeness.matching import Keys, Kind, Match, Sure, Why, alike, company, folded, keys_of
from quality.purchases.barcodes import digits_of, gtin

TESTED = {
    "barcode": "9521234567899", "brand": "小满", "model": "CL-64", "producer_name": "云州童乐玩具有限公司",
    "category": "磁力玩具", "shop_uscc": "91110000600037341L", "shop_id": "TL-1", "shop_name": "小满旗舰店",
}  # fmt: skip
HERE, THERE = 1, 2
OTHER = {"category": "磁力玩具", "shop_id": "LM-9", "shop_name": "别家店"}


def found(changed: dict[str, str], platform: int = THERE, tested: dict[str, str] = TESTED) -> Match | None:
    return alike(keys_of(tested, HERE), keys_of(OTHER | changed, platform))


def product_of(*columns: str, **changed: str) -> dict[str, str]:
    return {column: TESTED[column] for column in columns} | changed


@pytest.mark.parametrize(
    ("listing", "sure", "why"),
    [
        (product_of("barcode"), Sure.CERTAIN, Why.BARCODE),
        (
            {"barcode": "９５２ 1234-567899", "brand": "别的牌子"},
            Sure.CERTAIN,
            Why.BARCODE,
        ),  # full width, as people group
        (product_of("brand", "model", "producer_name"), Sure.LIKELY, Why.BRAND_MODEL_PRODUCER),
        (
            {"brand": "小 满", "model": "ｃｌ－６４", "producer_name": "云州童乐玩具股份有限公司"},
            Sure.LIKELY,
            Why.BRAND_MODEL_PRODUCER,
        ),
        (
            product_of("brand", "model", "producer_name", barcode="9521234567882"),
            Sure.POSSIBLE,
            Why.BRAND_MODEL_PRODUCER,
        ),
        (product_of("brand", "model"), Sure.POSSIBLE, Why.BRAND_MODEL),
        (product_of("brand", "model", producer_name="不详"), Sure.POSSIBLE, Why.BRAND_MODEL),
        (product_of("brand", "model", "shop_uscc"), Sure.LIKELY, Why.BRAND_MODEL),
    ],
)
def test_what_is_the_same_product(listing: dict[str, str], sure: Sure, why: Why) -> None:
    match = found(listing)
    assert match and (match.kind, match.sure, match.why[0]) == (Kind.SAME_PRODUCT, sure, why)


@pytest.mark.parametrize(
    "listing",
    [
        product_of("brand"),
        product_of("model", "producer_name"),
        product_of("brand", "model", producer_name="别家玩具厂"),
        product_of("brand", "model", barcode="9521234567882"),
        {"barcode": "9521234567890"},  # a wrong check digit
        {},
    ],
)
def test_what_is_another_product(listing: dict[str, str]) -> None:
    assert found(listing) is None


@pytest.mark.parametrize(
    ("listing", "platform", "sure", "why"),
    [
        (product_of("shop_uscc"), THERE, Sure.CERTAIN, (Why.SHOP_CODE,)),
        (product_of("shop_uscc", "shop_name"), THERE, Sure.CERTAIN, (Why.SHOP_CODE, Why.SHOP_NAME)),
        (product_of("shop_id"), HERE, Sure.CERTAIN, (Why.SHOP_ID,)),
        (product_of("shop_name"), THERE, Sure.POSSIBLE, (Why.SHOP_NAME,)),
    ],
)
def test_what_is_of_the_same_seller(listing: dict[str, str], platform: int, sure: Sure, why: tuple[Why, ...]) -> None:
    assert found(listing, platform) == Match(Kind.SAME_SELLER, sure, why)


@pytest.mark.parametrize(
    ("listing", "platform"),
    [
        (product_of("shop_id"), THERE),  # another platform counts its shops by itself
        (product_of("shop_name", shop_id="TL-2"), HERE),  # two shops of one name
        (product_of("shop_name", shop_uscc="92999999MA0000001X"), THERE),
        (product_of("shop_uscc", category="童装"), THERE),  # the seller's other goods
    ],
)
def test_what_is_of_another_seller_or_other_goods(listing: dict[str, str], platform: int) -> None:
    assert found(listing, platform) is None


@pytest.mark.parametrize("code", ["00000000", "952123456789", "", "无", "9521234567890"])
def test_what_is_no_barcode(code: str) -> None:
    assert digits_of(code) == gtin(code) == ""


@pytest.mark.parametrize("code", ["2012345678903", "0212345678909"])
def test_a_number_that_a_shop_gives_to_its_own_goods_is_a_barcode_and_no_products_number(code: str) -> None:
    assert (digits_of(code), gtin(code)) == (code, "")


def test_a_shorter_barcode_is_the_same_with_noughts_before_it() -> None:
    assert gtin("036000291452") == gtin("0036000291452") == "00036000291452"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("云州童乐玩具有限责任公司", "云州童乐玩具"),
        ("云州童乐集团股份有限公司", "云州童乐"),
        ("Tongle Toys Co., Ltd.", "tongletoys"),
        ("云州（童乐）玩具厂", "云州童乐玩具厂"),
        ("有限公司", "有限公司"),
        ("无", ""),
    ],
)
def test_a_company_is_called_by_its_name_alone(written: str, meant: str) -> None:
    assert company(written) == meant


TEXTS = st.text(max_size=12)
NOTHING_SAID = st.sampled_from(["", " ", "/", "—", "无", "N/A", "　", "(null)"])


@given(TEXTS)
def test_folding_twice_changes_nothing_more_and_width_and_blanks_change_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(f" {text}　") == folded(text)
    assert company(company(text)) == company(text) or company(text)


@given(st.integers(10**11, 10**12 - 1))
def test_a_barcode_has_one_right_check_digit(number: int) -> None:
    right = [str(number) + str(digit) for digit in range(10) if digits_of(str(number) + str(digit))]
    assert right == [str(number) + ean.calc_check_digit(str(number))]


@given(
    st.fixed_dictionaries(dict.fromkeys(TESTED, NOTHING_SAID)),
    st.fixed_dictionaries(dict.fromkeys(TESTED, NOTHING_SAID)),
)
def test_nothing_is_not_the_same_as_nothing(one: dict[str, str], other: dict[str, str]) -> None:
    one |= {"shop_id": one["shop_id"].strip()}
    assert alike(keys_of(one | {"shop_id": ""}, HERE), keys_of(other | {"shop_id": ""}, HERE)) is None


KEYS = st.builds(
    Keys, *[st.sampled_from(["", "a", "b"])] * 5, st.sampled_from([1, 2]), *[st.sampled_from(["", "a", "b"])] * 3
)


@given(KEYS, KEYS)
def test_likeness_goes_both_ways_and_every_reason_is_something_that_both_say(one: Keys, other: Keys) -> None:
    match = alike(one, other)
    assert match == alike(other, one)
    of = {
        Why.BARCODE: ("barcode",), Why.BRAND_MODEL_PRODUCER: ("brand", "model", "producer"),
        Why.BRAND_MODEL: ("brand", "model"), Why.SHOP_CODE: ("shop_code", "category"),
        Why.SHOP_ID: ("shop_id", "platform", "category"), Why.SHOP_NAME: ("shop_name", "category"),
    }  # fmt: skip
    for why in match.why if match else ():
        assert all(getattr(one, key) and getattr(one, key) == getattr(other, key) for key in of[why])
