"""One request at a time through the program, and several that arrive or leave slowly meanwhile.

Python runs one thread at a time: two requests in the program at once only make each other late. But whoever sends from
a stairwell, or sends nothing at all, must not keep the others waiting: what they bring is read before their turn.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from quality.web.bounds import SMALL

ASKS_HOW_WE_ARE = {"/healthz", "/readyz", "/metrics"}  # also while whoever is at work hangs


class Turnstile:
    """Around the program, for a server with several threads a worker (children.py).

    A small body is read first. A large one (a file), and one of unknown length, is read by the program as it comes, and
    takes no turn: it spends its time waiting for the network and the store.
    """

    def __init__(self, program: WSGIApplication) -> None:
        self._program = program
        self._turn = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = length_of(environ)
        if length is None or length > SMALL or environ.get("PATH_INFO") in ASKS_HOW_WE_ARE:
            return self._program(environ, start_response)
        if length:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with self._turn:
            return self._program(environ, start_response)  # a file that is fetched leaves after it


def length_of(environ: dict[str, Any]) -> int | None:
    """How many bytes come; None where that is not said, or makes no sense."""
    if environ.get("HTTP_TRANSFER_ENCODING"):
        return None
    said = environ.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isascii() and said.isdigit() else None
