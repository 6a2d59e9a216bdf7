"""What is written to those whom a result concerns: the result, how an objection is heard and decided, the last word."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.core.db import Base
from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import BOTH, ask
from quality.lab.contents import period
from quality.lab.models import Finding, FindingStatus
from quality.objections.contents import conclusion_of, name_of, notice_of, product, what_is_known
from quality.objections.models import Objection, ObjectionStatus
from quality.objections.queries import producer_denies
from quality.people.actor import Actor

K, S = DocumentKind, ObjectionStatus


def ask_for_result_notice(session: Session, finding: Finding, language: Language, *, by: Actor) -> Document:
    """检验结果通知书: to all that it concerns; each of them has its own with its letter."""
    if finding.status != FindingStatus.CONFIRMED:
        raise Refused("not_confirmed", _("A result is told once its finding is confirmed, and while it stands"))
    return written(session, finding, K.RESULT_NOTICE, notice_of(session, finding), language, by=by)


def ask_for_answer(session: Session, objection: Objection, language: Language | None = None, *, by: Actor) -> Document:
    """异议受理（不予受理）通知书"""
    is_admitted = objection.admitted_by_id is not None
    says = about(session, objection) | {"admitted": is_admitted, "reason": objection.answer}
    return written(session, objection, K.OBJECTION_ANSWER, says, language, by=by)


def ask_for_reinspection(
    session: Session, objection: Objection, language: Language | None = None, *, by: Actor
) -> Document:
    """复检通知书: to the party, with the draw. The laboratory gets a test order by blind number, like any other."""
    assert objection.draw and objection.laboratory, "it was drawn"
    says = about(session, objection) | {
        "laboratory": objection.laboratory.name,
        "code": objection.laboratory.code,
        "seed": objection.draw["seed"],
        "of": objection.draw["of"],
        "eligible": [each["code"] for each in objection.draw["order"]],
        "excluded": [each["code"] for each in objection.draw["excluded"]],
        "passed": objection.draw["passed"],
        "formalities": period("reinspection_formalities"),
    }
    return written(session, objection, K.REINSPECTION_NOTICE, says, language, by=by)


def ask_for_decision(
    session: Session, objection: Objection, language: Language | None = None, *, by: Actor
) -> Document:
    """异议处理决定书"""
    report = objection.report
    says = about(session, objection) | {
        "decision": objection.decision,
        "reason": objection.reason,
        "no_reinspection": objection.no_reinspection,
        "report_no": report.report_no if report else "",
        "laboratory": report.laboratory.name if report else "",
        **what_is_known(session, objection.finding),
        "cost_fen": str(objection.cost_fen) if objection.cost_fen is not None else "",
        "cost_bearer": objection.cost_bearer,
    }
    return written(session, objection, K.OBJECTION_DECISION, says, language, by=by)


def ask_for_conclusion(session: Session, last: Finding, language: Language | None = None, *, by: Actor) -> Document:
    """复检结论通知书: the same for every party that was told of the result; each has its own with its letter."""
    return written(session, last, K.FINAL_CONCLUSION, conclusion_of(session, last), language, by=by)


def about(session: Session, objection: Objection) -> dict[str, Any]:
    finding = objection.finding
    return {
        "to": [name_of(finding, objection.party)],
        "party": objection.party,
        "ground": objection.ground,
        "items": objection.items,
        "received_at": objection.received_at,
        "finding": finding.number,
        "campaign": finding.sample.campaign.title,
        "basis": finding.sample.campaign.basis,
        "product": product(finding),
        "sample": finding.sample.number,
        "producer_denies": producer_denies(session, finding),
    }


def written(
    session: Session,
    subject: Objection | Finding,
    kind: DocumentKind,
    says: dict[str, Any],
    language: Language | None,
    *,
    by: Actor,
) -> Document:
    """In both languages where none is named: its party reads it on the page of its letter."""
    row: Base = subject
    languages = (language,) if language else BOTH
    number = subject.number
    return ask(session, row, kind, says, number=number, agency_id=subject.agency_id, by=by, languages=languages)
