"""Actors that come by the API with a key: they pick a case that they see, and one of the moves that it offers them."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from typing import Any

from tests.storm.asking import Asking, new_picture
from tests.storm.errands import ERRANDS, OFTEN, OnAnErrand
from tests.storm.fillers import SELDOM, Pen, report
from tests.storm.journal import Came, Entry, Journal
from tests.storm.prepare import Somebody
from tests.storm.program import Clock

LOOKS = 4  # at most, until there is something to do
MISCHIEF = 0.14  # of the deeds are wrong, stale, doubled, or another's
AGENCY = ["tasks", "samples", "findings", "objections", "notices", "results", "campaigns"]
# where each looks, and how often
WHERE: dict[str, dict[str, int]] = {
    "coordinator": {
        "tasks": 3,
        "samples": 4,
        "findings": 5,
        "objections": 2,
        "notices": 6,
        "results": 1,
        "campaigns": 1,
    },
    "reviewer": {"findings": 4, "notices": 4, "results": 3, "objections": 2, "campaigns": 1},
    "analyst": {"lab/samples": 1},
    "signatory": {"lab/reports": 1},
    "platform": {"platform/notices": 6, "platform/webhooks": 1},
}  # fmt: skip
# what is worth a look there
LIVE: dict[str, list[str]] = {
    "tasks": ["planned"],
    "samples": ["sealed", "reported", "reported", "concluded"],
    "findings": ["proposed", "confirmed", "confirmed"],
    "objections": ["received", "admitted", "in_reinspection"],
    "notices": [
        "draft",
        "in_review",
        "approved",
        "served",
        "acknowledged",
        "answered",
        "answered",
        "closed",
        "reopened",
    ],
    "results": ["proposed", "published"],
    "campaigns": ["in_review", "approved", "frozen", "drawn"],
    "lab/samples": ["dispatched", "at_lab"],
    "lab/reports": ["entered"],
    "platform/notices": ["issued", "served", "acknowledged", "answered", "reopened"],
}
MINE = {"reviewer": {"notices": ["in_review", "answered", "closed"], "findings": ["proposed"], "results": ["proposed"]}}


class ByKey:
    """Somebody's program. One request at a time, but where it doubles one on purpose."""

    def __init__(self, who: Somebody, base: str, clock: Clock, journal: Journal, chances: random.Random) -> None:
        self.who, self.chances = who, chances
        headers = {"Authorization": f"Bearer {who.secret}", "Accept-Language": chances.choice(["zh", "en"])}
        self.line = Asking(f"{base}/api/v1", clock, journal, who.signature, "api", headers=headers)
        self.pen = Pen(chances, clock.now, self.send_picture)
        self.buyers: list[int] = []
        self.codes: Callable[[], dict[str, str]] = dict  # of webhooks that arrived, by endpoint

    def a_moment(self) -> float:
        """Seconds before it asks once more."""
        return self.chances.uniform(0.3, 1.5)

    def turn(self) -> None:
        """One step: look somewhere, and do something there if there is something to do; or an errand beside that."""
        if self.who.role in ERRANDS and self.chances.random() < OFTEN:
            self.chances.choice(ERRANDS[self.who.role])(OnAnErrand(self))
            return
        places = WHERE[self.who.role]
        for _look in range(LOOKS):
            place = self.chances.choices(list(places), list(places.values()))[0]
            if place == "platform/webhooks":
                self.tend_webhooks()
                return
            case = self.some_case(place)
            if case is not None:
                self.act_on(place, case)
                return

    def some_case(self, place: str) -> dict[str, Any] | None:
        status = self.chances.choice(MINE.get(self.who.role, {}).get(place) or LIVE[place])
        listed = self.line.get(f"/{place}", params={"status": status, "limit": self.chances.choice([5, 50, 200])})
        if listed is None or not listed.is_success or not listed.json()["items"]:
            return None
        number = self.chances.choice(listed.json()["items"])["number"]
        case = self.line.get(f"/{place}/{number}")
        return case.json() if case is not None and case.is_success else None

    def act_on(self, place: str, case: dict[str, Any]) -> None:
        choices = offered(place, case)
        if place == "lab/samples" and case["status"] == "at_lab":
            self.enter_report(case)
            return
        if self.chances.random() < MISCHIEF:
            self.mischief(place, case, choices)
            return
        if not choices:
            return
        weights = [SELDOM.get(name, 1.0) for name, _part in choices]
        name, part = self.chances.choices(choices, weights)[0]
        body = self.body(place, name, case, part)
        if body is not None:
            self.do(place, name, case, part, body)

    def body(self, place: str, name: str, case: dict[str, Any], part: dict[str, Any] | None) -> dict[str, Any] | None:
        if (place, name) == ("tasks", "assign"):
            return {"version": case["version"], "buyer": self.some_buyer()}
        body = self.pen.body(place, name, case)
        if body is not None and part is not None and "version" in body:
            body["version"] = part["version"]
        return body

    def do(
        self, place: str, name: str, case: dict[str, Any], part: dict[str, Any] | None, body: dict[str, Any]
    ) -> Entry:
        inside = f"/items/{part['id']}" if part else ""
        address = f"/{place}/{case['number']}{inside}/{name}"
        return self.line.insist(f"{place}/{name}", address, json=body, wait=self.a_moment)

    def enter_report(self, case: dict[str, Any]) -> None:
        body = report(self.pen, case)
        body["analyst"] = self.who.email
        self.line.insist("lab/reports", "/lab/reports", json=body, wait=self.a_moment)

    def some_buyer(self) -> int:
        if not self.buyers:
            told = self.line.get("/buyers")
            if told is not None and told.is_success:
                self.buyers = [each["id"] for each in told.json()["items"]]
        return self.chances.choice(self.buyers or [999_999])

    def send_picture(self, kind: str) -> str | None:
        picture, sha256 = new_picture()
        files = {"file": ("look.png", picture, "image/png")}
        sent = self.line.insist(
            "evidence", "/evidence", files=files, data={"kind": kind}, sha256=sha256, wait=self.a_moment
        )
        return sha256 if sent.came is Came.DONE else None

    # --- what goes wrong in every office ---

    def mischief(self, place: str, case: dict[str, Any], choices: list[Any]) -> None:
        name, part = self.chances.choice(choices) if choices else ("approve", None)
        body = self.body(place, name, case, part)
        if body is None:
            return
        kinds = [self.stale, self.without_version, self.unknown_field, self.another_move, self.doubled, self.reused]
        self.chances.choice(kinds)(place, name, case, part, body)

    def stale(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        self.do(place, name, case, part, body | {"version": max(1, (part or case)["version"] - 1)})

    def without_version(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        self.do(place, name, case, part, {key: value for key, value in body.items() if key != "version"})

    def unknown_field(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        self.do(place, name, case, part, body | {"wish": "\0 ' \" < 风"})

    def another_move(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        """One that is not offered: of another role, or of another status."""
        other = self.chances.choice(["approve", "confirm", "publish", "close", "serve", "verify", "nonsense"])
        self.do(place, other, case, part, body)

    def doubled(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        """The same request twice at the same instant, under one key: it must be done once."""
        inside = f"/items/{part['id']}" if part else ""
        address, key = f"/{place}/{case['number']}{inside}/{name}", str(uuid.uuid4())
        second = threading.Thread(target=lambda: self.line.deed(f"{place}/{name}", address, key=key, json=body))
        second.start()
        self.line.deed(f"{place}/{name}", address, key=key, json=body)
        second.join()
        self.line.deed(f"{place}/{name}", address, key=key, json=body)

    def reused(self, place: str, name: str, case: Any, part: Any, body: dict[str, Any]) -> None:
        """A key that was used for another body."""
        done = self.do(place, name, case, part, body)
        if done.came is Came.DONE:
            self.line.deed(done.deed, done.address, key=done.key, json=body | {"note": "另一句话"})

    # --- a platform's own system ---

    def tend_webhooks(self) -> None:
        """Start again what was stopped, confirm what arrived, test what is not confirmed."""
        told = self.line.get("/platform/webhooks")
        if told is None or not told.is_success:
            return
        for endpoint in told.json()["items"]:
            self.tend(endpoint)

    def tend(self, endpoint: dict[str, Any]) -> None:
        handle, codes = endpoint["id"], self.codes()
        if endpoint.get("stopped_at"):
            self.line.insist("webhooks/start", f"/platform/webhooks/{handle}/start", json={}, wait=self.a_moment)
        elif not endpoint.get("confirmed_at") and handle in codes:
            body = {"code": codes[handle]}
            self.line.insist("webhooks/confirm", f"/platform/webhooks/{handle}/confirm", json=body, wait=self.a_moment)
        elif not endpoint.get("confirmed_at"):
            self.line.insist("webhooks/test", f"/platform/webhooks/{handle}/test", json={}, wait=self.a_moment)


def offered(place: str, case: dict[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    """The moves of the case and of its listings that are allowed now."""
    found: list[tuple[str, dict[str, Any] | None]] = [
        (move["name"], None) for move in case["moves"] if move["allowed"] and move["name"] not in BY_PAGE
    ]
    if place == "notices":
        for item in case["items"]:
            found += [(move["name"], item) for move in item["moves"] if move["allowed"]]
    return found


BY_PAGE = {"take_in", "frame", "amend", "close_campaign"}  # with a body of many parts
