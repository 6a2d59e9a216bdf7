"""A laboratory stops before testing because it suspects the goods; the agency lets it go on, or hands them on.

Source: DOMAIN §2.6 (the licence is checked before the test) and §2, `transferred_untested`.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks.queries import running
from quality.core import clock
from quality.core.errors import Invalid
from quality.core.words import _
from quality.core.workflow import perform, stale
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Outcome, Suspicion
from quality.lab.operations.asking import given
from quality.lab.queries import suspicion_about
from quality.lab.workflow import nothing_was_entered
from quality.people.actor import Actor
from quality.purchases import fields
from quality.purchases.models import HandOver, Portion, PortionKind, PortionStatus, Sample, Untested
from quality.purchases.operations import UNSEEN, Seen, to_authority
from quality.purchases.workflow import END_UNTESTED, GO_ON, HAND_ON_STOPPED, STOP

LONGEST_AUTHORITY = HandOver.taken_by.type.length - len("authority:")


def stop_testing(
    session: Session,
    portion: Portion,
    kind: Untested,
    reason: str,
    *,
    by: Actor,
    evidence: Iterable[str] = (),
    version: int | None = None,
) -> Suspicion:
    """Report to the agency instead of testing. `evidence`: sha256 of files that the laboratory sent before.

    The time for the report stands still until the agency has decided, unless it had run out already.
    """
    note, now = given(reason), clock.now()
    perform(
        session, portion, STOP, by=by, version=version, note=note, details={"kind": kind}, also=[nothing_was_entered]
    )
    found = Suspicion(portion_id=portion.id, kind=kind, reason=note, stopped_by_id=by.id, stopped_at=now)
    session.add(found)
    for sha256 in evidence:
        attach(session, portion.sample, sha256, EvidenceKind.SUSPICION, by=by, part=portion)
    for each in running(session, portion, "lab_report"):
        if not each.is_overdue(now) and each.paused_at is None:
            clocks.pause(session, each, now, reason=str(PAUSED), by=by)
    session.flush()
    return found


PAUSED = _("The laboratory suspects the goods and waits for the agency")
RESUMED = _("The agency has decided")


def go_on(
    session: Session, sample: Sample, kind: PortionKind, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """The goods are tested after all; the laboratory reads why."""
    portion, answer, now = sample.portion(kind), given(reason), clock.now()
    if version is not None and sample.version != version:
        raise stale(session, sample, version)
    perform(session, portion, GO_ON, by=by, note=answer)
    _decide(session, portion, Outcome.GO_ON, answer, by)
    for each in running(session, portion, "lab_report"):
        if each.paused_at is not None:
            clocks.resume(session, each, now, reason=str(RESUMED), by=by)


def hand_on_untested(
    session: Session,
    sample: Sample,
    kind: Untested,
    authority: str,
    reason: str,
    *,
    by: Actor,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """The goods go to the responsible `authority`, both portions, and are never tested.

    The exit stays in the statistics with its reason: the sample counts as bought, and not as tested.
    """
    _ask_for(authority, seen)
    answer, now = given(reason), clock.now()
    portion = sample.portion(PortionKind.TEST)
    facts, told = {"exit_reason": kind}, {"reason": kind, "authority": authority.strip()}
    perform(session, sample, END_UNTESTED, by=by, version=version, note=answer, facts=facts, details=told)
    perform(session, portion, HAND_ON_STOPPED, by=by)
    _decide(session, portion, Outcome.HAND_ON, answer, by)
    gone = [each for each in sample.portions if each.status in (PortionStatus.SEALED, PortionStatus.HANDED_ON)]
    to_authority(session, gone, authority, by=by, seen=seen)
    clocks.stop(session, portion, "lab_report", now, by=by, outcome="transferred")


def hand_on_backup(
    session: Session,
    sample: Sample,
    authority: str,
    reason: str,
    *,
    by: Actor,
    seen: Seen = UNSEEN,
    version: int | None = None,
) -> None:
    """The second laboratory suspects the goods: the backup portion goes to the `authority`, and is never tested.

    What was concluded stands; whoever decides the objection says that there can be no second report.
    """
    portion = sample.portion(PortionKind.BACKUP)
    _ask_for(authority, seen)
    answer, now = given(reason), clock.now()
    if version is not None and sample.version != version:
        raise stale(session, sample, version)
    perform(session, portion, HAND_ON_STOPPED, by=by, note=answer, details={"authority": authority.strip()})
    _decide(session, portion, Outcome.HAND_ON, answer, by)
    to_authority(session, [portion], authority, by=by, seen=seen)
    clocks.stop(session, portion, "lab_report", now, by=by, outcome="transferred")


def _ask_for(authority: str, seen: Seen) -> None:
    asked = _("Enter which authority takes them")
    if problems := list(fields.text("authority", authority, most=LONGEST_AUTHORITY, ask=asked)):
        raise Invalid(*problems)
    seen.must_fit()


def _decide(session: Session, portion: Portion, outcome: Outcome, answer: str, by: Actor) -> None:
    found = suspicion_about(session, portion)
    assert found is not None, "it is stopped"
    found.outcome, found.answer = outcome, answer
    found.decided_by_id, found.decided_at = by.id, clock.now()
    session.flush()
