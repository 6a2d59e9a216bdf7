"""Corrections that walked the real road: ordered by two persons, reported, re-checked, announced; and transfers."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.corrections.models import Correction, CorrectionStatus, CorrectionStep, Outcome, Transfer
from quality.corrections.operations import (
    Recheck,
    confirm,
    enter_recheck,
    propose_announcement,
    propose_order,
    propose_suspension,
    propose_transfer,
    report,
    send_transfer,
)
from quality.evidence.models import EvidenceKind
from quality.lab.models import Finding
from quality.objections.models import Party
from quality.people.actor import Actor
from quality.permissions import Role
from tests.harness.objections import nonconforming
from tests.harness.people import Cast, hire
from tests.harness.purchases import picture

DEMANDS = "停止生产销售同批次产品，查明磁通量指数超标的原因并整改，提交整改报告。"
WHOLE = {
    "authority": "南屿市市场监督管理局",
    "region": "350200",
    "what": "检验报告1份、抽样单1份",
    "reason": "生产者所在地管辖",
}
S = CorrectionStatus


def second_reviewer(session: Session, cast: Cast) -> Actor:
    """Who did not order the correction."""
    known: Actor = session.info.setdefault("second reviewer", None) or hire(session, cast.agency, Role.REVIEWER)
    session.info["second reviewer"] = known
    return known


def proposed_correction(
    session: Session, cast: Cast, finding: Finding | None = None, party: Party = Party.PRODUCER, **changed: Any
) -> Correction:
    finding = finding or nonconforming(session, cast)
    return propose_order(session, finding, party, DEMANDS, by=cast.coordinator, **changed)


def ordered_correction(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    correction = proposed_correction(session, cast, finding, **changed)
    confirm(session, waiting(correction), by=cast.reviewer)
    return correction


def reported_correction(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    correction = ordered_correction(session, cast, finding, **changed)
    cast.clock.advance(days=10)
    report(session, correction, "已更换磁体并停售。", clock.now(), by=cast.coordinator)
    return correction


def looked(session: Session, cast: Cast, verdict: Outcome = Outcome.FAILED, **changed: Any) -> Recheck:
    facts: dict[str, Any] = {
        "verdict": verdict,
        "seen_at": clock.now(),
        "says": "现场查看，货架上仍有同批次产品。",
        "evidence": [picture(session, cast.coordinator, EvidenceKind.LOOK).sha256],
    }
    return Recheck(**(facts | changed))


def rechecked(session: Session, cast: Cast, correction: Correction, verdict: Outcome = Outcome.FAILED) -> Correction:
    cast.clock.advance(days=1)
    enter_recheck(session, correction, looked(session, cast, verdict), by=cast.coordinator)
    confirm(session, waiting(correction), by=cast.reviewer)
    return correction


def failed_correction(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    return rechecked(session, cast, reported_correction(session, cast, finding, **changed))


def announced_correction(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    correction = failed_correction(session, cast, finding, **changed)
    propose_announcement(session, correction, "省市场监督管理局", "复查仍不合格。", by=cast.coordinator)
    confirm(session, waiting(correction), by=second_reviewer(session, cast))
    return correction


def second_failed(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    correction = announced_correction(session, cast, finding, **changed)
    cast.clock.advance(days=62)
    return rechecked(session, cast, correction)


def at_the_top(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Correction:
    correction = second_failed(session, cast, finding, **changed)
    propose_suspension(session, correction, "再次复查仍不合格。", by=cast.coordinator)
    confirm(session, waiting(correction), by=cast.reviewer)
    return correction


def waiting(correction: Correction) -> CorrectionStep:
    assert correction.waiting
    return correction.waiting


def proposed_transfer(
    session: Session, cast: Cast, finding: Finding | None = None, party: Party = Party.PRODUCER, **changed: Any
) -> Transfer:
    finding = finding or nonconforming(session, cast)
    return propose_transfer(session, finding, party, by=cast.coordinator, **(WHOLE | changed))


def sent_transfer(session: Session, cast: Cast, finding: Finding | None = None, **changed: Any) -> Transfer:
    transfer = proposed_transfer(session, cast, finding, **changed)
    send_transfer(session, transfer, by=cast.reviewer)
    return transfer
