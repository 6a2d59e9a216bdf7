"""How an actor asks: by HTTP, impatiently, and writing down in the journal what it was answered."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import httpx

from tests.evidence.files import little_picture
from tests.storm.journal import Came, Entry, Journal
from tests.storm.program import Clock

PICTURES = count(1)
PATIENCE = 20.0  # seconds for one answer
SERVER_IN_TROUBLE = 500


class Asking:
    """One actor's line to the program, which may be cut at any moment."""

    def __init__(self, base: str, clock: Clock, journal: Journal, who: str, door: str, **client: Any) -> None:
        self.clock, self.journal, self.who, self.door = clock, journal, who, door
        self.client = httpx.Client(base_url=base, timeout=PATIENCE, trust_env=False, **client)

    def get(self, address: str, **more: Any) -> httpx.Response | None:
        answer = self._sent("GET", address, **more)
        self.journal.read(answer.status_code if answer is not None else None)
        return answer

    def _sent(self, method: str, address: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self.client.request(method, address, **more)
        except httpx.TransportError:
            time.sleep(0.3)  # whoever finds nobody there does not ask a thousand times a second
            return None
        if answer.status_code >= SERVER_IN_TROUBLE:
            self.journal.failed(self.clock.now(), f"{method} {address}", answer.status_code, answer.text)
        return answer

    def deed(
        self, deed: str, address: str, *, key: str = "", sha256: str = "", method: str = "POST", **more: Any
    ) -> Entry:
        """Do it once and write down what came of it."""
        headers = {"Idempotency-Key": key} if key else {}
        began, since = self.clock.now(), time.monotonic()
        answer = self._sent(method, address, headers=headers, **more)
        entry = Entry(
            self.who, self.door, deed, address, began, self.clock.now(), status_of(answer), key=key, sha256=sha256
        )
        entry.spans = self.clock.spans(since, time.monotonic())
        if answer is not None:
            entry.replayed = "Idempotency-Replayed" in answer.headers
            read_what_was_told(entry, answer)
        self.journal.add(entry)
        return entry

    def insist(self, deed: str, address: str, *, tries: int = 3, wait: Callable[[], float], **more: Any) -> Entry:
        """The same request with the same key until there is an answer, as a program of others would."""
        key = str(uuid.uuid4())
        entry = self.deed(deed, address, key=key, **more)
        for _again in range(tries - 1):
            if entry.came is not Came.UNKNOWN and entry.code != "in_progress":
                break
            time.sleep(wait())
            entry = self.deed(deed, address, key=key, **more)
        return entry


def status_of(answer: httpx.Response | None) -> int | None:
    """A page that sends to the sign-in has done nothing."""
    if answer is None:
        return None
    if answer.is_redirect and "/account/" in answer.headers.get("Location", ""):
        return 401
    return answer.status_code


def read_what_was_told(entry: Entry, answer: httpx.Response) -> None:
    if "json" not in answer.headers.get("Content-Type", ""):
        return
    with suppress(ValueError):
        told = answer.json()
        entry.code = told.get("code", "") if entry.came is not Came.DONE else ""
        entry.told = {name: told[name] for name in ("number", "status", "version", "items", "address") if name in told}


def new_picture() -> tuple[bytes, str]:
    """A file that nobody has, and its sha256."""
    picture = little_picture(next(PICTURES) + 1_000_000)
    return picture, hashlib.sha256(picture).hexdigest()
