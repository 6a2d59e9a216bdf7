"""Words for the codes that stand in columns: kinds, reasons, outcomes, verdicts, roles."""

from __future__ import annotations

from quality.core.words import Text, _
from quality.evidence.words import WORDS as EVIDENCE

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
    "stage": {  # of a portion in its laboratory
        "receive":   _("To receive"),
        "test":      _("In test: results to enter"),
        "authorise": _("To be authorised"),
        "done":      _("Done"),
    },
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
        "frame":        _("Frame"),
        "frame_rows":   _("Listings in the frame"),
        "item":         _("Test item"),
        "item_limit":   _("Limit"),
        "item_method":  _("Method"),
        "item_rule":    _("Decision rule"),
        "item_clause":  _("Clause"),
    },
    "draft": {  # what a notice says, field by field
        "kind":         _("Kind"),
        "legal_basis":  _("Legal basis"),
        "reasons":      _("Reasons"),
        "answer_to":    _("Answer to"),
        "how_to_object": _("How to object"),
        "measure":      _("To be done"),
        "listing":      _("Listing"),
    },
    "drawn_role": {
        "main":    _("main sample"),
        "reserve": _("reserve"),
    },
    "portion_kind": {
        "test":   _("Test portion"),
        "backup": _("Backup portion"),
    },
    "column": {  # of a frame, by which it is divided into strata
        "platform":   _("platform"),
        "category":   _("category"),
        "region":     _("region"),
        "brand":      _("brand"),
        "price_band": _("price band"),
    },
    "table_kind": {  # of a file of listings
        "utf-8":     "CSV, UTF-8",
        "utf-8-sig": "CSV, UTF-8",
        "gb18030":   "CSV, GB 18030",
        "utf-16":    "CSV, UTF-16",
        "xlsx":      "Excel (XLSX)",
        "parquet":   "Parquet",
    },
    "hand": {
        "store":      _("Store"),
    },
    "sample_exit": {  # a laboratory's refusals, and why no conclusion can be had
        "seal_broken": _("The seal was broken"),
        "wrong_state": _("It arrived in the wrong state"),
        "too_little":  _("Too little to test"),
        "no_method":   _("No method fits"),
        "spent":       _("Nothing is left to test"),
        "undecided":   _("The report cannot be judged"),
        "no_licence":  _("No licence"),
        "no_producer": _("No producer named"),
        "counterfeit": _("Counterfeit"),
        "other":       _("Another reason, written in the record"),
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
    "no_reinspection": {
        "tampered": _("The backup portion was tampered with"),
        "withheld": _("The backup portion is withheld"),
        "spent":    _("The backup portion was used already"),
    },
    "excuse": {
        "refusal_accepted":   _("The platform's reasons hold"),
        "not_this_product":   _("Not this product"),
        "never_existed":      _("The listing never existed"),
        "finding_overturned": _("The finding was overturned"),
        "platform_ended":     _("The platform has ended"),
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
        "answer":          _("Answered"),
        "webhook":         _("An endpoint of the platform took it"),
    },
    "takedown": {
        "not_asked": _("Not asked to take it down yet"),
        "asked":     _("Asked to take it down"),
        "claimed":   _("The platform says it is gone"),
        "verified":  _("Gone, as we saw for ourselves"),
        "excused":   _("Excused"),
    },
}
# fmt: on
CODES["evidence"] = {kind.value: text for kind, text in EVIDENCE.items()}


def word(family: str, code: object) -> Text:
    """What `code` is called; one that is not known yet speaks for itself."""
    return CODES[family].get(str(code)) or str(code)
