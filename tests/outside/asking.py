"""How a stranger's program asks: by a key, once and only once, and patiently. Written from docs/api.md alone."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx

TRIES = 5


class Wrong(Exception):
    """A problem that asking again does not mend. `code` is for programs, `errors` name the fields."""

    def __init__(self, answer: httpx.Response) -> None:
        told = answer.json()
        super().__init__(f"{answer.status_code} {told['code']}: {told['detail']} {told.get('errors', '')}")
        self.status: int = answer.status_code
        self.code: str = told["code"]
        self.errors: list[dict[str, str]] = told.get("errors", [])


def program(address: str, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "en"}
    return httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=30, follow_redirects=False)


def ask(client: httpx.Client, address: str, **query: Any) -> Any:
    return patiently(client, "GET", address, params=query).json()


def every(client: httpx.Client, address: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All lines of a list, page after page."""
    cursor = None
    while True:
        page = ask(client, address, **query, **({"cursor": cursor} if cursor else {}))
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def do(client: httpx.Client, address: str, body: dict[str, Any] | None = None, once: str = "", **more: Any) -> Any:
    """A POST that is done once, however often it has to be sent."""
    headers = {"Idempotency-Key": once or str(uuid.uuid4())}
    if not more.get("files"):
        more["json"] = body or {}
    return patiently(client, "POST", address, headers=headers, **more).json()


def patiently(client: httpx.Client, method: str, address: str, **more: Any) -> httpx.Response:
    """The answer; where the other side is busy or silent, the same request again, as it asks."""
    for tries_left in reversed(range(TRIES)):
        try:
            answer = client.request(method, address, **more)
        except httpx.TransportError:
            if not tries_left:
                raise
            wait = 1.0
        else:
            is_busy = answer.status_code in {429, 503} or is_in_progress(answer)
            if not is_busy or not tries_left:
                if answer.status_code >= 400:
                    raise Wrong(answer)
                return answer
            wait = float(answer.headers.get("Retry-After", 1))
        time.sleep(wait)
    raise AssertionError("unreachable")


def is_in_progress(answer: httpx.Response) -> bool:
    return answer.status_code == 409 and bool(answer.json()["code"] == "in_progress")
