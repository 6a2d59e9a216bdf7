"""Words for listings that are like a tested one: what they are taken for, why, how surely, and what became of them."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
ALIKE: dict[str, dict[str, Text]] = {
    "item_kind": {
        "tested":       _("Tested"),
        "same_product": _("Same product"),
        "same_seller":  _("Same seller"),
    },
    "sure": {  # how surely a listing is like a tested one
        "certain":  _("certain"),
        "likely":   _("likely"),
        "possible": _("possible"),
    },
    "alike_why": {
        "barcode":     _("the same barcode"),
        "brand_model_producer": _("the same brand, model and producer"),
        "brand_model": _("the same brand and model"),
        "shop_code":   _("the same unified social credit code"),
        "shop_id":     _("the same shop of the platform"),
        "shop_name":   _("the same shop name"),
        "listing_id":  _("the same listing"),
        "picture":     _("the same picture"),
        "title":       _("nearly the same title"),
        "price":       _("about the same price"),
    },
    "alike_state": {
        "waiting":   _("To be decided"),
        "free":      _("Confirmed, on no notice yet"),
        "confirmed": _("Confirmed"),
        "rejected":  _("Ruled out"),
    },
    "radar_state": {
        "open":  _("To be decided"),
        "same":  _("On sale again"),
        "other": _("Not what was taken down"),
        "gone":  _("Gone when looked at"),
    },
    "radar_meant": {  # what a hit is taken for
        "itself": _("The listing itself"),
        "goods":  _("The same goods"),
    },
}
# fmt: on
