"""Words of planning: what a plan says, how it is drawn, what became of what was drawn, and who may do so."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
PLANNING: dict[str, dict[str, Text]] = {
    "campaign_kind": {
        "probability":   _("Probability sample: may speak for the whole"),
        "risk_targeted": _("Risk-targeted: counts only, not representative"),
    },
    "allocation": {
        "proportional": _("Proportional to the listings of each stratum"),
        "equal":        _("The same number in each stratum"),
        "neyman":       _("Neyman: by the listings and the deviation of each stratum"),
        "fixed":        _("A number given for each stratum"),
    },
    "plan": {  # what a plan says, field by field
        "title":        _("Title"),
        "kind":         _("Kind"),
        "basis":        _("Legal basis"),
        "category":     _("Category"),
        "starts_on":    _("Begins"),
        "ends_on":      _("Ends"),
        "price_cap_fen": _("Price cap"),
        "strata":       _("Strata"),
        "method":       _("Allocation"),
        "n":            _("To buy"),
        "min_per_stratum": _("At least in each stratum"),
        "reserve":      _("Reserve in each stratum"),
        "by_stratum":   _("For the stratum"),
        "bands":        _("Bands of"),
        "cost_by_stratum": _("Cost in the stratum"),
        "frame":        _("Frame"),
        "frame_rows":   _("Listings in the frame"),
        "item":         _("Test item"),
        "item_limit":   _("Limit"),
        "item_method":  _("Method"),
        "item_rule":    _("Decision rule"),
        "item_clause":  _("Clause"),
        "item_source":  _("From the library"),
    },
    "drawn_role": {
        "main":    _("main sample"),
        "reserve": _("reserve"),
    },
    "column": {  # of a frame, by which it is divided into strata
        "platform":   _("platform"),
        "category":   _("category"),
        "region":     _("region"),
        "brand":      _("brand"),
        "price_band": _("price band"),
        "sales_band": _("sales band"),
    },
    "unobtainable": {
        "delisted":         _("Delisted before we could buy"),
        "out_of_stock":     _("Out of stock"),
        "seller_refused":   _("The seller refused"),
        "seller_cancelled": _("The seller cancelled the order"),
        "wrong_item":       _("Another item was sent"),
        "lost":             _("Lost on the way"),
        "over_price_cap":   _("Over the price cap"),
        "buyer_suspected":  _("The buyer was suspected"),
        "no_licence":       _("No licence"),
        "no_producer":      _("No producer named"),
        "counterfeit":      _("Counterfeit"),
        "out_of_scope":     _("Does not belong to what is sampled"),
        "same_product":     _("The same product is bought already, or was lately"),
        "no_buyer":         _("Nobody can buy it in time"),
        "not_needed":       _("No more of this stratum is bought"),
    },
    "declining": {  # why a buyer did not take a task (purchases/declines.py)
        "no_time":          _("No time for it"),
        "not_delivered":    _("It is not delivered to where I can receive it"),
        "no_account":       _("My account cannot buy there"),
        "known_there":      _("The seller would know me"),
        "ties":             _("I have ties to the seller or the producer"),
        "another":          _("Another reason"),
    },
    "disposition": {  # what became of a drawn unit (purchases/dispositions.py)
        "planned":          _("Not begun"),
        "under_way":        _("Being bought"),
        "sealed":           _("Bought, not concluded yet"),
        "tested":           _("Bought and tested"),
        "unobtainable":     _("Unobtainable"),
        "transferred_untested": _("Handed over untested"),
        "refused_by_lab":   _("Refused by the laboratory"),
        "test_impossible":  _("Impossible to test"),
        "cancelled":        _("Cancelled"),
        "reserve_unused":   _("Reserve, not used"),
    },
}
PLANNING_MAY: dict[str, Text] = {  # what a key may do (permissions.py)
    "campaign:approve":  _("Approve and freeze campaigns"),
    "campaign:draw":     _("Draw the listings to be bought"),
    "campaign:plan":     _("Plan campaigns and give them frames"),
    "campaign:read":     _("Read campaigns"),
    "task:assign":       _("Give tasks to buyers"),
    "task:excuse":       _("End tasks without a purchase"),
    "task:read":         _("Read purchase tasks"),
}
# fmt: on
