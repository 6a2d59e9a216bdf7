"""A laboratory's program. Written from docs/api.md and the OpenAPI document alone: it knows nothing else of Mingcha."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from tests.outside.asking import ask, do, every, patiently

HEADINGS = ["盲样编号", "报告编号", "检验项目", "实测值", "单位", "不确定度", "检出限", "检验人", "实验室备注"]


def on_its_way(analyst: httpx.Client) -> list[str]:
    """Blind numbers of what was sent to us and has not come yet, the newest first."""
    return [line["number"] for line in every(analyst, "/lab/samples", status="dispatched", limit=1)]


def sample(analyst: httpx.Client, blind_no: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(analyst, f"/lab/samples/{blind_no}")
    return found


def take_in(analyst: httpx.Client, blind_no: str, *, seal_no: str, received_at: str) -> dict[str, Any]:
    """It came with its seal whole."""
    seen = {"seal_no": seal_no, "seal_intact": True, "condition": "完好，常温", "received_at": received_at}
    taken: dict[str, Any] = do(analyst, f"/lab/samples/{blind_no}/receive", seen, once=f"receive {blind_no}")
    return taken


def turn_away(analyst: httpx.Client, blind_no: str, reason: str) -> dict[str, Any]:
    said = {"reason": reason, "cause": "seal_broken"}
    refused: dict[str, Any] = do(analyst, f"/lab/samples/{blind_no}/refuse", said, once=f"refuse {blind_no}")
    return refused


def report(
    analyst: httpx.Client,
    blind_no: str,
    report_no: str,
    measured: Mapping[str, Mapping[str, str]],
    *,
    tested_by: str,
    supersedes: str | None = None,
) -> dict[str, str]:
    """Enter what was measured of each item that was ordered. How each is judged, by item."""
    ordered = [item["item"] for item in sample(analyst, blind_no)["items"]]
    body = {
        "blind_no": blind_no,
        "report_no": report_no,
        "analyst": tested_by,
        "results": [{"item": item, **measured[item]} for item in ordered],
    }
    if supersedes:
        body["supersedes"] = supersedes
    entered = do(analyst, "/lab/reports", body, once=f"report {report_no}")
    return {judged["item"]: judged["verdict"] for judged in entered["judgement"]}


def attach(analyst: httpx.Client, report_no: str, pdf: bytes) -> str:
    """The report as PDF. Its hash, as the other side counted it."""
    headers = {"Content-Type": "application/pdf"}
    kept = patiently(analyst, "PUT", f"/lab/reports/{report_no}/file", content=pdf, headers=headers).json()
    return str(kept["sha256"])


def authorise(signatory: httpx.Client, report_no: str) -> dict[str, Any]:
    version = ask(signatory, f"/lab/reports/{report_no}")["version"]
    done: dict[str, Any] = do(signatory, f"/lab/reports/{report_no}/authorise", {"version": version})
    return done


def withdraw(signatory: httpx.Client, report_no: str, reason: str) -> dict[str, Any]:
    done: dict[str, Any] = do(signatory, f"/lab/reports/{report_no}/withdraw", {"reason": reason})
    return done


def table(rows: Iterable[Sequence[str]]) -> bytes:
    """Results as a CSV, with a column of our own at the end."""
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    return text.getvalue().encode()


def look_at_table(analyst: httpx.Client, sheet: bytes) -> dict[str, Any]:
    """A dry run: nothing is entered."""
    looked: dict[str, Any] = do(analyst, "/lab/workbooks", files={"file": ("results.csv", sheet)})
    return looked


def enter_table(analyst: httpx.Client, sheet: bytes, *, confirm: str = "all") -> list[str]:
    """Enter the rows; numbers of the reports that were entered now."""
    done = do(analyst, "/lab/workbooks", files={"file": ("results.csv", sheet)}, params={"confirm": confirm})
    entered: list[str] = done["entered"]
    return entered
