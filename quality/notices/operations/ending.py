"""A notice ends: closed when every listing is settled, or withdrawn with a reason."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform
from quality.documents.operations import withdraw_all
from quality.notices.models import Notice
from quality.notices.operations.looking import RECHECKS
from quality.notices.operations.talking import settle_all
from quality.notices.workflow import CLOSE, WITHDRAW
from quality.people.actor import Actor


def close(session: Session, notice: Notice, *, by: Actor, version: int | None = None) -> None:
    """Every listing is verified or excused. The re-checks go on: one that is back reopens the notice."""
    perform(session, notice, CLOSE, by=by, version=version)
    stop_waiting_for_the_platform(session, notice, by=by, outcome="closed")


def withdraw(session: Session, notice: Notice, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The notice does not stand any more. Its findings may be put on another."""
    if not reason.strip():
        raise Invalid(FieldProblem("reason", "missing", _("Say why the notice is withdrawn")))
    perform(session, notice, WITHDRAW, by=by, version=version, note=reason.strip())
    withdraw_all(session, notice, by=by)
    stop_waiting_for_the_platform(session, notice, by=by, outcome="withdrawn")
    for item in notice.items:
        for rule in ("verify_claim", notice.removal_rule, *RECHECKS):
            clocks.stop(session, item, rule, clock.now(), by=by, outcome="withdrawn")
    settle_all(session, notice, clock.now(), by=by)


def stop_waiting_for_the_platform(session: Session, notice: Notice, *, by: Actor, outcome: str) -> None:
    for rule in ("acknowledge", notice.removal_rule):
        clocks.stop(session, notice, rule, clock.now(), by=by, outcome=outcome)
