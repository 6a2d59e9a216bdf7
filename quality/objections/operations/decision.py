"""Deciding an objection. A second report decides it by itself; the rest is for a person who did not admit it.

What an upheld objection does depends on its ground (DOMAIN §2.8, §2.12). Result or procedure: the finding is
overturned. Authenticity: the product failed whoever made it, so the finding stands, and what is published names the
producer's denial (`queries.producer_denies`). Where a second report overturned the finding, what the two reports say
together is a new finding at once, and final; where the procedure did, there is none, and the sample closes without.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform, record
from quality.documents.operations import withdraw_all
from quality.lab.models import FindingStatus
from quality.lab.operations import conclude_again
from quality.lab.operations.asking import given, require
from quality.lab.workflow import OVERTURN
from quality.objections.concerned import Concerned
from quality.objections.models import Bearer, Decision, Ground, NoReinspection, Objection
from quality.objections.papers import ask_for_conclusion, ask_for_decision
from quality.objections.queries import letters_about, second_report
from quality.objections.workflow import DECIDE, WAIVE, WITHDRAW, its_backup_is_not_opened
from quality.people.actor import Actor
from quality.permissions import Can

MOST_FEN = 100_000_000


def decide(
    session: Session,
    objection: Objection,
    decision: Decision,
    *,
    by: Actor,
    reason: str = "",
    no_reinspection: NoReinspection | None = None,
    cost_fen: int | None = None,
    version: int | None = None,
) -> None:
    """Uphold or dismiss. Where no report speaks, the reason is asked for in writing.

    The side that was wrong pays for the re-inspection; `cost_fen` is what it cost. `no_reinspection` says why the
    backup portion could not be tested: the first result stands, hence dismissed.
    """
    require(by, Can.OBJECTION_DECIDE, objection)
    seen, finding = objection.version if version is None else version, objection.finding
    speaks = objection.ground == Ground.RESULT and no_reinspection is None
    note = reason.strip() if speaks else given(reason)
    # taken in the order of the journey, and the sample first: its laboratory may be about to supersede the report
    record(session, finding.sample, "decide_objection", by=by, details={"objection": objection.id})
    report = second_report(session, objection) if objection.ground == Ground.RESULT else None
    overturns = decision == Decision.UPHELD and objection.ground != Ground.AUTHENTICITY
    overturned = overturns and finding.status == FindingStatus.CONFIRMED
    if overturned:
        perform(session, finding, OVERTURN, by=by, details={"objection": objection.id})
        for told in (finding, *letters_about(session, finding)):
            withdraw_all(session, told, by=by)
    details: dict[str, Any] = {
        "decision": decision,
        "no_reinspection": no_reinspection,
        "report_id": report.id if report else None,
    }
    if cost_fen is not None and (not report or not 0 <= cost_fen <= MOST_FEN):
        raise Invalid(FieldProblem("cost_fen", "no_cost", _("Enter what the re-inspection cost, if there was one")))
    if report:  # whether or not it is known yet what it cost
        bearer = Bearer.AGENCY if decision == Decision.UPHELD else Bearer.OBJECTOR
        details |= {"cost_fen": cost_fen, "cost_bearer": bearer}
    facts = details | {"reason": note}
    details = details | {"finding": finding.id}
    perform(session, objection, DECIDE, by=by, version=seen, note=note, facts=facts, details=details)
    _stop_clocks(session, objection, by=by, outcome="decided")
    if overturned and report:
        assert objection.admitted_by_id, "only what was admitted is decided"
        last = conclude_again(session, finding, report, proposed_by_id=objection.admitted_by_id, by=by)
        ask_for_conclusion(session, last, by=by)
    elif report and finding.status == FindingStatus.CONFIRMED:
        ask_for_conclusion(session, finding, by=by)
    ask_for_decision(session, objection, by=by)


def withdraw(session: Session, objection: Objection, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The party told the agency that it takes its objection back. The result stands, and no period begins anew."""
    _withdraw(session, objection, by=by, version=version, note=given(reason))


def withdraw_by_letter(session: Session, objection: Objection, *, by: Concerned) -> None:
    """The party takes it back itself, on the page that its link opens. It stays with the agency until it took note."""
    with clock.not_before(objection.received_at):
        facts, also = {"withdrawn_by_party_at": clock.now()}, [its_backup_is_not_opened]
        _withdraw(session, objection, by=by, version=None, facts=facts, also=also)


def _withdraw(session: Session, objection: Objection, *, by: Actor, version: int | None, **more: Any) -> None:
    """The sample is taken first, as everywhere: its laboratory may be about to take the backup portion in."""
    seen = objection.version if version is None else version
    record(session, objection.finding.sample, "withdraw_objection", by=by, details={"objection": objection.id})
    perform(session, objection, WITHDRAW, by=by, version=seen, **more)
    _stop_clocks(session, objection, by=by, outcome="withdrawn")


def note_withdrawal(session: Session, objection: Objection, *, by: Actor, version: int | None = None) -> None:
    """The agency has read that the party withdrew by itself, and called back what is under way."""
    require(by, Can.OBJECTION_ADMIT, objection)
    facts = {"withdrawal_noted_at": clock.now()}
    record(session, objection, "note_withdrawal", by=by, version=version, facts=facts)


def waive(session: Session, objection: Objection, *, by: Actor) -> None:
    """The party did not see to its formalities in time: the objection has ended, and the first result stands."""
    facts = {"no_reinspection": NoReinspection.WAIVED}
    perform(session, objection, WAIVE, by=by, facts=facts, details=facts)
    _stop_clocks(session, objection, by=by, outcome="waived")


def _stop_clocks(session: Session, objection: Objection, *, by: Actor, outcome: str) -> None:
    for rule in ("objection_admission", "reinspection_lab", "reinspection_formalities"):
        clocks.stop(session, objection, rule, clock.now(), by=by, outcome=outcome)
