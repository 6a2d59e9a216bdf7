"""The backup portion goes to another laboratory, blind like the first, for the disputed items and nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as running_clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.lab.operations import order_tests
from quality.objections.models import Objection
from quality.objections.queries import second_report
from quality.objections.workflow import REINSPECT
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.purchases.models import PortionKind, PortionStatus
from quality.purchases.operations import dispatch_backup

ARRIVED = {PortionStatus.AT_LAB, PortionStatus.TESTED, PortionStatus.REFUSED_BY_LAB}


def send_to_reinspection(
    session: Session,
    objection: Objection,
    laboratory: Organisation,
    *,
    by: Actor,
    courier: str,
    version: int | None = None,
) -> None:
    """Order the disputed items of another laboratory, and send it the backup portion under a number of its own."""
    if laboratory.kind != OrganisationKind.LABORATORY:
        raise Invalid(FieldProblem("laboratory", "no_laboratory", _("Choose the laboratory")))
    seen, now = objection.version if version is None else version, clock.now()
    sample = objection.finding.sample
    # the sample is taken before the objection, like everywhere: two objections cannot both use its one backup portion
    record(session, sample, "reinspect", by=by, details={"objection": objection.id})
    facts = {"laboratory_id": laboratory.id}
    perform(session, objection, REINSPECT, by=by, version=seen, facts=facts, details={"laboratory": laboratory.id})
    order_tests(session, sample.portion(PortionKind.BACKUP), objection.items, by=by)
    dispatch_backup(session, sample, laboratory, by=by, courier=courier)
    clocks.stop(session, objection, "reinspection_lab", now, by=by)
    clocks.start(session, objection, "reinspection_formalities", now)


def follow_the_backup(session: Session, objection: Objection, *, by: Actor) -> None:
    """Pull what the second laboratory did: the formalities end when it has the portion; its report is the objection's.

    May be asked at any time and any number of times; of two that ask at once the second is `Stale`.
    """
    portion = objection.finding.sample.portion(PortionKind.BACKUP)
    door = f"laboratory:{portion.laboratory_id}"
    came = [s.at for s in portion.sample.hand_overs if s.portion_id == portion.id and s.taken_by == door]
    waiting = running_clocks.running(session, objection, "reinspection_formalities")
    if waiting and portion.status in ARRIVED:
        details = {"portion": portion.id, "status": portion.status}
        record(session, objection, "backup_arrived", by=by, version=objection.version, details=details)
        at = max(min(came), waiting[-1].started_at)  # a form knows minutes only
        clocks.stop(session, objection, "reinspection_formalities", at, by=by)
    report = second_report(session, objection)
    if report and objection.report_id != report.id:
        details, facts = {"report": report.id}, {"report_id": report.id}
        record(session, objection, "reinspected", by=by, version=objection.version, details=details, facts=facts)
