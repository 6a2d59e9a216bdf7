"""What people do with a notice: draft and issue it, answer it listing by listing, look for themselves, and end it."""

from __future__ import annotations

from quality.notices.operations.adding import add_alike
from quality.notices.operations.alike import Choice, decide
from quality.notices.operations.answering import Answered, answer
from quality.notices.operations.drafting import draft_notices, is_free, issue, revise, submit, take_off
from quality.notices.operations.editing import amend, approve_edition, draft_withdrawal, drop_edition
from quality.notices.operations.ending import close, withdraw
from quality.notices.operations.looking import excuse, look, reopen, send_back, verify
from quality.notices.operations.talking import answer_to, ask, decide_objection, object_to

__all__ = [
    "Answered",
    "Choice",
    "add_alike",
    "amend",
    "answer",
    "answer_to",
    "approve_edition",
    "ask",
    "close",
    "decide",
    "decide_objection",
    "draft_notices",
    "draft_withdrawal",
    "drop_edition",
    "excuse",
    "is_free",
    "issue",
    "look",
    "object_to",
    "reopen",
    "revise",
    "send_back",
    "submit",
    "take_off",
    "verify",
    "withdraw",
]
