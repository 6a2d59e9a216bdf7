"""The backup portion goes to another laboratory, blind like the first, for the disputed items and nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
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
from quality.purchases.models import PortionKind
from quality.purchases.operations import UNSEEN, Seen, dispatch_backup


def send_to_reinspection(
    session: Session,
    objection: Objection,
    laboratory: Organisation,
    *,
    by: Actor,
    courier: str,
    parcel_no: str = "",
    place: str = "",
    shown: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Order the disputed items of the laboratory that was drawn, and send it the backup portion, blind.

    The party has seen to its formalities: their time ends here.
    """
    if laboratory.kind != OrganisationKind.LABORATORY:
        raise Invalid(FieldProblem("laboratory", "no_laboratory", _("Choose the laboratory")))
    seen, now = objection.version if version is None else version, clock.now()
    sample = objection.finding.sample
    # the sample is taken before the objection, like everywhere: two objections cannot both use its one backup portion
    record(session, sample, "reinspect", by=by, details={"objection": objection.id})
    facts = {"laboratory_id": laboratory.id}
    perform(session, objection, REINSPECT, by=by, version=seen, facts=facts, details={"laboratory": laboratory.id})
    order_tests(session, sample.portion(PortionKind.BACKUP), objection.items, by=by)
    dispatch_backup(session, sample, laboratory, by=by, courier=courier, parcel_no=parcel_no, place=place, seen=shown)
    clocks.stop(session, objection, "reinspection_formalities", now, by=by)


def follow_the_backup(session: Session, objection: Objection, *, by: Actor) -> None:
    """Pull what the second laboratory did: its report is the objection's.

    May be asked at any time and any number of times; of two that ask at once the second is `Stale`.
    """
    report = second_report(session, objection)
    if report and objection.report_id != report.id:
        details, facts = {"report": report.id}, {"report_id": report.id}
        record(session, objection, "reinspected", by=by, version=objection.version, details=details, facts=facts)
