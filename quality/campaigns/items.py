"""What a campaign asks of one product, and what a laboratory asks for it: the items of a plan that mean it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Protocol, TypeVar

from quality.standards.names import item_key


class OfAProduct(Protocol):
    """An item of a plan."""

    @property
    def item(self) -> str: ...
    @property
    def product(self) -> str: ...


class Charged(OfAProduct, Protocol):
    @property
    def lab_fee_fen(self) -> int | None: ...


Meant = TypeVar("Meant", bound=OfAProduct)


def names_of(product_name: str, listing_id: str, listing: Mapping[str, Any]) -> Set[str]:
    """All by which the items of a plan may mean a sampled product, as keys."""
    names = [product_name, listing.get("title"), listing.get("category"), listing_id]
    return {item_key(str(name)) for name in names if name}


def items_meant(names: Set[str], items: Sequence[Meant]) -> list[Meant]:
    particular = {item_key(i.item): i for i in items if item_key(i.product) in names}
    return [
        item
        for item in items
        if particular.get(item_key(item.item)) is item or (not item.product and item_key(item.item) not in particular)
    ]


def has_fees(items: Iterable[Charged]) -> bool:
    return any(item.lab_fee_fen is not None for item in items)


def fee_of(names: Set[str], items: Sequence[Charged]) -> int:
    """What one sample of these names costs to test, in fen. An item without a fee adds nothing."""
    return sum(item.lab_fee_fen or 0 for item in items_meant(names, items))
