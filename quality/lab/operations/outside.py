"""Items reported outside the accreditation: the laboratory says which and why, the agency agrees or does not."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import begin, perform, take
from quality.lab.accreditation import flags_of
from quality.lab.models import OutsideItem, Report, ReportStatus
from quality.lab.operations.asking import given
from quality.lab.workflow import AGREE, DECLINE, MARK
from quality.people.actor import Actor
from quality.permissions import Can
from quality.standards.names import item_key

LONGEST = 500


def mark_outside(
    session: Session, report: Report, item: str, reason: str, *, by: Actor, version: int | None = None
) -> OutsideItem:
    """Say of an item that no certificate covers that it is reported all the same, and why."""
    if not by.can(Can.OUTSIDE_MARK) or not by.stands_over(report):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.OUTSIDE_MARK))
    why = checked(reason)
    if version is not None and version != report.version:
        take(session, report, version)  # says what happened since
    if report.status != ReportStatus.ENTERED:
        raise Refused("report_not_waiting", _("The report waits for no signature any more"))
    flag = next((each for each in flags_of(session, report) if item_key(each.result.item) == item_key(item)), None)
    if flag is None:
        raise Invalid(FieldProblem("item", "unknown_item", _("This report has no such item")))
    if not flag.may_be_marked:
        raise nothing_to_mark()
    facts = {"reason": why, "marked_by_id": by.id, "marked_at": clock.now()}
    told = {"result": flag.result.id, "code": flag.standing.code}
    if flag.outside is not None:
        perform(session, flag.outside, MARK, by=by, note=why, details=told, facts=facts)
        return flag.outside
    outside = OutsideItem(report_id=report.id, result_id=flag.result.id, **facts)
    try:
        begin(session, outside, by=by, note=why, details=told)
    except IntegrityError as quicker:  # the same form, sent twice at once
        raise nothing_to_mark() from quicker
    session.expire(report, ["outside"])
    return outside


def nothing_to_mark() -> Refused:
    return Refused("nothing_to_mark", _("This item is within the accreditation, or marked already"))


def agree_outside(session: Session, outside: OutsideItem, *, by: Actor, version: int | None = None) -> None:
    perform(session, outside, AGREE, by=by, version=version)


def decline_outside(
    session: Session, outside: OutsideItem, reason: str, *, by: Actor, version: int | None = None
) -> None:
    """The laboratory withdraws the report, or marks the item with a better reason."""
    why = checked(reason, "note")
    perform(session, outside, DECLINE, by=by, version=version, note=why, facts={"answer": why})


def checked(reason: str, field: str = "reason") -> str:
    why = given(reason)
    if len(why) > LONGEST:
        raise Invalid(FieldProblem(field, "too_long", _("Keep to %(most)s characters", most=LONGEST)))
    return why
