"""What a party says that it did about an order: a claim, on which the agency looks for itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core.errors import Invalid, Refused
from quality.core.events import append
from quality.core.words import _
from quality.core.workflow import perform, take
from quality.corrections.models import Correction, CorrectionReport
from quality.corrections.operations.climbing import LONGEST
from quality.corrections.workflow import ANNOUNCED, FAILED, ORDERED, REPORT, REPORTED, SECOND_FAILED
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.operations.asking import require
from quality.people.actor import Actor
from quality.permissions import Can
from quality.purchases import fields

HEARS = {ORDERED, REPORTED, FAILED, ANNOUNCED, SECOND_FAILED}  # later reports are read too, and move nothing


def report(
    session: Session,
    correction: Correction,
    statement: str,
    received_at: datetime,
    *,
    by: Actor,
    evidence: Sequence[str] = (),
    letter_id: int | None = None,
    version: int | None = None,
) -> CorrectionReport:
    """Take in what the party reports, with what shows it (sha256).

    The first report after the order ends the party's time, and lets the agency re-check.
    """
    require(by, Can.CORRECTION_REPORT, correction)
    if correction.status not in HEARS:
        text = _("Nothing is to be reported any more: this case is %(status)s", status=correction.status)
        raise Refused("wrong_status", text)
    before = _("Nobody can have reported before the correction was ordered")
    problems = [*fields.text("statement", statement, most=LONGEST, ask=_("Say what was corrected, and how"))]
    problems += fields.moment("received_at", received_at, earliest=correction.ordered_at, before=before)
    if problems:
        raise Invalid(*problems)
    if correction.status == ORDERED:
        facts = {"reported_at": received_at}
        perform(session, correction, REPORT, by=by, version=version, facts=facts, details=facts)
        clocks.stop(session, correction, "correction", received_at, by=by)
    else:
        take(session, correction, version)
        append(session, correction, "report_more", actor=by.signature, details={"received_at": received_at})
    told = CorrectionReport(
        correction_id=correction.id, statement=statement.strip(), received_at=received_at, letter_id=letter_id
    )
    session.add(told)
    session.flush()
    for sha256 in dict.fromkeys(evidence):
        attach(session, correction, sha256, EvidenceKind.CORRECTION, by=by)
    session.refresh(correction, ["reports"])
    return told
