"""Five platforms' own programs, by their characters. Written from docs/api.md and the OpenAPI document alone.

Each has shops of its own, whose listings anybody can look at; what a character says of them may be another matter.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty
from typing import Any

import httpx

from tests.outside import platform
from tests.outside.platform import Inbox

TWICE = 2
EARLIER = "2026-01-01T00:00:00Z"


@dataclass
class Platform:
    """What it has: a key of its program and of a person, an inbox, and what is on sale. `told` are the messages."""

    name: str
    program: httpx.Client
    person: httpx.Client
    on_sale: set[str]
    told: list[dict[str, Any]] = field(default_factory=list)
    is_listening: bool = False
    answers: list[list[dict[str, Any]]] = field(default_factory=list)  # what was said to each of its answers

    def lives(self, works: Callable[[Platform, str], None], over: threading.Event, *, is_back: bool = False) -> None:
        """Take what comes, and do about each notice what the character does. Who `is_back` asks for what it missed."""
        with platform.inbox() as inbox:
            endpoint = platform.subscribe(self.program, self.person, inbox)
            if is_back:
                platform.recover(self.program, endpoint, EARLIER)
            self.is_listening = True
            while not over.is_set():
                self.takes_one(inbox, works)

    def takes_one(self, inbox: Inbox, works: Callable[[Platform, str], None]) -> None:
        try:
            message = inbox.messages.get(timeout=0.2)
        except Empty:
            return
        self.told.append(message)
        if message["type"] in {"notice.issued", "notice.returned", "notice.reopened", "notice.reminder"}:
            works(self, message["data"]["number"])

    def types(self) -> list[str]:
        return [message["type"] for message in self.told]

    def says(self, number: str, outcomes: list[dict[str, Any]]) -> None:
        self.answers.append(platform.answer(self.program, number, outcomes))

    def proves(self, what: str) -> str:
        return platform.prove(self.program, "removed.txt", what.encode())

    def waiting(self, number: str) -> list[dict[str, Any]]:
        """Listings that it is to answer for. To read the notice is to have received it."""
        return platform.listings(platform.read(self.program, number), "open", "returned", "reopened")


def honest(ours: Platform, number: str) -> None:
    """Reads the sealed notice, takes each listing down, and says so with a proof of its own for each."""
    notice = platform.read(ours.program, number)
    assert hashlib.sha256(platform.document(ours.program, number)).hexdigest() == notice["document_sha256"]
    platform.acknowledge(ours.program, number, f"{ours.name}-{number}")
    outcomes = []
    for item in ours.waiting(number):
        ours.on_sale.discard(item["listing_id"])
        proof = ours.proves(f"{item['listing_id']} removed by the duty desk of {ours.name}")
        outcomes.append(removed(item) | {"units_sold": 61, "evidence": [proof]})
    if outcomes:
        ours.says(number, outcomes)


def late(ours: Platform, number: str) -> None:
    """The same, but it does nothing before somebody has reminded it that its time is over."""
    if any(message["type"] == "notice.reminder" and message["data"]["overdue"] for message in ours.told):
        honest(ours, number)


def partial(ours: Platform, number: str) -> None:
    """Answers for its first listing as it should be, for the second with half of what is needed, and leaves it so."""
    platform.acknowledge(ours.program, number, "half a page")
    if ours.answers:
        return
    first, second = ours.waiting(number)
    ours.on_sale.discard(first["listing_id"])
    ours.says(number, [removed(first), {"listing_id": second["listing_id"], "outcome": "removed"}])


def lying(ours: Platform, number: str) -> None:
    """Takes nothing down, and says that it did, with one picture for all; of each twice, then it says nothing more."""
    picture = ours.proves("a picture of some page")
    said = [each["listing_id"] for answer in ours.answers for each in answer]
    outcomes = [
        removed(item) | {"units_sold": 10, "evidence": [picture]}
        for item in ours.waiting(number)
        if said.count(item["listing_id"]) < TWICE
    ]
    if outcomes:
        ours.says(number, outcomes)


def removed(item: dict[str, Any]) -> dict[str, Any]:
    return {"listing_id": item["listing_id"], "outcome": "removed", "acted_at": datetime.now(UTC).isoformat()}
