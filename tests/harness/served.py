"""A program that runs in processes of its own, as seen from outside."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from urllib.error import HTTPError
from urllib.request import urlopen


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def answers(port: int) -> bool:
    """Whatever it says: this is about the server, not about its pages."""
    try:
        urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
    except HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


def eventually(holds: Callable[[], bool], patience: float = 60) -> None:
    ends = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.1)
