"""What people do about a correction: order it, hear the party, re-check, announce, propose; and hand a case over."""

from __future__ import annotations

from quality.corrections.operations.climbing import (
    Recheck,
    confirm,
    enter_recheck,
    propose_announcement,
    propose_order,
    propose_suspension,
    reject,
    withdraw,
)
from quality.corrections.operations.letters import (
    acknowledge,
    prove_receipt,
    report_by_letter,
    send_letter,
    take_back_letter,
)
from quality.corrections.operations.reporting import report
from quality.corrections.operations.transferring import (
    enter_receipt,
    propose_transfer,
    send_transfer,
    withdraw_transfer,
)

__all__ = [
    "Recheck",
    "acknowledge",
    "confirm",
    "enter_receipt",
    "enter_recheck",
    "propose_announcement",
    "propose_order",
    "propose_suspension",
    "propose_transfer",
    "prove_receipt",
    "reject",
    "report",
    "report_by_letter",
    "send_letter",
    "send_transfer",
    "take_back_letter",
    "withdraw",
    "withdraw_transfer",
]
