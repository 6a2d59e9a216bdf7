"""A withdrawal that is proposed: by one person, done or put away by another. What is withdrawn at once needs none."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.core.workflow import record
from quality.notices.permit import permit
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.models import Result, ResultStatus, WithdrawalRequest
from quality.publication.operations import refuse_a_reason
from quality.publication.workflow import request_of


def propose_withdrawal(
    session: Session, result: Result, reason: str, *, by: Actor, version: int | None = None
) -> WithdrawalRequest:
    """Ask another person to withdraw what is public. Until they do, nothing changes for anybody outside."""
    permit(by, Can.RESULT_PROPOSE, result)
    assert by.id is not None, "only people propose"
    if not reason.strip():
        raise Invalid(FieldProblem("reason", "missing", _("Say why it is to be withdrawn; the public reads this")))
    refuse_a_reason(result, reason)
    record(session, result, "propose_withdrawal", by=by, version=version, details={"edition": result.edition})
    if result.status != ResultStatus.PUBLISHED:
        raise Refused("not_public", _("Only a result that is public can be withdrawn from the public"))
    asked = WithdrawalRequest(
        result_id=result.id,
        agency_id=result.agency_id,
        reason=reason.strip(),
        asked_by_id=by.id,
        asked_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(asked)
    except IntegrityError as first:
        raise Refused("proposed_already", _("Its withdrawal is proposed already")) from first
    return asked


def put_away(session: Session, result: Result, note: str, *, by: Actor, version: int | None = None) -> None:
    """The result stays public, by the word of a reviewer."""
    permit(by, Can.RESULT_APPROVE, result)
    record(session, result, "refuse_withdrawal", by=by, version=version, note=note)
    asked = request_of(session, result)
    if asked is None:
        raise Refused("nothing_proposed", _("No withdrawal of this result is proposed"))
    asked.ended_at = clock.now()
    session.flush()


def open_requests(session: Session, results: list[int]) -> dict[int, WithdrawalRequest]:
    """By the result's id, in one statement."""
    of = sa.select(WithdrawalRequest).where(WithdrawalRequest.result_id.in_(results))
    return {each.result_id: each for each in session.scalars(of.where(WithdrawalRequest.ended_at.is_(None)))}


def may_be_proposed(result: Result) -> bool:
    return result.status == ResultStatus.PUBLISHED and not is_proposed(result)


def is_proposed(result: Result) -> bool:
    session = object_session(result)
    return session is not None and request_of(session, result) is not None
