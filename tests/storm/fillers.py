"""What actors write: a body for each move of the API, a value for each field of a form. By chance, but to the point."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
NUMBERS = count(1)
LABORATORIES = ["JY", "LJ"]
WORDING = {
    "kind": "order",
    "legal_basis": "《电子商务法》第二十九条、第三十八条",
    "reasons": "磁通量指数不符合 GB 6675.2—2014 第5.25条的要求",
}
GOOD = {"磁通量指数": ("12.4", "kG²mm²", ""), "可迁移元素：铅": ("8.5", "mg/kg", "1.2")}
BAD = {"磁通量指数": ("386", "kG²mm²", ""), "可迁移元素：铅": ("8.5", "mg/kg", "1.2")}
OPEN = {"磁通量指数": ("见附件", "", ""), "可迁移元素：铅": ("8.5", "mg/kg", "1.2")}
# one in so many of those who might do it does: else every case would end early
SELDOM = {
    "cancel": 0.01, "decline": 0.02, "withdraw": 0.03, "reject": 0.05, "return": 0.1, "unobtainable": 0.02,
    "transfer": 0.02, "impossible": 0.03, "refuse": 0.05, "send_back": 0.08, "excuse": 0.03, "take_off": 0.02,
    "revise": 0.05, "reopen": 0.05,
    "hand_over": 0.15, "object": 0.3, "tell": 0.4, "draft_notice": 2.0, "evidence": 0.1, "amend": 0.02,
    "frame": 0.02, "turn_away": 0.04, "identity": 0.03, "check_label": 0.4, "document": 0.05,
}  # fmt: skip


def rfc3339(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class Pen:
    """One actor's hand: chances of its own, the program's clock, and a way to send a file first."""

    def __init__(self, chances: random.Random, now: Callable[[], datetime], send: Callable[[str], str | None]) -> None:
        self.chances, self.now, self.send = chances, now, send

    def one_of(self, *values: Any) -> Any:
        return self.chances.choice(values)

    def lately(self) -> str:
        return rfc3339(self.now() - timedelta(seconds=self.chances.uniform(2, 4)))

    def body(self, collection: str, move: str, case: dict[str, Any]) -> dict[str, Any] | None:
        """What this move is sent; None where it cannot be written down now."""
        written = BODIES.get((collection, move), BODIES.get(("", move), just_a_note))
        return written(self, case)


def just_a_note(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    return {"version": case["version"], "note": f"风暴中的话 {next(NUMBERS)}"}


def versioned(**values: Any) -> Callable[[Pen, dict[str, Any]], dict[str, Any]]:
    """A body of which each value may be a function of the pen."""

    def body(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
        read = {name: value(pen) if callable(value) else value for name, value in values.items()}
        return {"version": case["version"], **read}

    return body


def look(pen: Pen, case: dict[str, Any]) -> dict[str, Any] | None:
    seen = pen.send("look")
    if seen is None:
        return None
    gone = pen.chances.random() < 0.8
    return {"gone": gone, "seen_at": pen.lately(), "evidence": [seen], "reason": "" if gone else "规格可下单"}


def proof(pen: Pen, case: dict[str, Any]) -> dict[str, Any] | None:
    kind = pen.one_of("other", "opening")
    sent = pen.send(kind)
    return {"sha256": sent, "kind": kind} if sent else None


def outcomes(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    waiting = [item for item in case["items"] if item["status"] in {"open", "returned", "reopened"}]
    said = []
    for item in waiting:
        outcome = pen.chances.choices(["removed", "already_gone", "refused"], [8, 1, 1])[0]
        one = {
            "listing_id": item["listing_id"],
            "outcome": outcome,
            "reason": "并非同款" if outcome == "refused" else "",
        }
        if outcome == "removed":
            one |= {"acted_at": pen.lately(), "units_sold": 3}
        said.append(one)
    return {"outcomes": said or [{"listing_id": "L-unknown", "outcome": "removed"}]}


def report(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    values = pen.chances.choices([BAD, GOOD, OPEN], [8, 2, 1])[0]
    results = []
    for ordered in case["items"]:
        value, unit, uncertainty = values[ordered["item"]]
        results.append({"item": ordered["item"], "value": value, "unit": unit, "uncertainty": uncertainty})
    return {
        "blind_no": case["number"],
        "report_no": f"BG-{case['number']}-{next(NUMBERS)}",
        "analyst": pen.one_of("analyst"),
        "results": results,
    }


def take_in(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    return {"version": case["version"], "seal_intact": True, "condition": "完好", "received_at": pen.lately()}


def turn_away(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    return {"version": case["version"], "reason": "封条破损", "cause": "seal_broken"}


def hand_over(pen: Pen, case: dict[str, Any]) -> dict[str, Any] | None:
    held = [portion for portion in case["portions"] if portion["status"] == "sealed"]
    if not held:
        return None
    portion = pen.chances.choice(held)
    return {
        "version": case["version"],
        "portion": portion["kind"],
        "taken_by": f"store:B-{next(NUMBERS)}",
        "seal_no": portion["seal_no"],
        "seal_intact": True,
        "at": pen.lately(),
    }


def decide(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    said = {"version": case["version"], "decision": pen.one_of("upheld", "dismissed"), "reason": "审查意见"}
    if case["ground"] == "result" and not case["report"] and pen.chances.random() < 0.5:
        said |= {"decision": "dismissed", "no_reinspection": pen.one_of("withheld", "tampered", "spent")}
    return said


def draft(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    return {"version": case["version"], **WORDING, "kind": pen.one_of("order", "notice")}


def objection(pen: Pen, case: dict[str, Any]) -> dict[str, Any]:
    moment = pen.lately()
    return {
        "version": case["version"],
        "party": pen.one_of("seller", "producer"),
        "ground": pen.one_of("result", "procedure", "authenticity"),
        "result_received_at": moment,
        "received_at": moment,
    }


PARCEL = {"courier": "顺达快递", "parcel_no": "SD-1"}
BODIES: dict[tuple[str, str], Callable[[Pen, dict[str, Any]], dict[str, Any] | None]] = {
    ("campaigns", "freeze"): versioned(
        public_event="云州体育彩票", public_event_at=lambda pen: rfc3339(pen.now() + timedelta(seconds=20))
    ),
    ("campaigns", "draw"): versioned(public_number="03 11 19 22 31 + 05", source="云州晚报"),
    ("tasks", "evidence"): proof,
    ("tasks", "cancel"): versioned(reason=lambda pen: pen.one_of("out_of_scope", "same_product", "not_needed")),
    ("samples", "dispatch"): versioned(laboratory=lambda pen: pen.one_of(*LABORATORIES), **PARCEL),
    ("samples", "hand_over"): hand_over,
    ("samples", "impossible"): versioned(cause="spent", reason="样品耗尽"),
    ("findings", "tell"): versioned(party=lambda pen: pen.one_of("seller", "producer"), received_at=Pen.lately),
    ("findings", "object"): objection,
    ("findings", "draft_notice"): draft,
    ("findings", "propose_result"): lambda pen, case: {"version": case["version"], "reason": "更正措辞"},
    ("objections", "reinspect"): versioned(laboratory=lambda pen: pen.one_of(*LABORATORIES), **PARCEL),
    ("objections", "decide"): decide,
    ("notices", "revise"): draft,
    ("notices", "take_off"): lambda pen, case: {
        "version": case["version"], "listings": [pen.chances.choice(case["items"])["id"]]
    },
    ("notices", "look"): look,
    ("notices", "excuse"): versioned(excuse="refusal_accepted"),
    ("samples", "go_on"): versioned(reason="已核实"),
    ("samples", "end_untested"): versioned(kind="counterfeit", authority="云州市知识产权局", reason="权利人确认系假冒"),
    ("lab/samples", "receive"): take_in,
    ("lab/samples", "stop"): lambda pen, case: {"kind": "no_licence", "reason": "许可证查无记录"},
    ("lab/samples", "refuse"): turn_away,
    ("lab/reports", "accept_file"): just_a_note,
    ("lab/reports", "authorise"): just_a_note,
    ("lab/reports", "withdraw"): lambda pen, case: {"version": case["version"], "reason": "仪器校准"},
    ("platform/notices", "acknowledge"): lambda pen, case: {"reference": f"REG-{case['number']}"},
    ("platform/notices", "outcomes"): outcomes,
}  # fmt: skip


# --- forms of pages ---


def number_of(word: str) -> Callable[[Pen], str]:
    return lambda pen: f"{word}{next(NUMBERS):08d}"


FIELDS: dict[str, Callable[[Pen], str]] = {
    "order_number": number_of("TL"),
    "delivery_number": number_of("SF"),
    "account": lambda pen: "tangli-user-7788",
    "paid_fen": lambda pen: "39.90",
    "quantity": lambda pen: "2",
    "shipping_fen": lambda pen: "6",
    "discount_fen": lambda pen: "0",
    "amount_fen": lambda pen: "12.50",
    "recipient": lambda pen: "丁香玉",
    "address": lambda pen: "云州市柳荫巷六号院三单元",
    "telephone": lambda pen: "199-0000-7788",
    "product_name": lambda pen: "磁力棒",
    "producer_name": lambda pen: "云州市童乐玩具厂",
    "test_seal_no": number_of("YZ-A-"),
    "backup_seal_no": number_of("YZ-B-"),
    "test_quantity": lambda pen: "2 件",
    "backup_quantity": lambda pen: "1 件",
    "courier": number_of("顺达快递 "),
    "reference": number_of("REG-"),
    "report_no": number_of("BG-P-"),
    "legal_basis": lambda pen: WORDING["legal_basis"],
    "reasons": lambda pen: WORDING["reasons"],
    "units_sold": lambda pen: "3",
    "email": lambda pen: "notices@tl.example",
}


def typed(pen: Pen, name: str, kind: str, given: str) -> str:
    """What somebody writes into a field of this name; what stands in it already mostly stays."""
    if kind == "datetime-local":
        return (pen.now() - timedelta(minutes=1)).astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")
    if name in FIELDS and not given:
        return FIELDS[name](pen)
    if given or kind in {"hidden", "search"}:
        return given
    return f"风暴 {next(NUMBERS)}" if kind in {"text", "textarea"} else ""
