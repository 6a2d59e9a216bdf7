"""Why a listing is taken for one that was taken down and came back, and how surely. Pure: traits in, reasons out.

`radar/sweeping.py` finds in SQL what this says, by the same table of rules; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from quality.likeness.matching import Sure, Why, folded, keys_of

# Of the pairs of neighbouring signs of two titles, so many tenths are common (Dice: twice the common ÷ all of both).
# The same title with other praise around it has eight and more; another product of the same shop about five.
TITLE_TENTHS = 6
PRICE_PERCENT = (70, 130)  # of the price then: dearer and cheaper belongs to every sale, half and double do not
# How many of its 64 bits a dHash may differ by and still be one picture. Scaled and compressed anew, a picture differs
# by none to two; more would bring pictures that are only laid out alike, and could not be found by equal parts.
PICTURE_BITS = 3
BITS = 64
PLAIN_BITS = 4  # fewer bits set, or fewer not set, than this: one even ground, as where a shop shows no picture yet

SHOP = (Why.SHOP_CODE, Why.SHOP_ID)


class Rule(NamedTuple):
    """What must be the same: of each group at least one."""

    sure: Sure
    needs: tuple[tuple[Why, ...], ...]


# From the surest. The first that holds counts. Neither a shop nor a price is a reason by itself: a shop sells other
# goods as well, and they cost as much. Brand, model and producer are looked for by `likeness`, in every frame.
RULES = (
    Rule(Sure.CERTAIN, ((Why.LISTING_ID,),)),
    Rule(Sure.CERTAIN, ((Why.BARCODE,), SHOP)),
    Rule(Sure.CERTAIN, (SHOP, (Why.PICTURE,), (Why.TITLE,))),
    Rule(Sure.CERTAIN, ((Why.BARCODE,),)),
    Rule(Sure.LIKELY, (SHOP, (Why.TITLE,), (Why.PRICE,))),
    Rule(Sure.LIKELY, (SHOP, (Why.PICTURE,))),
    Rule(Sure.LIKELY, ((Why.PICTURE,), (Why.TITLE,))),
    Rule(Sure.POSSIBLE, (SHOP, (Why.TITLE,))),
    Rule(Sure.POSSIBLE, ((Why.PICTURE,), (Why.PRICE,))),
)
IN_ORDER = (Why.LISTING_ID, Why.BARCODE, *SHOP, Why.PICTURE, Why.TITLE, Why.PRICE)


class Traits(NamedTuple):
    """By what a listing is known again. An empty text, or None, is nothing, and the same as nothing."""

    platform: int
    listing_id: str
    barcode: str  # 14 digits
    shop_code: str  # the unified social credit code, in capitals
    shop_id: str  # on its platform
    title: str  # folded: letters and digits only
    price_fen: int | None
    picture: int | None  # 64 bits


def traits_of(listing: Mapping[str, Any], platform: int) -> Traits:
    """Of a row of a frame."""
    keys = keys_of(listing, platform)
    price = listing.get("price_fen")
    return Traits(
        platform=platform,
        listing_id=str(listing.get("listing_id") or ""),
        barcode=keys.barcode,
        shop_code=keys.shop_code.upper(),
        shop_id=keys.shop_id,
        title=folded(listing.get("title")),
        price_fen=int(price) if price else None,
        picture=picture_of(listing.get("picture_hash")),
    )


def picture_of(written: object) -> int | None:
    """The bits of a dHash as frames write it, or None: also for a picture of one even ground, which is like any."""
    try:
        bits = int(str(written or ""), 16)
    except ValueError:
        return None
    return bits if PLAIN_BITS <= bits.bit_count() <= BITS - PLAIN_BITS else None


class Again(NamedTuple):
    rank: int  # of the rule that holds: the surest is 0
    sure: Sure
    why: tuple[Why, ...]

    @property
    def is_itself(self) -> bool:
        """The listing that was taken down, not another one of the same goods."""
        return Why.LISTING_ID in self.why


def again(down: Traits, there: Traits) -> Again | None:
    """Why `there` is taken for the listing that was taken `down`, or for another of the same goods; None: for neither.

    The same number on the same platform is that listing. Another one is the same product again, as surely as the
    first of `RULES` says that holds.
    """
    signs = tuple(signs_of(down, there))
    held = (rank for rank, rule in enumerate(RULES) if holds(rule, signs))
    rank = next(held, None)
    return None if rank is None else Again(rank, RULES[rank].sure, signs)


def holds(rule: Rule, signs: Collection[Why]) -> bool:
    return all(any(why in signs for why in group) for group in rule.needs)


def signs_of(down: Traits, there: Traits) -> Iterator[Why]:
    """All that is the same in both, the strongest first."""
    one_platform = down.platform == there.platform
    same = {
        Why.LISTING_ID: one_platform and down.listing_id and down.listing_id == there.listing_id,
        Why.BARCODE: down.barcode and down.barcode == there.barcode,
        Why.SHOP_CODE: down.shop_code and down.shop_code == there.shop_code,
        Why.SHOP_ID: one_platform and down.shop_id and down.shop_id == there.shop_id,
        Why.PICTURE: down.picture is not None
        and there.picture is not None
        and (down.picture ^ there.picture).bit_count() <= PICTURE_BITS,
        Why.TITLE: is_one_title(down.title, there.title),
        Why.PRICE: is_near(down.price_fen, there.price_fen),
    }
    return (why for why in IN_ORDER if same[why])


def pairs_of(title: str) -> set[str]:
    """Every two signs that stand beside each other: Chinese is written without spaces, and has no other tokens."""
    return {title[at : at + 2] for at in range(len(title) - 1)}


def is_one_title(down: str, there: str) -> bool:
    one, other = pairs_of(down), pairs_of(there)
    return bool(one and other) and 20 * len(one & other) >= TITLE_TENTHS * (len(one) + len(other))


def is_near(down: int | None, there: int | None) -> bool:
    low, high = PRICE_PERCENT
    return bool(down and there) and low * (down or 0) <= 100 * (there or 0) <= high * (down or 0)
