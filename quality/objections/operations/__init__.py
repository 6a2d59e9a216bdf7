"""What people do about objections: tell the parties, hear them, have the backup portion tested, decide."""

from __future__ import annotations

from quality.objections.operations.decision import decide, note_withdrawal, waive, withdraw, withdraw_by_letter
from quality.objections.operations.hearing import admit, receive, refuse, tell
from quality.objections.operations.letters import (
    acknowledge,
    object_by_letter,
    prove_receipt,
    send_letter,
    take_back_letter,
)
from quality.objections.operations.lot import draw_laboratory, pass_over
from quality.objections.operations.posting import Sent
from quality.objections.operations.reinspection import follow_the_backup, see_to_formalities, send_to_reinspection

__all__ = [
    "Sent",
    "acknowledge",
    "admit",
    "decide",
    "draw_laboratory",
    "follow_the_backup",
    "note_withdrawal",
    "object_by_letter",
    "pass_over",
    "prove_receipt",
    "receive",
    "refuse",
    "see_to_formalities",
    "send_letter",
    "send_to_reinspection",
    "take_back_letter",
    "tell",
    "waive",
    "withdraw",
    "withdraw_by_letter",
]
