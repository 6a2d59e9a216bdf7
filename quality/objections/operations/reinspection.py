"""The backup portion goes to another laboratory, blind like the first, for the disputed items and nothing else."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.lab.operations import order_tests
from quality.lab.operations.asking import require
from quality.objections.models import Objection
from quality.objections.queries import second_report
from quality.objections.workflow import REINSPECT, formalities_are_over
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.permissions import Can
from quality.purchases.models import PortionKind
from quality.purchases.operations import UNSEEN, Seen, Way, dispatch_backup


def see_to_formalities(session: Session, objection: Objection, *, by: Actor, version: int | None = None) -> None:
    """The party asks for the re-inspection and takes its cost upon it, should it be found wrong: nothing is waived.

    By the page of its letter, or to the agency, which records it. When the portion leaves is the agency's affair then.
    """
    require(by, Can.OBJECTION_RECEIVE, objection)
    now = clock.now()
    record(session, objection, "formalities", by=by, version=version)
    if reason := formalities_are_over(objection, by):
        raise Refused.because(reason)
    clocks.stop(session, objection, "reinspection_formalities", now, by=by)


def send_to_reinspection(
    session: Session,
    objection: Objection,
    laboratory: Organisation,
    *,
    by: Actor,
    way: Way,
    no_scan: str | None = None,
    shown: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """Order the disputed items of the laboratory that was drawn, and send it the backup portion, blind.

    Who sends it has the party's word: the time for its formalities ends here, if it runs still.
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
    dispatch_backup(session, sample, laboratory, by=by, way=way, seen=shown, no_scan=no_scan)
    clocks.stop(session, objection, "reinspection_formalities", now, by=by)


def follow_the_backup(session: Session, objection: Objection, *, by: Actor) -> None:
    """Pull what the second laboratory did: its report is the objection's.

    May be asked at any time and any number of times; of two that ask at once the second is `Stale`.
    """
    report = second_report(session, objection)
    if report and objection.report_id != report.id:
        details, facts = {"report": report.id}, {"report_id": report.id}
        record(session, objection, "reinspected", by=by, version=objection.version, details=details, facts=facts)
