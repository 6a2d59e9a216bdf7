"""What the pages of corrections and transfers do, programs do: each step by keys of two persons."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.corrections.models import CorrectionStatus, TransferStatus
from quality.evidence.models import EvidenceKind
from tests.harness.api import Program, program_of, wrong
from tests.harness.beginnings import Concluded
from tests.harness.corrections import WHOLE
from tests.harness.databases import on_sqlite
from tests.harness.purchases import picture

pytestmark = on_sqlite


@pytest.fixture
def desk(app: Flask, session: Session, concluded: Concluded) -> tuple[Program, Program]:
    """The coordinator's program, and the reviewer's."""
    cast = concluded.cast
    return program_of(app, session, cast.coordinator), program_of(app, session, cast.reviewer)


def test_a_correction_is_ordered_reported_and_rechecked(session: Session, concluded: Concluded, desk) -> None:
    ours, other = desk
    cast, finding = concluded.cast, f"/findings/{concluded.bad[0].number}"
    said = {"version": ours.version(finding), "party": "producer", "demands": "查明原因并整改"}
    assert wrong(ours.post(f"{finding}/order_correction", said | {"region": "33"})) == {"region": "no_region"}
    made = ours.post(f"{finding}/order_correction", said)
    assert made.status_code == 201, made.text
    began = made.get_json()
    here = f"/corrections/{began['number']}"
    assert (began["kind"], began["address"]) == ("correction", f"/api/v1{here}")
    again = ours.post(f"{finding}/order_correction", said | {"version": ours.version(finding)})
    assert (again.status_code, again.get_json()["code"]) == (409, "ordered_already")

    [step] = ours.get(here).get_json()["steps"]
    confirming = f"{here}/steps/{step['id']}/confirm"
    assert ours.post(confirming, {"version": step["version"]}).status_code == 403
    assert other.post(confirming, {"version": step["version"]}).status_code == 200
    told = ours.get(here).get_json()
    assert (told["status"], {each["rule"] for each in told["clocks"]}) == (
        CorrectionStatus.ORDERED, {"correction", "correction_recheck"},
    )  # fmt: skip
    moves = {move["name"]: move["code"] for move in told["moves"]}
    assert moves["recheck"] == "too_early"

    letter = ours.post(f"{here}/letter", {"version": told["version"]}).get_json()
    assert "/reply/" in letter["address"]
    at = cast.clock.advance(days=2).isoformat()
    receipt = picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256
    session.commit()
    by_post = {"letter": letter["letter"], "received_at": at, "receipt_no": "EMS 7", "receipt": receipt}
    assert ours.post(f"{here}/prove_receipt", by_post | {"version": ours.version(here)}).status_code == 200
    [known] = ours.get(here).get_json()["letters"]
    assert (known["proof"], known["kind"]) == ("post", "correction_order")
    back = {"letter": letter["letter"], "version": ours.version(here)}
    assert ours.post(f"{here}/take_back_letter", back).status_code == 200

    reported = {"version": ours.version(here), "statement": "已整改", "received_at": at}
    assert ours.post(f"{here}/report", reported).status_code == 200
    seen = {"version": ours.version(here), "verdict": "good", "seen_at": at, "says": "已下架整改"}
    assert wrong(ours.post(f"{here}/recheck", seen)) == {"evidence": "missing"}
    look = picture(session, cast.coordinator, EvidenceKind.LOOK).sha256
    session.commit()
    assert ours.post(f"{here}/recheck", seen | {"evidence": [look]}).status_code == 200
    step = ours.get(here).get_json()["steps"][-1]
    rejecting = f"{here}/steps/{step['id']}/reject"
    assert other.post(rejecting, {"version": step["version"], "note": ""}).status_code == 422
    assert other.post(f"{here}/steps/{step['id']}/confirm", {"version": step["version"]}).status_code == 200
    assert ours.get(here).get_json()["status"] == CorrectionStatus.CORRECTED
    papers = {each["kind"] for each in ours.get(f"{here}/papers").get_json()["items"]}
    assert papers == {"correction_order"}
    late = ours.post(f"{here}/announcement", {"version": ours.version(here), "authority": "省局", "says": "理由"})
    assert (late.status_code, late.get_json()["code"]) == (409, "wrong_status")


def test_a_finding_is_handed_over_with_its_receipt(session: Session, concluded: Concluded, desk) -> None:
    ours, other = desk
    cast, finding = concluded.cast, f"/findings/{concluded.bad[0].number}"
    made = ours.post(f"{finding}/hand_over", WHOLE | {"version": ours.version(finding), "party": "producer"})
    assert made.status_code == 201, made.text
    here = f"/transfers/{made.get_json()['number']}"
    assert other.post(f"{here}/send", {"version": other.version(here)}).status_code == 200
    receipt = picture(session, cast.coordinator, EvidenceKind.RECEIPT).sha256
    session.commit()
    there = {"receipt_no": "12", "received_on": f"{cast.clock.moment:%Y-%m-%d}", "receipt": receipt}
    early = there | {"received_on": "2026-01-01", "version": ours.version(here)}
    assert wrong(ours.post(f"{here}/receipt", early)) == {"received_on": "too_early"}
    assert wrong(ours.post(f"{here}/receipt", {"version": ours.version(here)})).keys() == there.keys()
    assert ours.post(f"{here}/receipt", there | {"version": ours.version(here)}).status_code == 200
    told = ours.get(here).get_json()
    assert (told["status"], told["receipt_no"]) == (TransferStatus.RECEIPTED, "12")
    assert {each["kind"] for each in ours.get(f"{here}/papers").get_json()["items"]} == {"transfer_cover"}
