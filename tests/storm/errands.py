"""What people do beside the moves of their cases: a deadline is changed, a listing is like another, one side asks."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from tests.storm.fillers import WORDING

NUMBERS = count(1)
ISSUED = ["issued", "served", "acknowledged", "reopened"]


class OnAnErrand:
    """One actor's line, pen and chances, as `programs.ByKey` has them."""

    def __init__(self, actor: Any) -> None:
        self.line, self.pen, self.chances, self.wait = actor.line, actor.pen, actor.chances, actor.a_moment

    def some(self, address: str, **query: Any) -> list[dict[str, Any]]:
        told = self.line.get(address, params=query)
        if told is None or not told.is_success:
            return []
        listed: list[dict[str, Any]] = told.json()["items"]
        return listed

    def some_notice(self, place: str, statuses: list[str]) -> dict[str, Any] | None:
        listed = self.some(f"/{place}", status=self.chances.choice(statuses))
        if not listed:
            return None
        told = self.line.get(f"/{place}/{self.chances.choice(listed)['number']}")
        if told is None or not told.is_success:
            return None
        notice: dict[str, Any] = told.json()
        return notice

    def do(self, deed: str, address: str, body: dict[str, Any]) -> None:
        self.line.insist(deed, address, json=body, wait=self.wait)


def change_a_deadline(us: OnAnErrand) -> None:
    notice = us.some_notice("notices", [*ISSUED, "answered", "closed"])
    there = us.some(f"/notices/{notice['number']}/deadlines") if notice else []
    if not notice or not there:
        return
    kind = us.chances.choice(["pause", "resume", "extend"])
    wanted = {"clock": us.chances.choice(there)["id"], "kind": kind, "reason": "系统检修", "allowed_by": "李局"}
    if kind == "extend":
        wanted["days"] = us.chances.randint(1, 3)
    us.do("notices/deadlines", f"/notices/{notice['number']}/deadlines", wanted)


def decide_on_what_is_alike(us: OnAnErrand) -> None:
    waiting = us.some("/alike", limit=20)[: us.chances.randint(1, 4)]
    if not waiting:
        return
    decision = us.chances.choices(["confirmed", "rejected"], [4, 1])[0]
    chosen = [{"id": each["id"], "version": each["version"]} for each in waiting]
    us.do("alike/decisions", "/alike/decisions", {"decision": decision, "reason": "规格相同", "items": chosen})


def draft_what_is_alike(us: OnAnErrand) -> None:
    free = us.some("/alike", state="free", limit=5)
    if not free:
        return
    body = WORDING | {"measures": ["delist", "sweep"], "alike": [each["id"] for each in free]}
    us.do("notices/draft", "/notices", body | {"grouping": us.chances.choice(["platform", "finding"])})


def prove_by_post(us: OnAnErrand) -> None:
    notice = us.some_notice("notices", ["issued", "issued", "reopened"])
    receipt = us.pen.send("receipt") if notice else None
    if notice is None or receipt is None:
        return
    said = {"version": notice["version"], "received_at": us.pen.lately(), "receipt_no": f"XA{next(NUMBERS):09d}"}
    us.do("notices/posted", f"/notices/{notice['number']}/posted", said | {"receipt": receipt})


def ask_the_platform(us: OnAnErrand) -> None:
    talk(us, "notices", "thread", ["question", "answer"])


def ask_the_agency(us: OnAnErrand) -> None:
    talk(us, "platform/notices", "messages", ["question", "objection", "answer"])


def decide_on_an_objection(us: OnAnErrand) -> None:
    talk(us, "notices", "thread", ["decision"])


def talk(us: OnAnErrand, place: str, at: str, kinds: list[str]) -> None:
    """Say something of one's own, or answer what the other side said last."""
    notice = us.some_notice(place, [*ISSUED, "answered"])
    if notice is None:
        return
    kind, address = us.chances.choice(kinds), f"/{place}/{notice['number']}/{at}"
    said: dict[str, Any] = {"kind": kind, "text": f"风暴中的一问 {next(NUMBERS)}"}
    if kind == "objection":
        said["listing_id"] = us.chances.choice(notice["items"])["listing_id"]
    if kind in {"answer", "decision"}:
        asked = us.some(address)
        if not asked:
            return
        said["to"] = us.chances.choice(asked)["id"]
    if kind == "decision":
        upheld = us.chances.random() < 0.3
        said |= {"upheld": upheld} | ({"why": "not_this_product"} if upheld else {})
    us.do(f"{place}/{at}", address, said)


def answer_for_many(us: OnAnErrand) -> None:
    """Listings of several notices in one call."""
    said = []
    for brief in us.some("/platform/notices", status=us.chances.choice(ISSUED))[:3]:
        told = us.line.get(f"/platform/notices/{brief['number']}")
        if told is not None and told.is_success:
            said += [{"number": brief["number"], **one, "acted_at": us.pen.lately()} for one in waiting_on(told.json())]
    if said:
        us.do("platform/outcomes", "/platform/outcomes", {"outcomes": said})


def waiting_on(notice: dict[str, Any]) -> list[dict[str, Any]]:
    statuses = {"open", "returned", "reopened"}
    named = [item["listing_id"] for item in notice["items"] if item["status"] in statuses]
    return [{"listing_id": each, "outcome": "removed", "units_sold": 2} for each in named]


def set_the_practice(us: OnAnErrand) -> None:
    editions = us.some("/practice")
    share = us.chances.choice([0, 0, 30, 100])
    wanted = {"edition": editions[0]["edition"] if editions else 0, "second_look_percent": share}
    if not editions or editions[0]["second_look_percent"] != share:  # the same again is no new edition
        us.do("practice", "/practice", wanted)


def order_a_correction(us: OnAnErrand) -> None:
    found = us.some("/findings", status="confirmed", limit=20)
    told = us.line.get(f"/findings/{us.chances.choice(found)['number']}") if found else None
    if told is None or not told.is_success:
        return
    finding = told.json()
    said = {
        "version": finding["version"],
        "party": us.chances.choice(["seller", "producer"]),
        "demands": "立即停止销售",
    }
    us.do("findings/order_correction", f"/findings/{finding['number']}/order_correction", said | {"region": "330100"})


Errand = Callable[[OnAnErrand], None]
ERRANDS: dict[str, list[Errand]] = {
    "coordinator": [
        change_a_deadline, decide_on_what_is_alike, draft_what_is_alike, prove_by_post, ask_the_platform,
        order_a_correction,
    ],
    "reviewer": [decide_on_what_is_alike, set_the_practice, decide_on_an_objection, change_a_deadline],
    "platform": [ask_the_agency, ask_the_agency, answer_for_many],
}  # fmt: skip
OFTEN = 0.2  # of an actor's turns
