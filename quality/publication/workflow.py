"""The life of a published result: proposed by one person, published by another, never edited."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session, object_session

from quality.core import clock
from quality.core.words import Reason, _
from quality.core.workflow import Transition, Workflow
from quality.objections.models import Objection
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.behind import is_behind
from quality.publication.closing import OPEN_OBJECTIONS
from quality.publication.models import LIVE, Result, ResultStatus, WithdrawalRequest

PROPOSED, SCHEDULED, PUBLISHED, SUPERSEDED, WITHDRAWN, EXPIRED = ResultStatus
Move = Transition[Result]


def was_proposed_by_someone_else(result: Result, actor: Actor) -> Reason | None:
    if result.proposed_by_id == actor.id:
        return Reason("same_person", _("Someone other than the proposer must publish"))
    return None


def rests_on_a_confirmed_finding(result: Result, actor: Actor) -> Reason | None:
    if result.finding.status != "confirmed":
        return Reason("finding_not_standing", _("The finding is not confirmed; nothing can be published about it"))
    return None


def no_objection_is_open(result: Result, actor: Actor) -> Reason | None:
    session = object_session(result)
    assert session is not None, "a case is asked about in its session"
    open_ones = sa.select(Objection.number).where(
        Objection.finding_id == result.finding_id, Objection.status.in_(OPEN_OBJECTIONS)
    )
    if number := session.scalars(open_ones.limit(1)).first():
        return Reason("objection_open", _("Objection %(number)s is not decided yet", number=number))
    return None


def its_finding_was_overturned(result: Result, actor: Actor) -> Reason | None:
    if result.finding.status == "overturned":
        return None
    return Reason("finding_stands", _("Its finding was not overturned; withdraw the result instead"))


def says_what_was_decided(result: Result, actor: Actor) -> Reason | None:
    """What is published is not behind what an objection has brought to light."""
    session = object_session(result)
    assert session is not None, "a case is asked about in its session"
    if is_behind(session, result):
        text = _("An objection was decided after this was proposed; withdraw it, and propose it as things stand")
        return Reason("objection_decided_since", text)
    return None


def is_left_behind(result: Result, actor: Actor) -> Reason | None:
    return None if says_what_was_decided(result, actor) else Reason("says_it", _("It says what was decided"))


def says_what_changed(result: Result, actor: Actor) -> Reason | None:
    return None if result.reason.strip() else Reason("no_reason", _("Say what changed and why"))


def request_of(session: Session, result: Result) -> WithdrawalRequest | None:
    """The proposal to withdraw it that is not decided on."""
    of = sa.select(WithdrawalRequest).where(WithdrawalRequest.result_id == result.id)
    return session.scalars(of.where(WithdrawalRequest.ended_at.is_(None))).one_or_none()


def its_withdrawal_was_proposed_by_someone_else(result: Result, actor: Actor) -> Reason | None:
    session = object_session(result)
    assert session is not None, "a case is asked about in its session"
    asked = request_of(session, result)
    if asked is not None and asked.asked_by_id == actor.id:
        return Reason("same_person", _("You proposed this withdrawal: someone else must withdraw the result"))
    return None


def its_moment_has_come(result: Result, actor: Actor) -> Reason | None:
    if result.not_before is not None and result.not_before <= clock.now():
        return None
    return Reason("embargoed", _("It is not to be public before the moment that was set"))


def its_time_in_public_is_not_over(result: Result, actor: Actor) -> Reason | None:
    session = object_session(result)
    assert session is not None, "a case is asked about in its session"
    over = sa.select(Result.id).where(Result.number == result.number, Result.status == EXPIRED)
    if session.scalars(over.limit(1)).first() is None:
        return None
    return Reason("expired", _("Its time in public is over: it is not published again"))


APPROVED = [
    was_proposed_by_someone_else,
    rests_on_a_confirmed_finding,
    no_objection_is_open,
    says_what_was_decided,
    its_time_in_public_is_not_over,
]
# fmt: off
#                  move         from                     to           who may             provided that it
PUBLISH   = Move("publish",   {PROPOSED, SCHEDULED},   PUBLISHED,   Can.RESULT_APPROVE, APPROVED, _("Publish"), signs="approved_by_id")
SCHEDULE  = Move("schedule",  {PROPOSED, SCHEDULED},   SCHEDULED,   Can.RESULT_APPROVE, APPROVED, _("Publish at a moment"), signs="approved_by_id")
HOLD_BACK = Move("hold_back", {SCHEDULED},             PROPOSED,    Can.RESULT_APPROVE, [], _("Take it off the schedule"))
RELEASE   = Move("release",   {SCHEDULED},             PUBLISHED,   Can.RESULT_RELEASE, [its_moment_has_come, *APPROVED], _("Publish at its moment"))
GIVE_WAY  = Move("give_way",  {PUBLISHED},             SUPERSEDED,  Can.RESULT_RELEASE, [], _("Supersede"))
SUPERSEDE = Move("supersede", {PUBLISHED},             SUPERSEDED,  Can.RESULT_APPROVE, [], _("Supersede"))
CORRECT   = Move("correct",   {PROPOSED},              PUBLISHED,   Can.RESULT_CORRECT, [rests_on_a_confirmed_finding], _("Publish what was decided"))
OVERTAKE  = Move("overtake",  {PUBLISHED},             SUPERSEDED,  Can.RESULT_CORRECT, [is_left_behind], _("Supersede"))
DROP      = Move("drop",      {PROPOSED, SCHEDULED},   WITHDRAWN,   Can.RESULT_CORRECT, [is_left_behind], _("Withdraw the result"))
TAKE_BACK = Move("take_back", {*LIVE},                 WITHDRAWN,   Can.RESULT_TAKE_BACK, [its_finding_was_overturned], _("Take the result back"))
WITHDRAW  = Move("withdraw",  {*LIVE},                 WITHDRAWN,   Can.RESULT_APPROVE, [its_withdrawal_was_proposed_by_someone_else, says_what_changed], _("Withdraw the result"))
EXPIRE    = Move("expire",    {PUBLISHED},             EXPIRED,     Can.RESULT_EXPIRE, [], _("End its time in public"))
# fmt: on

LIFE = Workflow(
    PROPOSED,
    [PUBLISH, SCHEDULE, HOLD_BACK, RELEASE, GIVE_WAY, SUPERSEDE, CORRECT, OVERTAKE, DROP, TAKE_BACK, WITHDRAW, EXPIRE],
)
