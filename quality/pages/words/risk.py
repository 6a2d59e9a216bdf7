"""Words of looking first where it is likelier: what a score is made of, and what a consumer complained of."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
RISK: dict[str, dict[str, Text]] = {
    "risk_part": {
        "findings":   _("Past findings"),
        "complaints": _("Complaints"),
        "price":      _("Price far below the others"),
        "sales":      _("Sales"),
        "newness":    _("A new shop"),
    },
    "risk_weights": {  # what an edition says, field by field
        "findings":   _("Past findings"),
        "complaints": _("Complaints"),
        "price":      _("Price far below the others"),
        "sales":      _("Sales"),
        "newness":    _("A new shop"),
        "edges":      _("Where bands begin"),
        "floor":      _("By lot in each stratum and band"),
    },
    "risk_key": {  # by what something is known of a listing
        "listing":   _("this listing"),
        "barcode":   _("this product, by its barcode"),
        "model":     _("this product, by brand and model"),
        "shop_code": _("this shop, by its credit code"),
        "shop":      _("this shop"),
    },
    "complaint_kind": {
        "safety":      _("Safety"),
        "quality":     _("Quality"),
        "label":       _("Marks and labels"),
        "counterfeit": _("Counterfeit"),
        "description": _("Not as described"),
        "other":       _("Another reason to complain"),
    },
    "complaint_row": {  # of an uploaded table
        "new":   _("can be taken in"),
        "same":  _("taken in before, unchanged"),
        "wrong": _("to mend"),
    },
}
# fmt: on
