"""What a party says in public to a result (right of reply): its own words, frozen with their hash, shown whole or not.

The agency never edits them. An editor shows them as they are or refuses them with a reason that the party reads; a
copy is not made anew for them, because they are not the agency's to say. Their time is the clock `reply`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from quality.clocks.days import Due, day_of, due
from quality.clocks.queries import calendar
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.redaction import hits
from quality.core.withholding import needles_behind
from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow, begin, perform
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.notices.models import Notice, NoticeItem, stands_on_a_notice
from quality.notices.permit import permit
from quality.objections.models import Party
from quality.objections.queries import telling_of
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.copies import WORDS, sha256_of
from quality.publication.models import Reply, ReplyStatus, Result
from quality.publication.operations import LONGEST, people_behind
from quality.publication.personal import Field, found_in

RULE = "reply"
RECEIVED, SHOWN, REFUSED, WITHDRAWN = ReplyStatus
Move = Transition[Reply]


def its_finding_stands(reply: Reply, actor: Actor) -> Reason | None:
    if reply.finding.status == FindingStatus.CONFIRMED:
        return None
    return Reason("finding_not_standing", _("The finding does not stand any more: nothing is published about it"))


def somebody_else_entered_it(reply: Reply, actor: Actor) -> Reason | None:
    if reply.entered_by_id is None or reply.entered_by_id != actor.id:
        return None
    return Reason("same_person", _("Someone other than the person who entered it must decide"))


def names_nobody(reply: Reply, actor: Actor) -> Reason | None:
    session = object_session(reply)
    assert session is not None, "begin() it first"
    leads = hits(reply.statement, needles_behind(session, Finding.__tablename__, [reply.finding_id]))
    if not leads and not found_in(reply.statement, Field.PROSE, people=people_behind(reply.finding)):
        return None
    return Reason("personal", _("It holds personal data, and nobody may change it: refuse it, and say so"))


def says_why(reply: Reply, actor: Actor) -> Reason | None:
    return None if reply.reason.strip() else Reason("no_reason", _("Give the reason; the party reads it"))


SHOW = Move(
    "show", {RECEIVED}, SHOWN, Can.REPLY_DECIDE,
    [somebody_else_entered_it, its_finding_stands, names_nobody],
    _("Show it beside the result"), signs="decided_by_id",
)  # fmt: skip
REFUSE = Move(
    "refuse", {RECEIVED, SHOWN}, REFUSED, Can.REPLY_DECIDE,
    [somebody_else_entered_it, says_why],
    _("Refuse to show it"), signs="decided_by_id",
)  # fmt: skip
WITHDRAW = Move("withdraw", {RECEIVED, SHOWN}, WITHDRAWN, Can.REPLY_WRITE, [], _("Withdraw the reply"))
REPLY_LIFE = Workflow(RECEIVED, [SHOW, REFUSE, WITHDRAW])


def period_of(session: Session, finding: Finding, party: Party) -> Due | None:
    """From the day on which the party knew of the result: told, or a platform also by its notice. None: not yet."""
    told = telling_of(session, finding, party)
    known = [told.received_at] if told else []
    if party == Party.PLATFORM:
        served = sa.select(sa.func.min(Notice.served_at)).join(NoticeItem, NoticeItem.notice_id == Notice.id)
        first = session.scalars(served.where(NoticeItem.finding_id == finding.id, stands_on_a_notice())).one()
        known += [first] if first else []
    if not known:
        return None
    return due(rule_on(RULE, day_of(min(known))), min(known), calendar(session))


def write(
    session: Session,
    finding: Finding,
    party: Party,
    statement: str,
    *,
    by: Actor,
    received_at: datetime | None = None,
) -> Reply:
    """Take in what a party wants to have shown; `received_at` where the agency enters what came on paper."""
    now = clock.now()
    at, is_entered = received_at or now, by.can(Can.REPLY_ENTER)
    offered = Reply(
        finding_id=finding.id,
        agency_id=finding.agency_id,
        platform_id=finding.sample.purchase.drawn.platform_id if party == Party.PLATFORM else None,
        party=party,
        statement=statement.strip(),
        received_at=at,
        entered_by_id=by.id if is_entered else None,
    )
    permit(by, Can.REPLY_ENTER if is_entered else Can.REPLY_WRITE, offered)
    if finding.status != FindingStatus.CONFIRMED or finding.verdict != Verdict.NONCONFORMING:
        raise Refused("nothing_to_reply", _("A reply belongs beside a result that says what does not conform"))
    period = period_of(session, finding, party)
    if problems := strange(offered, period, now):
        raise Invalid(*problems)
    assert period is not None, "who was not told is refused"
    offered.due_on, offered.is_late = period.due_on, at >= period.due_at
    offered.sha256 = sha256_of(as_public(offered))
    try:
        with session.begin_nested():
            details = {"party": party, "sha256": offered.sha256, "late": offered.is_late}
            begin(session, offered, by=by, details=details)
    except IntegrityError as first:
        text = _("This party has a reply already; it can be withdrawn, and another written")
        raise Refused("replied_already", text) from first
    return offered


def strange(offered: Reply, period: Due | None, now: datetime) -> list[FieldProblem]:
    problems = []
    if period is None:
        problems.append(FieldProblem("party", "not_told", _("This party is not known to have received the result")))
    elif not period.start <= offered.received_at <= now:
        text = _("Enter a moment since the party had the result, and not in the future")
        problems.append(FieldProblem("received_at", "strange_moment", text))
    if not offered.statement:
        problems.append(FieldProblem("statement", "missing", _("Write what is to be shown")))
    if len(offered.statement) > LONGEST:
        problems.append(FieldProblem("statement", "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    for kind in found_in(offered.statement, Field.PROSE):  # whom it must not name besides, a stranger does not learn
        text = _("It holds %(what)s: leave it out, for everybody reads this", what=WORDS[kind])
        problems.append(FieldProblem("statement", f"personal_{kind}", text))
    return problems


def show(session: Session, reply: Reply, *, by: Actor, version: int | None = None) -> None:
    """Beside the result from now on, word for word."""
    perform(session, reply, SHOW, by=by, version=version, facts={"decided_at": clock.now()})


def refuse(session: Session, reply: Reply, reason: str, *, by: Actor, version: int | None = None) -> None:
    """Not shown, or no longer; the party reads why."""
    if len(reason) > LONGEST:
        raise Invalid(FieldProblem("reason", "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    facts = {"decided_at": clock.now(), "reason": reason.strip()}
    perform(session, reply, REFUSE, by=by, version=version, facts=facts)


def withdraw(session: Session, reply: Reply, *, by: Actor, version: int | None = None) -> None:
    """By whom it came: nobody reads it any more, and another may be written."""
    perform(session, reply, WITHDRAW, by=by, version=version, facts={"decided_at": clock.now()})


def replies_to(session: Session, finding: Finding) -> list[Reply]:
    return list(session.scalars(sa.select(Reply).where(Reply.finding_id == finding.id).order_by(Reply.id)))


def replies_of(finding: Finding) -> list[Reply]:
    """As its dossier asks, which has nothing but the case."""
    session = object_session(finding)
    assert session is not None, "a case is asked about in its session"
    return replies_to(session, finding)


def last_of(session: Session, finding: Finding, party: Party) -> Reply | None:
    return next((each for each in reversed(replies_to(session, finding)) if each.party == party), None)


def shown_beside(session: Session, results: Collection[Result]) -> dict[int, list[Reply]]:
    """What stands beside each of these results, by the finding's id, the first to come first; one statement."""
    of = sa.select(Reply).where(Reply.finding_id.in_({each.finding_id for each in results}), Reply.status == SHOWN)
    found: dict[int, list[Reply]] = {}
    for each in session.scalars(of.order_by(Reply.received_at, Reply.id)):
        found.setdefault(each.finding_id, []).append(each)
    return found


def as_public(reply: Reply) -> dict[str, Any]:
    """What the hash is over: who says what, and when it came. Their name is the copy's, which may leave it out."""
    return {"party": reply.party, "statement": reply.statement, "received_at": reply.received_at}
