"""What objections have brought to light that a copy does not say: a producer's denial, or a second test."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from quality.core.events import Event
from quality.lab.models import Finding, FindingStatus
from quality.objections.models import Decision, Ground, Objection, ObjectionStatus
from quality.objections.queries import objections_about, producer_denies, results_overtaken
from quality.publication.models import LIVE, Result

brings_to_light = sa.or_(
    sa.and_(Objection.ground == Ground.AUTHENTICITY, Objection.decision == Decision.UPHELD),
    Objection.report_id.is_not(None),
)


def is_behind(session: Session, result: Result) -> bool:
    """By what is there, not by its values: a field of the copy may be withheld."""
    denied, again = producer_denies(session, result.finding), results_overtaken(session, result.finding)
    return denied != result.copy["producer_denies"] or len(again) != len(result.copy.get("first_results", ()))


def decided_since(session: Session, result: Result) -> list[Objection]:
    """Those about its sample that brought something to light, the last one first."""
    told = objections_about(session, result.finding.sample_id)
    decided = [each for each in told if each.status == ObjectionStatus.DECIDED]
    return [
        e for e in reversed(decided) if e.report or (e.ground, e.decision) == (Ground.AUTHENTICITY, Decision.UPHELD)
    ]


def results_behind() -> sa.Select[int]:
    """Ids of results that were published, or proposed, before something was brought to light."""
    of, decision, began = aliased(Finding), aliased(Event), aliased(Event)
    return (
        sa.select(Result.id)
        .join(Result.finding)
        .join(of, of.sample_id == Finding.sample_id)
        .join(Objection, Objection.finding_id == of.id)
        .join(decision, sa.and_(decision.subject_type == "objection", decision.subject_id == Objection.id))
        .join(began, sa.and_(began.subject_type == "result", began.subject_id == Result.id, began.seq == 1))
        .where(Objection.status == ObjectionStatus.DECIDED, brings_to_light, decision.action == "decide")
        .where(decision.at >= began.at, Finding.status == FindingStatus.CONFIRMED)
        .where(Result.status.in_(LIVE))
        .distinct()
    )
