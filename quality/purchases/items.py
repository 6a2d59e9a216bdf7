"""What a campaign asks of a sample: by all that its product and the drawn listing are called."""

from __future__ import annotations

from quality.campaigns.items import items_meant, names_of
from quality.campaigns.models import CampaignItem
from quality.purchases.models import Sample


def items_for(sample: Sample) -> list[CampaignItem]:
    """The campaign's items for this product. What is asked of the product by name goes before what is asked of all.

    An item's `product` names the sampled product, or the drawn listing's title, category or id.
    """
    drawn = sample.purchase.drawn
    return items_meant(names_of(sample.product_name, drawn.listing_id, drawn.listing), sample.campaign.items)
