"""Listings that are like a tested one go on a draft that is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session, object_session

from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.events import append
from quality.core.words import Reason, _
from quality.core.workflow import record, take
from quality.likeness.models import Alike
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations.alike import waiting_for_a_notice
from quality.notices.operations.drafting import put_on
from quality.notices.operations.grouping import Entry, refuse_what_is_on_a_notice
from quality.notices.permit import permit
from quality.notices.workflow import stands_as_nonconforming
from quality.people.actor import Actor
from quality.permissions import Can


def add_alike(
    session: Session, notice: Notice, chosen: Sequence[Alike], *, by: Actor, version: int | None = None
) -> None:
    """Put confirmed listings on a draft to their platform. Who adds them is its drafter from now on, as in `revise`.

    Each finding is taken first, as in `draft_notices`.
    """
    permit(by, Can.NOTICE_DRAFT, notice)
    if notice.status != NoticeStatus.DRAFT:
        raise Refused("wrong_status", _("Only a draft can be changed; have it returned first"))
    seen = notice.version if version is None else version
    if problems := list(wrong_additions(notice, chosen)):
        raise Invalid(*problems)
    entries = [Entry(each.finding, each) for each in sorted(chosen, key=lambda each: (each.finding_id, each.id))]
    for finding in {entry.finding.id: entry.finding for entry in entries}.values():
        listings = [entry.listing_id for entry in entries if entry.finding is finding]
        take(session, finding, None)
        if no := stands_as_nonconforming(finding):
            raise Refused.because(no)
        details = {"notice": notice.reference, "alike": listings}
        append(session, finding, "put_alike_on_notice", actor=by.signature, details=details)
    named = {"listings": [entry.listing_id for entry in entries]}
    record(session, notice, "put_on", by=by, version=seen, details=named, facts={"drafted_by_id": by.id})
    refuse_what_is_on_a_notice(session, [entries], agency_id=notice.agency_id)
    put_on(session, notice, entries, by=by)
    session.expire(notice, ["items"])


def wrong_additions(notice: Notice, chosen: Sequence[Alike]) -> Iterator[FieldProblem]:
    if not chosen:
        yield FieldProblem("alike", "missing", _("Choose at least one listing"))
    if any(each.platform_id != notice.platform_id for each in chosen):
        text = _("Choose listings of the platform that this notice goes to")
        yield FieldProblem("alike", "other_platform", text)
    if len({each.listing_id for each in chosen}) < len(chosen):
        yield FieldProblem(
            "alike", "listing_twice", _("Choose each listing once, for the finding that it is likest to")
        )


def something_is_alike(notice: Notice, actor: Actor) -> Reason | None:
    session = object_session(notice)
    assert session, "nothing is asked of a row that no session knows"
    there = waiting_for_a_notice(actor).where(Alike.platform_id == notice.platform_id)
    if session.scalars(there.limit(1)).first() is None:
        return Reason("nothing_alike", _("No listing of this platform is confirmed as alike and waits for a notice"))
    return None
