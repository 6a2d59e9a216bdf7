"""Why a listing is taken for the tested one's product, or for its seller's, and how surely. Pure: texts in, whys out.

`likeness/frames.py` finds in SQL what this says; a test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from quality.purchases.barcodes import gtin

# What people write where they have nothing to write, as `folded` leaves it.
NOTHING = frozenset({
    "无", "暂无", "没有", "其他", "其它", "通用", "不详", "未知", "未标注", "未标示", "无品牌", "无型号",
    "见包装", "详见包装", "见标签", "详见标签", "见实物", "na", "none", "null", "nil", "other", "unknown", "nobrand",
})  # fmt: skip
# The end of a company's name that says no more than that it is a company. Read by Python and by DuckDB (RE2) alike.
SUFFIX = (
    "(?:(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司"
    "|(?:company|co)?(?:limited|ltd)|incorporated|inc|corporation|corp|gmbh|llc)$"
)


class Kind(StrEnum):
    """As the item of a notice will be: its product is the tested one's, or only its seller is."""

    SAME_PRODUCT = "same_product"
    SAME_SELLER = "same_seller"


class Sure(StrEnum):
    """How surely. From the surest."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Why(StrEnum):
    """What is the same in both. The weakest stand last."""

    BARCODE = "barcode"
    BRAND_MODEL_PRODUCER = "brand_model_producer"
    BRAND_MODEL = "brand_model"  # of one of the two nobody says who made it
    SHOP_CODE = "shop_code"  # the unified social credit code
    SHOP_ID = "shop_id"  # of the same platform
    SHOP_NAME = "shop_name"
    # What only a listing that came back has in common with the one that was taken down: radar/matching.py
    LISTING_ID = "listing_id"  # of the same platform
    PICTURE = "picture"
    TITLE = "title"
    PRICE = "price"


class Keys(NamedTuple):
    """What two listings are compared by. An empty text is nothing, and the same as nothing."""

    barcode: str
    brand: str
    model: str
    producer: str
    category: str
    platform: int
    shop_code: str
    shop_id: str
    shop_name: str


class Match(NamedTuple):
    kind: Kind
    sure: Sure
    why: tuple[Why, ...]


def folded(text: object) -> str:
    """Letters and digits only, without differences that the eye does not see; "" for what means nothing.

    NFKC makes one of full width and half width, `casefold` of capitals and small letters; blanks, dashes, brackets and
    marks go. `Ｘiao-Man（小满）` is `xiaoman小满`.
    """
    plain = unicodedata.normalize("NFKC", str(text or "")).casefold()
    kept = "".join(sign for sign in plain if unicodedata.category(sign)[0] in "LN")
    return "" if kept in NOTHING else kept


def company(text: object) -> str:
    """A company's name without what only says that it is one: `云州童乐玩具有限公司` is `云州童乐玩具`."""
    name = folded(text)
    return re.sub(SUFFIX, "", name) or name


def keys_of(listing: Mapping[str, Any], platform: int) -> Keys:
    """Of a row of a frame."""
    said = listing.get
    return Keys(
        barcode=gtin(said("barcode")),
        brand=folded(said("brand")),
        model=folded(said("model")),
        producer=company(said("producer_name")),
        category=folded(said("category")),
        platform=platform,
        shop_code=folded(said("shop_uscc")),
        shop_id=str(said("shop_id") or "").strip(),
        shop_name=folded(said("shop_name")),
    )


def alike(tested: Keys, other: Keys) -> Match | None:
    """Why `other` is taken for the product of `tested`, or for its seller's, and how surely; None where it is neither.

    Of one product: the same barcode is certain; the same brand, model and producer are likely, and possible where
    their barcodes are known and differ (other colours and sizes have other numbers); the same brand and model are
    possible where one of the two names no producer, and likely if the shop is the same as well. Another producer, or
    another barcode and no producer, is another product.

    Of one seller, within the tested product's category only: the same credit code, or the same shop of the same
    platform, is certain; the same shop name is possible, unless codes or shops are known and differ.

    Nothing is the same as nothing: what is empty on either side is no reason.
    """
    product, seller = product_reason(tested, other), seller_reasons(tested, other)
    if product:
        reason, sure = product
        sure = Sure.LIKELY if sure == Sure.POSSIBLE and is_one_shop(seller) else sure
        return Match(Kind.SAME_PRODUCT, sure, (reason, *seller))
    if seller:
        return Match(Kind.SAME_SELLER, Sure.CERTAIN if is_one_shop(seller) else Sure.POSSIBLE, seller)
    return None


def product_reason(tested: Keys, other: Keys) -> tuple[Why, Sure] | None:
    if tested.barcode and tested.barcode == other.barcode:
        return Why.BARCODE, Sure.CERTAIN
    differs = bool(tested.barcode and other.barcode)
    if not (tested.brand and tested.model) or (tested.brand, tested.model) != (other.brand, other.model):
        return None
    if tested.producer and other.producer:
        if tested.producer != other.producer:
            return None
        return Why.BRAND_MODEL_PRODUCER, Sure.POSSIBLE if differs else Sure.LIKELY
    return None if differs else (Why.BRAND_MODEL, Sure.POSSIBLE)


def seller_reasons(tested: Keys, other: Keys) -> tuple[Why, ...]:
    if not tested.category or tested.category != other.category:
        return ()
    one_platform = tested.platform == other.platform
    found = []
    if tested.shop_code and tested.shop_code == other.shop_code:
        found.append(Why.SHOP_CODE)
    if one_platform and tested.shop_id and tested.shop_id == other.shop_id:
        found.append(Why.SHOP_ID)
    other_code = bool(tested.shop_code and other.shop_code)
    other_shop = one_platform and bool(tested.shop_id and other.shop_id)
    if tested.shop_name and tested.shop_name == other.shop_name and (found or not (other_code or other_shop)):
        found.append(Why.SHOP_NAME)
    return tuple(found)


def is_one_shop(seller: tuple[Why, ...]) -> bool:
    return Why.SHOP_CODE in seller or Why.SHOP_ID in seller
