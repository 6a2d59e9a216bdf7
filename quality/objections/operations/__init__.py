"""What people do about objections: tell the parties, hear them, have the backup portion tested, decide."""

from __future__ import annotations

from quality.objections.operations.decision import decide, withdraw
from quality.objections.operations.hearing import admit, receive, refuse, tell
from quality.objections.operations.reinspection import follow_the_backup, send_to_reinspection

__all__ = [
    "admit",
    "decide",
    "follow_the_backup",
    "receive",
    "refuse",
    "send_to_reinspection",
    "tell",
    "withdraw",
]
