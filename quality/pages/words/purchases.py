"""Words of purchases on their way: where a parcel is, why something came back, in what goods differ."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
PURCHASE_CODES: dict[str, dict[str, Text]] = {
    "delivery_state": {
        "handed_over": _("Handed to the courier"),
        "in_transit":  _("On the way"),
        "at_pickup":   _("At the pick-up point"),
        "delivered":   _("Delivered, as the courier says"),
        "refused":     _("Refused at the door"),
        "lost":        _("Lost"),
    },
    "cause": {  # why money or goods came back
        "asked":          _("The buyer asked for it"),
        "by_seller":      _("The seller did it unasked"),
        "by_platform":    _("The platform did it by itself"),
        "difference":     _("A price difference or the shipping; the goods stay"),
        "not_as_ordered": _("Other goods came than were ordered"),
        "unknown":        _("Nobody knows"),
    },
    "alarm_kind": {
        "refunded": _("Money of a sample came back"),
        "returned": _("Goods of a sample went back"),
    },
    "difference": {  # in what goods are not those that were ordered
        "product":  _("Another product"),
        "brand":    _("Another brand"),
        "model":    _("Another model"),
        "spec":     _("Another specification or size"),
        "quantity": _("Another number of pieces"),
        "seller":   _("Sent by somebody else than the shop"),
        "used":     _("Used or opened goods"),
        "empty":    _("An empty parcel"),
    },
}
PURCHASE_DEEDS: dict[str, Text] = {
    "delivery":     _("wrote down where the parcel is"),
    "renumber":     _("corrected the delivery number"),
    "return":       _("recorded that the goods went back"),
    "see_to_alarm": _("saw to the alarm"),
}
PURCHASE_MAY: dict[str, Text] = {  # as the boxes of a key say it
    "alarm:see_to": _("See to alarms: money or goods of a sample came back"),
    "task:follow":  _("Write down where parcels are"),
}
# fmt: on
