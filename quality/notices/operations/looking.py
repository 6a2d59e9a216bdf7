"""The agency sees for itself: a look with its own evidence, and what follows from it for the listing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks import operations as clocks
from quality.clocks import queries as clock_queries
from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.withholding import refuse_what_leads
from quality.core.words import _
from quality.core.workflow import name_of, perform, record
from quality.evidence.kinds import TEXTS
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.evidence.queries import exhibits_of, holding_of
from quality.notices.answers import LONGEST_REASON
from quality.notices.editions import asked_since
from quality.notices.models import Excuse, ItemStatus, Look, NoticeItem, NoticeStatus
from quality.notices.operations.answering import NOT_ASKED_AGAIN
from quality.notices.permit import permit
from quality.notices.workflow import (
    ASK_AGAIN,
    EXCUSE,
    ITEM_REOPEN,
    REOPEN,
    SEND_BACK,
    VERIFY,
    its_notice_is_open,
    its_notice_was_issued,
)
from quality.people.actor import Actor
from quality.permissions import Can

EXCUSES = [each for each in Excuse if each is not Excuse.WITHDRAWN]  # that one comes with an edition
RECHECKS = ("recheck_1", "recheck_7", "recheck_30")


def look(
    session: Session,
    item: NoticeItem,
    *,
    gone: bool,
    seen_at: datetime,
    evidence: Sequence[str],
    by: Actor,
    reason: str = "",
) -> Look:
    """Write down what we saw at the listing's address, with our own files as proof.

    A look that found it gone also answers the re-checks whose day has come. What follows for the listing (verify,
    send back, reopen) is a move of its own.
    """
    permit(by, Can.ITEM_VERIFY, item)
    assert by.id is not None, "only people look"
    notice = item.notice
    record(session, notice, "look", by=by, part=item, details={"gone": gone})
    refuse_what_leads(session, item, {"reason": reason}, by=by)
    refuse_what_proves_nothing(session, item, gone=gone, seen_at=seen_at, evidence=evidence, reason=reason)
    if refusal := its_notice_was_issued(item, by):
        raise Refused.because(refusal)
    for sha256 in sorted(set(evidence)):
        attach(session, notice, sha256, EvidenceKind.LOOK, by=by, part=item)
    seen = Look(item_id=item.id, gone=gone, seen_at=seen_at, by_id=by.id, reason=reason.strip())
    seen.evidence = sorted(set(evidence))
    session.add(seen)
    session.flush()
    session.expire(item, ["looks"])
    if gone and item.status == ItemStatus.VERIFIED:
        answer_rechecks(session, item, seen_at, by=by)
    return seen


def refuse_what_proves_nothing(
    session: Session, item: NoticeItem, *, gone: bool, seen_at: datetime, evidence: Sequence[str], reason: str
) -> None:
    problems: list[FieldProblem] = []
    now, issued_at = clock.now(), asked_since(item)
    if seen_at.tzinfo is None:
        text = _("Write the time with its zone, as in 2026-09-03T09:48:00+08:00")
        problems.append(FieldProblem("seen_at", "no_zone", text))
    elif seen_at > now:
        text = _("This moment lies in the future; enter when you looked")
        problems.append(FieldProblem("seen_at", "in_the_future", text))
    elif issued_at and seen_at < issued_at:
        text = _("The notice was not issued yet then; look again")
        problems.append(FieldProblem("seen_at", "before_the_notice", text))
    elif item.looks and seen_at < item.looks[-1].seen_at:
        text = _("There is a later look at this listing; enter looks in their order")
        problems.append(FieldProblem("seen_at", "out_of_order", text))
    if not gone and not reason.strip():
        problems.append(FieldProblem("reason", "missing", _("Say what you found, so that the platform can find it")))
    if len(reason) > LONGEST_REASON:
        problems.append(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST_REASON)))
    if not evidence:
        problems.append(FieldProblem("evidence", "missing", _("Add a screenshot or recording of what you saw")))
    problems += reused(session, item, set(evidence))
    if evidence and all(is_text(session, item, sha256) for sha256 in evidence):
        said = _("A text shows nothing of the page; add a screenshot, recording or PDF of it")
        problems.append(FieldProblem("evidence", "only_text", said))
    if problems:
        raise Invalid(*problems)


def is_text(session: Session, item: NoticeItem, sha256: str) -> bool:
    """Whatever its name ends with: the bytes say what a file is."""
    held = holding_of(session, item.agency_id, sha256)
    return held is not None and held.media_type in TEXTS


def reused(session: Session, item: NoticeItem, evidence: set[str]) -> list[FieldProblem]:
    """Files that came from the platform, whoever sent them to us again, or that proved an earlier look at this one."""
    problems = []
    for exhibit in exhibits_of(session, item.notice):
        if exhibit.holding.sha256 not in evidence:
            continue
        if exhibit.kind == EvidenceKind.PLATFORM_PROOF:
            text = _("This file is the platform's proof; take a picture of your own")
            problems.append(FieldProblem("evidence", "platforms_own", text))
        elif exhibit.kind == EvidenceKind.LOOK and exhibit.part == name_of(item):
            text = _("This file proves an earlier look; take a new one")
            problems.append(FieldProblem("evidence", "used_before", text))
    return problems


def answer_rechecks(session: Session, item: NoticeItem, seen_at: datetime, *, by: Actor) -> None:
    """Stop each re-check whose day has come: a look on day 8 answers those of day 1 and day 7, one on day 0 none."""
    for code in RECHECKS:
        for running in clock_queries.running(session, item, code):
            days = (day_of(seen_at) - day_of(running.started_at)).days
            if days >= rule_on(code, day_of(running.started_at)).length:
                clocks.stop(session, item, code, seen_at, by=by)


def verify(session: Session, item: NoticeItem, *, by: Actor, version: int | None = None) -> None:
    """The claim holds: we saw it gone. From now on we look again after 1, 7 and 30 days."""
    now = clock.now()
    perform(session, item, VERIFY, by=by, version=version, facts={"settled_at": now})
    clocks.stop(session, item, "verify_claim", now, by=by)
    calendar = clock_queries.calendar(session)
    for code in RECHECKS:
        clocks.start(session, item, code, now, calendar=calendar)


def send_back(session: Session, item: NoticeItem, *, by: Actor, note: str = "", version: int | None = None) -> None:
    """The claim does not hold: our last look found it. The platform is asked again; the look says what was found."""
    now, notice = clock.now(), item.notice
    perform(session, item, SEND_BACK, by=by, version=version, note=note, facts=lambda: asked_again(item))
    clocks.stop(session, item, "verify_claim", now, by=by)
    if notice.status == NoticeStatus.ANSWERED:
        perform(session, notice, ASK_AGAIN, by=by)


def asked_again(item: NoticeItem) -> dict[str, Any]:
    """The listing has its own time from when the platform is proved to know of this, the version that is being made."""
    return {"asked_again_at": clock.now(), "asked_again_in": item.notice.version}


def excuse(
    session: Session, item: NoticeItem, why: Excuse | str, *, by: Actor, note: str = "", version: int | None = None
) -> None:
    """The listing need not be seen gone, for a reason that a reviewer answers for."""
    if why not in EXCUSES:
        known = ", ".join(EXCUSES)
        raise Invalid(FieldProblem("why", "unknown_reason", _("Choose one of these reasons: %(known)s", known=known)))
    now, reason = clock.now(), Excuse(why)
    facts = {"excuse": reason, "settled_at": now, **NOT_ASKED_AGAIN}
    perform(session, item, EXCUSE, by=by, version=version, note=note, facts=facts, details={"why": reason})
    for rule in ("verify_claim", item.notice.removal_rule):
        clocks.stop(session, item, rule, now, by=by, outcome="excused")


def reopen(session: Session, item: NoticeItem, *, by: Actor, version: int | None = None) -> None:
    """A later look found it back: the listing counts as open again, and so does its notice.

    The notice moves first, in the version that was loaded: who closes it in between makes this stale.
    """
    now, notice = clock.now(), item.notice
    seen = item.version if version is None else version
    if notice.status == NoticeStatus.CLOSED:
        perform(session, notice, REOPEN, by=by)
    elif notice.status == NoticeStatus.ANSWERED:
        perform(session, notice, ASK_AGAIN, by=by)
    again = [its_notice_is_open]
    perform(session, item, ITEM_REOPEN, by=by, version=seen, also=again, facts=lambda: asked_again(item))
    for code in RECHECKS:
        clocks.stop(session, item, code, now, by=by, outcome="reopened")
