"""What the papers of a correction and of a transfer say, kept as it stood when a second person confirmed it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.corrections.models import RECHECKS, Correction, CorrectionStep, StepKind, StepStatus, Transfer
from quality.lab.contents import period
from quality.objections.contents import lines, product
from quality.objections.queries import results_in_force
from quality.people.regions import province_of


def order(session: Session, correction: Correction, step: CorrectionStep) -> dict[str, Any]:
    """责令改正通知书"""
    return about(session, correction) | {
        "demands": step.says,
        "correction": period("correction"),
        "recheck": period("correction_recheck"),
    }


def announcement(session: Session, correction: Correction, step: CorrectionStep) -> dict[str, Any]:
    """改正复查不合格公告, by the authority of the province."""
    rule = rule_on("second_recheck", day_of(clock.now()))
    return about(session, correction) | {
        "authority": step.authority,
        "reasons": step.says,
        "rechecks": rechecks(correction),
        "from_day": rule.earliest,
        "to_day": rule.length,
    }


def suspension(session: Session, correction: Correction, step: CorrectionStep) -> dict[str, Any]:
    """责令停业、吊销许可建议书"""
    told = correction.confirmed(StepKind.ANNOUNCEMENT)
    return about(session, correction) | {
        "reasons": step.says,
        "rechecks": rechecks(correction),
        "announced_at": correction.announced_at,
        "authority": told.authority if told else "",
    }


def cover(session: Session, transfer: Transfer) -> dict[str, Any]:
    """案件移送函"""
    finding = transfer.finding
    return {
        "to": [transfer.authority],
        "region": transfer.region,
        "province": province_of(transfer.region),
        "party": transfer.party,
        "addressee": transfer.addressee,
        "finding": finding.number,
        "correction": transfer.correction.number if transfer.correction else "",
        "campaign": finding.sample.campaign.title,
        "basis": finding.sample.campaign.basis,
        "product": product(finding) | {"producer": finding.sample.producer_name},
        "sample": finding.sample.number,
        "results": lines(finding, results_in_force(session, finding)),
        "what": transfer.what,
        "reason": transfer.reason,
    }


def about(session: Session, correction: Correction) -> dict[str, Any]:
    """The producer is not told in whose shop it was bought."""
    finding = correction.finding
    return {
        "to": [correction.addressee],
        "party": correction.party,
        "finding": finding.number,
        "ordered_at": correction.ordered_at,
        "campaign": finding.sample.campaign.title,
        "basis": finding.sample.campaign.basis,
        "product": product(finding),
        "sample": finding.sample.number,
        "results": lines(finding, results_in_force(session, finding)),
    }


def rechecks(correction: Correction) -> list[dict[str, Any]]:
    return [
        {"seen_at": step.seen_at, "says": step.says, "verdict": step.verdict}
        for step in correction.steps
        if step.kind in RECHECKS and step.status == StepStatus.CONFIRMED
    ]
