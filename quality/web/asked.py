"""One line for each request, and a number by which a person can ask about theirs.

A line names the kind of address, not the address: that may hold a token, and a query what somebody looked for.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, has_request_context, request

from quality.web.tally import TALLY

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
REFUSED, BROKEN = 400, 500  # from here on it is we who failed

log = logging.getLogger("mingcha.web")


def init_app(app: Flask, *, behind_proxies: bool) -> None:
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = id_for(request.headers.get(HEADER, ""), behind_proxies=behind_proxies)

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


def id_for(given: str, *, behind_proxies: bool) -> str:
    """The number that a proxy of ours gave it, or one of our own."""
    return given if behind_proxies and GIVEN.fullmatch(given) else secrets.token_hex(8)


def end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    asks_how_we_are = request.blueprint == "health"  # every few seconds: neither work nor news while all is well
    if not asks_how_we_are:
        TALLY.note(response.status_code, time.perf_counter() - g.get("began", time.perf_counter()))
    level = logging.WARNING if response.status_code >= BROKEN else logging.INFO
    if log.isEnabledFor(level) and not (asks_how_we_are and response.status_code < REFUSED):
        log.log(level, "answered", extra={"told": told_of(response)})
    return response


def answered_before(status: int, began: float, named: str, method: str, route: str | None) -> None:
    """The same for an answer that did not come from the program (front.py)."""
    took = time.perf_counter() - began
    TALLY.note(status, took)
    if log.isEnabledFor(logging.INFO):
        told = {"request_id": named, "method": method, "route": route, "status": status, "ms": round(took * 1000, 1)}
        log.info("answered", extra={"told": told})


def request_id() -> str:
    """Of this request; "" where there is none."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def told_of(response: Response) -> dict[str, Any]:
    rule = request.url_rule
    told = {
        "request_id": request_id(),
        "method": request.method if request.method in METHODS else "other",
        "route": rule.rule if rule else None,
        "status": response.status_code,
        "ms": round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
    }
    for name in ("key", "person"):
        if (row := g.get(name)) is not None and (identity := sa.inspect(row).identity):
            told[name] = identity[0]
    return told


METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
