"""What a campaign asks of one product: the items of its plan that mean it. Pure, but for what a sample brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Protocol, TypeVar

from quality.campaigns.models import CampaignItem
from quality.purchases.models import Sample
from quality.standards.names import item_key


def items_for(sample: Sample) -> list[CampaignItem]:
    """The campaign's items for this product. What is asked of the product by name goes before what is asked of all.

    An item's `product` names the sampled product, or the drawn listing's title, category or id.
    """
    drawn = sample.purchase.drawn
    return items_meant(names_of(sample.product_name, drawn.listing_id, drawn.listing), sample.campaign.items)


class OfAProduct(Protocol):
    """An item of a plan."""

    @property
    def item(self) -> str: ...
    @property
    def product(self) -> str: ...


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
