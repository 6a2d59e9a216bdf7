"""What became of the listings after a copy was made: frozen statements beside it, each with its moment and its hash.

A copy never changes, and a takedown goes on after it: the platform answers, the regulator looks again. So each step
that reads otherwise is one more row. A new edition for each would bury what was corrected under what merely went on.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from quality.core.db import insert_into
from quality.core.errors import Refused
from quality.core.events import Event
from quality.core.words import _
from quality.core.workflow import record
from quality.lab.models import Verdict
from quality.notices.models import Notice, NoticeItem, stands_on_a_notice
from quality.people.actor import Actor
from quality.publication.copies import TYPED, sha256_of, takedown_of
from quality.publication.lines import enter_line_again
from quality.publication.listing import stands_otherwise
from quality.publication.models import Result, ResultStatus, Statement, StatementMark
from quality.publication.personal import found_in

LISTING = "takedown.listings.listing_id"  # the only field of a statement that anybody typed
EVENTS = 5_000  # looked through at once
LATE = 1_000  # ids behind the last: a transaction that began earlier may end later


def newest_of(session: Session, results: Collection[Result]) -> dict[int, Statement]:
    """The last statement about each of these editions, by the edition's id; one statement for all."""
    newest = sa.select(sa.func.max(Statement.id)).where(Statement.result_id.in_([each.id for each in results]))
    found = session.scalars(sa.select(Statement).where(Statement.id.in_(newest.group_by(Statement.result_id))))
    return {each.result_id: each for each in found}


def as_it_stands(session: Session, result: Result) -> dict[str, Any]:
    """What the copy would say of the listings if it was made now, with the same left out."""
    asked = sa.select(NoticeItem).join(NoticeItem.notice).where(NoticeItem.finding_id == result.finding_id)
    asked = asked.where(stands_on_a_notice(), Notice.issued_at.is_not(None)).order_by(NoticeItem.id)
    items = session.scalars(asked.options(selectinload(NoticeItem.claims), selectinload(NoticeItem.looks))).all()
    says = takedown_of(Verdict(result.copy["verdict"]), items)
    for each in says["listings"]:
        if LISTING in result.copy["withheld"] or found_in(each["listing_id"], TYPED[LISTING]):
            each["listing_id"] = ""
    return says


def is_news(session: Session, result: Result) -> bool:
    return said_now(session, result) != sha256_of(as_it_stands(session, result))


def said_now(session: Session, result: Result) -> str:
    """The hash of what the public reads of the listings."""
    last = newest_of(session, [result]).get(result.id)
    return last.sha256 if last else sha256_of(result.copy["takedown"])


def state(session: Session, result: Result, now: datetime, *, by: Actor) -> bool:
    """Say how it stands with the listings, if that reads otherwise than what was said last."""
    if not is_news(session, result):
        return False
    says = as_it_stands(session, result)
    record(session, result, "state_takedown", by=by, details={"state": says["state"], "sha256": sha256_of(says)})
    if result.status != ResultStatus.PUBLISHED or not is_news(session, result):
        raise Refused("said_already", _("It was said already"))  # by another who looked at the same time
    session.add(Statement(result_id=result.id, says=says, sha256=sha256_of(says), stated_at=now))
    enter_line_again(session, result, says["state"])
    stands_otherwise(session, result, says["state"])
    session.flush()
    return True


def moved_on(session: Session) -> tuple[list[int], int]:
    """Ids of results in public whose notices were moved since the last look, and how far the record was read."""
    mark = session.get(StatementMark, 1)
    read = mark.event_id if mark else 0
    since = sa.select(Event.id, Event.subject_id, Event.subject_type).where(Event.id > read - LATE)
    events = session.execute(since.order_by(Event.id).limit(EVENTS)).all()
    notices = {subject for _id, subject, kind in events if kind == Notice.__tablename__}
    found = (
        sa.select(Result.id)
        .join(NoticeItem, NoticeItem.finding_id == Result.finding_id)
        .where(NoticeItem.notice_id.in_(notices), Result.status == ResultStatus.PUBLISHED)
    )
    results = session.scalars(found.distinct().order_by(Result.id)).all() if notices else []
    return list(results), max([read, *(key for key, _subject, _kind in events)])


def read_as_far_as(session: Session, event_id: int) -> None:
    """Of two who read at once, the one who came further counts."""
    row = insert_into(session, StatementMark).values(id=1, event_id=event_id)
    further = StatementMark.event_id < event_id
    session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"event_id": event_id}, where=further))
