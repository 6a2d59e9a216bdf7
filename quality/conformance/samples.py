"""Sample notices: everything in them is invented, and says so. In form they are as `GET /platform/notices/{number}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from quality.conformance.models import Trial
from quality.delivery.payload import day_ends, said

TASKS: dict[Trial, str] = {
    Trial.SIGNED: "样例：核对签名后接收，并对商品反馈一次。Sample: verify, take it, and answer for its listing once.",
    Trial.FORGED: "样例：签名有误，应予拒绝。Sample: wrongly signed, to be refused.",
    Trial.RETRIED: "样例：首次送达请返回503，再次送达时接收。Sample: answer 503 at first, then take it.",
    Trial.PARTIAL: "样例：先只反馈其中一个商品。Sample: answer for one of its listings first.",
    Trial.BUSY: "样例：反馈时会先收到429，请按Retry-After等候。Sample: the first answer meets a 429; wait as it says.",
    Trial.OBJECTED: "样例：请就该通知书提出异议。Sample: object to it.",
}
MANY = {Trial.PARTIAL: 2}  # listings; of the others one
REPORT = "SAMPLE"


def planned(number: str, platform: str) -> dict[Trial, dict[str, Any]]:
    """Number and listings of each sample of a run."""
    return {
        trial: {
            "number": f"{number}-{place}",
            "listings": [f"{platform}-SAMPLE-{place}{letter}" for letter in "AB"[: MANY.get(trial, 1)]],
        }
        for place, trial in enumerate(Trial, 1)
    }


def sample(
    trial: Trial,
    planned: Mapping[str, Any],
    *,
    answered: Sequence[str],
    agency: Mapping[str, Any],
    platform: Mapping[str, Any],
    started_at: datetime,
    public_url: str,
) -> dict[str, Any]:
    """The sample as a webhook and the sandbox's API tell it. `answered`: the listings that were answered for."""
    due = day_ends(started_at.replace(hour=16, minute=0, second=0, microsecond=0) + timedelta(days=2))
    left = [each for each in planned["listings"] if each not in answered]
    return {
        "number": planned["number"],
        "version": 1,
        "status": "served" if left else "answered",
        "due_at": due if left else None,
        "issued_at": said(started_at),
        "address": f"{public_url}/api/v1/sandbox/platform/notices/{planned['number']}",
        "kind": "notice",
        "served_at": said(started_at),
        "agency": dict(agency),
        "platform": dict(platform),
        "platform_reference": None,
        "legal_basis": "样例，无法律效力 (sample, without legal force)",
        "reasons": TASKS[trial],
        "measures": ["delist"],
        "answer_to": "",
        "how_to_object": "",
        "document_sha256": None,
        "sealed_sha256": None,
        "verification": {"code": None, "address": None},
        "items": [listing(each, due=None if each in answered else due) for each in planned["listings"]],
    }


def listing(listing_id: str, *, due: str | None) -> dict[str, Any]:
    return {
        "listing_id": listing_id,
        "url": f"https://shop.example/item/{listing_id}",
        "title": "样例商品 (sample)",
        "shop": "样例店铺",
        "shop_id": "SAMPLE",
        "uscc": "",
        "kind": "tested",
        "alike": None,
        "status": "open" if due else "claimed",
        "version": 1,
        "due_at": due,
        "product": dict.fromkeys(("name", "spec", "brand", "model", "barcode", "batch", "producer"), "样例")
        | {"producer_address": ""},
        "producer_denies": False,
        "results": [],
        "first_results": [],
        "laboratory": "样例",
        "report_no": REPORT,
        "finding": REPORT,
        "excuse": None,
        "claim": None,
        "look": None,
    }
