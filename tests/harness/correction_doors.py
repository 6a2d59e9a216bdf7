"""The forms about corrections and transfers, each open for somebody: of tests/harness/doors.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.corrections.operations import send_letter
from quality.people.actor import Actor
from tests.evidence.files import little_picture
from tests.harness.corrections import (
    WHOLE,
    failed_correction,
    ordered_correction,
    reported_correction,
    second_failed,
    sent_transfer,
)
from tests.harness.lab import confirmed_finding
from tests.harness.people import Cast

Fits = dict[str, Any]


def of_corrections(session: Session, cast: Cast) -> Iterator[tuple[str, Actor, str, Fits]]:
    for name, case, fits in rows(session, cast):
        kind, sheet = name.split("/")
        yield name, cast.coordinator, f"/desk/{kind}/{case.number}/{sheet}", fits


def rows(session: Session, cast: Cast) -> Iterator[tuple[str, Any, Fits]]:
    yield "finding/order_correction", confirmed_finding(session, cast), {"demands": "查明原因并整改"}
    yield "finding/hand_over", confirmed_finding(session, cast), WHOLE
    yield "correction/announcement", failed_correction(session, cast), {"authority": "省局", "says": "复查仍不合格"}
    yield "correction/suspension", second_failed(session, cast), {"says": "再次复查仍不合格"}
    yield "correction/letter", ordered_correction(session, cast), {}
    for name, fits in (
        ("take_back_letter", {}),
        ("prove_receipt", {"received_at": now(), "receipt_no": "EMS-7", "receipt": picture("r7")}),
    ):
        written = ordered_correction(session, cast)
        letter = send_letter(session, written, by=cast.coordinator).letter
        yield f"correction/{name}", written, fits | {"letter": str(letter.id)}
    yield "correction/report", ordered_correction(session, cast), {"statement": "已整改", "received_at": now()}
    reported = reported_correction(session, cast)
    seen = {"verdict": "good", "says": "已下架整改", "evidence": picture("recheck")}
    yield "correction/recheck", reported, seen | {"seen_at": now()}
    receipt = {"receipt_no": "12", "receipt": picture("receipt")}
    yield "transfer/receipt", sent_transfer(session, cast), receipt | {"received_on": now()[:10]}


def now() -> str:
    return f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def picture(of: str) -> tuple[str, bytes]:
    return f"{of}.png", little_picture(1) + of.encode()
