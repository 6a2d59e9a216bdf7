"""A portion is done away with only when nobody objects any more, and nobody still can."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from quality.core.words import Reason, _
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.objections.models import Objection, Telling, TellingStatus
from quality.objections.workflow import OPEN
from quality.people.actor import Actor
from quality.purchases.models import Portion, PortionKind, Sample
from quality.purchases.operations.storage import dispose

F = FindingStatus


def confirm_disposal(
    session: Session, sample: Sample, kind: PortionKind, *, by: Actor, version: int | None = None
) -> None:
    """By another person than the one who proposed it. `version` is the portion's."""
    dispose(session, sample.portion(kind), by=by, version=version, also=[nobody_may_object_any_more])


def nobody_may_object_any_more(portion: Portion, actor: Actor) -> Reason | None:
    """No objection is open, no party's period runs; and a nonconforming result was told to somebody at all."""
    session = object_session(portion)
    assert session is not None, "begin() it first"
    of_it = Finding.sample_id == portion.sample_id
    objecting = sa.select(Objection.id).join(Objection.finding).where(of_it, Objection.status.in_(OPEN))
    if session.scalars(objecting.limit(1)).first():
        return Reason("objection_open", _("An objection is open; its portions are kept until it is decided"))
    may_object = sa.select(Telling.id).join(Telling.finding).where(of_it, Telling.status == TellingStatus.TOLD)
    if session.scalars(may_object.limit(1)).first():
        return Reason("period_runs", _("The period to object is still running"))
    failed = sa.select(Finding.id).where(of_it, Finding.status == F.CONFIRMED, Finding.verdict == Verdict.NONCONFORMING)
    told = sa.select(Telling.id).join(Telling.finding).where(of_it)
    if session.scalars(failed.limit(1)).first() and not session.scalars(told.limit(1)).first():
        return Reason("not_told", _("Nobody was told the result yet; the period to object has not begun"))
    return None
