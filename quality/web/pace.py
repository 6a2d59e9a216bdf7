"""How often a stranger may try, by network address: counted by each web process, in a window that moves.

A flood costs us work, not a secret: nobody guesses 256 bits. So no count is shared between processes or kept.
"""

from __future__ import annotations

from math import ceil
from time import time

from flask import current_app, request
from werkzeug.exceptions import TooManyRequests

EXTENSION = "pace of strangers"


def let_in(what: str, a_minute: int) -> None:
    """Count one try at `what` from this address, or answer 429 with the seconds until the next."""
    from limits import RateLimitItemPerMinute  # noqa: PLC0415  a start does without
    from limits.storage import MemoryStorage  # noqa: PLC0415
    from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

    window = current_app.extensions.setdefault(EXTENSION, MovingWindowRateLimiter(MemoryStorage()))
    most, whose = RateLimitItemPerMinute(a_minute), (what, request.remote_addr or "")
    if not window.hit(most, *whose):
        wait = ceil(window.get_window_stats(most, *whose).reset_time - time())
        raise TooManyRequests(retry_after=max(1, wait))
