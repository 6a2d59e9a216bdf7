"""Words for the codes that stand in columns: kinds, reasons, outcomes, verdicts, roles."""

from __future__ import annotations

from quality.core.words import Text, _

# fmt: off
CODES: dict[str, dict[str, Text]] = {
    "role": {
        "coordinator": _("Coordinator"),
        "reviewer":    _("Reviewer"),
        "buyer":       _("Buyer"),
        "analyst":     _("Analyst"),
        "signatory":   _("Signatory"),
        "platform":    _("Platform compliance"),
        "admin":       _("Administrator"),
        "system":      _("The program"),
    },
    "party": {
        "coordinator": _("Coordinator"),
        "reviewer":    _("Reviewer"),
        "buyer":       _("Buyer"),
        "laboratory":  _("Laboratory"),
        "platform":    _("Platform"),
        "program":     _("The program"),
        "nobody":      _("Nobody"),
    },
    "campaign_kind": {
        "probability":   _("Probability sample: may speak for the whole"),
        "risk_targeted": _("Risk-targeted: counts only, not representative"),
    },
    "drawn_role": {
        "main":    _("main sample"),
        "reserve": _("reserve"),
    },
    "portion_kind": {
        "test":   _("Test portion"),
        "backup": _("Backup portion"),
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
    },
    "finding_verdict": {
        "conforming":    _("Conforming"),
        "nonconforming": _("Nonconforming"),
    },
    "verdict": {
        "pass":             _("Pass"),
        "fail":             _("Fail"),
        "conditional_pass": _("Conditional pass"),
        "conditional_fail": _("Conditional fail"),
        "undecided":        _("Undecided"),
    },
    "rule": {
        "simple":      _("Simple: the value against the limit"),
        "guard_band":  _("Guard band: pass up to the limit less the uncertainty (ILAC-G8)"),
        "non_binary":  _("Non-binary: conditional within the uncertainty of the limit (ILAC-G8)"),
        "enforcement": _("Enforcement: fail only beyond the limit plus the uncertainty"),
    },
    "ground": {
        "result":       _("The result"),
        "procedure":    _("The procedure"),
        "authenticity": _("Not our product"),
    },
    "objecting_party": {
        "seller":   _("Seller"),
        "producer": _("Producer"),
        "platform": _("Platform"),
    },
    "decision": {
        "upheld":    _("Upheld: the finding is overturned"),
        "dismissed": _("Dismissed: the finding stands"),
    },
    "notice_kind": {
        "order":  _("By order"),
        "notice": _("By notice"),
    },
    "measure": {
        "delist":         _("Take down the listings named"),
        "sweep":          _("Find and take down listings of the same product"),
        "stop_sale":      _("Stop the sale"),
        "retain_records": _("Keep the transaction records"),
        "report_sales":   _("Report units sold"),
    },
    "outcome": {
        "removed":      _("Says it is removed"),
        "never_found":  _("Says it was never listed"),
        "already_gone": _("Says it was gone already"),
        "refused":      _("Refuses"),
    },
    "channel": {
        "portal":          _("Opened in the portal"),
        "acknowledgement": _("Acknowledged"),
    },
    "evidence": {
        "seller":         _("Seller's licence and shop"),
        "product_page":   _("Product page"),
        "order":          _("Order"),
        "payment":        _("Payment"),
        "parcel":         _("Parcel"),
        "packaging":      _("Packaging"),
        "marks":          _("Marks and label"),
        "opening":        _("Unboxing"),
        "seal_test":      _("Seal of the test portion"),
        "seal_backup":    _("Seal of the backup portion"),
        "hand_over":      _("Hand-over"),
        "lab_receipt":    _("Receipt at the laboratory"),
        "lab_report":     _("Test report"),
        "platform_proof": _("Platform's proof"),
        "look":           _("What we saw"),
        "objection":      _("Objection"),
        "other":          _("Other evidence"),
    },
}
# fmt: on


def word(family: str, code: object) -> Text:
    """What `code` is called; one that is not known yet speaks for itself."""
    return CODES[family].get(str(code)) or str(code)
