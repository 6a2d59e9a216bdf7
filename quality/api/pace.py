"""How often a key may ask, and a stranger may try: counted by each web process, in a window that moves.

A flood costs us work, not a secret: nobody guesses 256 bits. So no count is shared between processes or kept.
"""

from __future__ import annotations

from math import ceil
from time import time
from typing import cast

from flask import Flask, current_app, request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from quality.web import settings
from quality.web.pace import tell

OF_STRANGERS = RateLimitItemPerMinute(30)  # wrong keys, from one address


def init_app(app: Flask) -> None:
    app.extensions["pace"] = MovingWindowRateLimiter(MemoryStorage())


def window() -> MovingWindowRateLimiter:
    return cast(MovingWindowRateLimiter, current_app.extensions["pace"])


def wait_of(key_id: object) -> int:
    """Count one request of this key, or of this telephone; 0, or after how many seconds the next is let in.

    The answer tells what is left.
    """
    of_keys = RateLimitItemPerMinute(settings().api_per_minute)
    is_let_in = window().hit(of_keys, "key", str(key_id))
    tell("key", window(), of_keys, "key", str(key_id))
    return 0 if is_let_in else until_next(of_keys, "key", str(key_id))


def wait_of_strangers() -> int:
    """Count nothing; 0, or for how long nobody from this address is listened to without a good key."""
    here = request.remote_addr or ""
    return 0 if window().test(OF_STRANGERS, "stranger", here) else until_next(OF_STRANGERS, "stranger", here)


def count_stranger() -> None:
    window().hit(OF_STRANGERS, "stranger", request.remote_addr or "")


def until_next(item: RateLimitItem, *whose: str) -> int:
    return max(1, ceil(window().get_window_stats(item, *whose).reset_time - time()))
