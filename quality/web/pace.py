"""How often a stranger may try, by network address: counted by each web process, in a window that moves.

A flood costs us work, not a secret: nobody guesses 256 bits. So no count is shared between processes or kept.
"""

from __future__ import annotations

from math import ceil
from time import time
from typing import TYPE_CHECKING

from flask import current_app, g, request
from werkzeug.exceptions import TooManyRequests

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter

EXTENSION = "pace of strangers"


def let_in(what: str, a_minute: int, *, tells: bool = True) -> None:
    """Count one try at `what` from this address, or answer 429 with the seconds until the next.

    The answer tells what is left, but where it is kept for others.
    """
    from limits import RateLimitItemPerMinute  # noqa: PLC0415  a start does without
    from limits.storage import MemoryStorage  # noqa: PLC0415
    from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415

    window = current_app.extensions.setdefault(EXTENSION, MovingWindowRateLimiter(MemoryStorage()))
    most, whose = RateLimitItemPerMinute(a_minute), (what, request.remote_addr or "")
    is_let_in = window.hit(most, *whose)
    if tells:
        tell(what, window, most, *whose)
    if not is_let_in:
        wait = ceil(window.get_window_stats(most, *whose).reset_time - time())
        raise TooManyRequests(retry_after=max(1, wait))


def tell(what: str, window: RateLimiter, most: RateLimitItem, *whose: str) -> None:
    """The answer says how many may be asked in how many seconds, how many are left of them, and in how many seconds
    more are: as draft-ietf-httpapi-ratelimit-headers-10 has it.
    """
    stats, name = window.get_window_stats(most, *whose), f'"{what}"'
    g.pace = {
        "RateLimit-Policy": f"{name};q={most.amount};w={most.get_expiry()}",
        "RateLimit": f"{name};r={stats.remaining};t={max(0, ceil(stats.reset_time - time()))}",
    }
