"""A purchase from the drawn listing to the dispatched sample: every verb that writes."""

from __future__ import annotations

from quality.purchases.operations.assigning import Given, Outcome, assign, assign_many
from quality.purchases.operations.buying import order, receive, renumber, ship
from quality.purchases.operations.confirming import confirm_hand_over, explain_gap
from quality.purchases.operations.custody import (
    Said,
    Way,
    dispatch,
    dispatch_backup,
    hand_over,
    link,
    pass_on,
    to_authority,
    transfer_untested,
)
from quality.purchases.operations.field import cancel, decline, give_up, hand_on, open_field
from quality.purchases.operations.following import note_delivery, report_wrong_item
from quality.purchases.operations.identity import may_not_read, show_identity
from quality.purchases.operations.photos import UNSEEN, Seen
from quality.purchases.operations.refunding import refund, was_paid
from quality.purchases.operations.returning import give_back, see_to_alarms
from quality.purchases.operations.sealing import ProductFacts, SealedPortion, check_label, seal, seal_a_control
from quality.purchases.operations.unboxing import scan_label

__all__ = [
    "UNSEEN",
    "Given",
    "Outcome",
    "ProductFacts",
    "Said",
    "SealedPortion",
    "Seen",
    "Way",
    "assign",
    "assign_many",
    "cancel",
    "check_label",
    "confirm_hand_over",
    "decline",
    "dispatch",
    "dispatch_backup",
    "explain_gap",
    "give_back",
    "give_up",
    "hand_on",
    "hand_over",
    "link",
    "may_not_read",
    "note_delivery",
    "open_field",
    "order",
    "pass_on",
    "receive",
    "refund",
    "renumber",
    "report_wrong_item",
    "scan_label",
    "seal",
    "seal_a_control",
    "see_to_alarms",
    "ship",
    "show_identity",
    "to_authority",
    "transfer_untested",
    "was_paid",
]
