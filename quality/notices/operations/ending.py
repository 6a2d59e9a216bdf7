"""A notice ends: closed when every listing is settled, or withdrawn with a reason."""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.core import clock
from quality.core.db import canonical
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.core.workflow import perform
from quality.documents.codes import new_code
from quality.documents.models import DocumentKind
from quality.documents.operations import BOTH, ask, withdraw_all
from quality.notices.contents import withdrawal_of
from quality.notices.models import Notice, NoticeEdition
from quality.notices.operations.looking import RECHECKS
from quality.notices.operations.talking import settle_all
from quality.notices.workflow import CLOSE, WITHDRAW
from quality.people.actor import Actor


def close(session: Session, notice: Notice, *, by: Actor, version: int | None = None) -> None:
    """Every listing is verified or excused. The re-checks go on: one that is back reopens the notice."""
    perform(session, notice, CLOSE, by=by, version=version)
    stop_waiting_for_the_platform(session, notice, by=by, outcome="closed")


def withdraw(session: Session, notice: Notice, reason: str, *, by: Actor, version: int | None = None) -> None:
    """The notice does not stand any more. Its findings may be put on another.

    Of one that was issued, another person drafted that (`draft_withdrawal`), and a paper of its own says so with the
    reason as it was drafted: `reason` is then what the approver adds to it, for the record, and may be empty.
    """
    if not reason.strip() and notice.issued_at is None:
        raise Invalid(FieldProblem("reason", "missing", _("Say why the notice is withdrawn")))
    perform(session, notice, WITHDRAW, by=by, version=version, note=reason.strip())
    withdraw_all(session, notice, by=by)
    if notice.proposed is not None:
        take_back_on_paper(session, notice, notice.proposed, by=by)
    stop_waiting_for_the_platform(session, notice, by=by, outcome="withdrawn")
    for item in notice.items:
        for rule in ("verify_claim", notice.removal_rule, *RECHECKS):
            clocks.stop(session, item, rule, clock.now(), by=by, outcome="withdrawn")
    settle_all(session, notice, clock.now(), by=by)


def take_back_on_paper(session: Session, notice: Notice, last: NoticeEdition, *, by: Actor) -> None:
    """The last edition of a notice says that there is none in force."""
    assert by.id is not None and notice.number is not None, "a person withdrew what was issued"
    now, code = clock.now(), new_code()
    says = withdrawal_of(session, notice, edition=last.edition, reason=last.reason, at=now)
    paper = ask(
        session, notice, DocumentKind.NOTICE_WITHDRAWAL, says, number=notice.number, agency_id=notice.agency_id,
        by=by, languages=BOTH, code=code, at=now,
    )  # fmt: skip
    last.sealed = canonical(paper.says)
    last.sealed_sha256 = hashlib.sha256(last.sealed.encode()).hexdigest()
    last.code, last.in_version = code, notice.version
    last.approved_by_id, last.approved_at, last.issued_at = by.id, now, now
    session.flush()
    session.expire(notice, ["proposed"])


def stop_waiting_for_the_platform(session: Session, notice: Notice, *, by: Actor, outcome: str) -> None:
    for rule in ("acknowledge", notice.removal_rule):
        clocks.stop(session, notice, rule, clock.now(), by=by, outcome=outcome)
