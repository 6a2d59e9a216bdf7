"""What was asked of many notices is done, one a transaction, in the name of who asked; a refusal stops no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.errors import Invalid, Refused
from quality.core.words import Text, _, in_each_language
from quality.core.workflow import perform
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.batches import BatchDeed, BatchRow, NoticeBatch
from quality.notices.models import Notice
from quality.notices.operations.drafting import draft_notices, issue, submit
from quality.notices.operations.templates import chosen
from quality.notices.workflow import APPROVE
from quality.people.actor import Actor
from quality.people.keys import who_still_works

AT_ONCE = 200  # rows of one run; the next goes on


def walk_batches(sessions: sessionmaker[Session], _now: datetime) -> int:
    """Do what waits, the oldest first; returns of how many notices.

    A row is marked in the transaction that does it: who is killed in between leaves it undone, and of two that take it
    at once the second finds it taken.
    """
    with sessions() as session:
        waiting = session.scalars(
            sa.select(BatchRow.id).where(BatchRow.done_at.is_(None)).order_by(BatchRow.id).limit(AT_ONCE)
        ).all()
    for row_id in waiting:
        walk(sessions, row_id)
    return len(waiting)


def walk(sessions: sessionmaker[Session], row_id: int) -> None:
    try:
        with sessions.begin() as session:
            if taken(session, row_id):
                do(session, session.get_one(BatchRow, row_id))
    except Invalid as wrong:
        refuse(sessions, row_id, wrong.problems[0].code, wrong.problems[0].text)
    except Refused as no:
        refuse(sessions, row_id, no.code, no.reason)


def taken(session: Session, row_id: int, refusal: str | None = None, reason: Mapping[str, str] | None = None) -> bool:
    """Mark it as done, or False because somebody else has."""
    marked = (
        sa.update(BatchRow)
        .where(BatchRow.id == row_id, BatchRow.done_at.is_(None))
        .values(done_at=clock.now(), refusal=refusal, reason=dict(reason or {}))
        .returning(BatchRow.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(marked).one_or_none() is not None


def refuse(sessions: sessionmaker[Session], row_id: int, code: str, reason: Text) -> None:
    """What stands in the way is kept in each language, for whoever reads it."""
    with sessions.begin() as session:
        taken(session, row_id, code, in_each_language(reason))


def do(session: Session, row: BatchRow) -> None:
    batch = row.batch
    by = who_still_works(session, batch.asked_by_id, batch.agency_id, batch.role, batch.via)
    if by is None:
        raise Refused("asker_left", _("Whoever asked for this does not work here any more; ask for it anew"))
    if batch.deed is BatchDeed.DRAFT:
        row.notice_id = draft(session, row, batch, by).id
        return
    notice, version = session.get_one(Notice, row.notice_id), row.version or 0
    DEEDS[batch.deed](session, notice, by, version)


def draft(session: Session, row: BatchRow, batch: NoticeBatch, by: Actor) -> Notice:
    says = dict(batch.says)
    name = says.pop("template")
    template = None if name is None else chosen(session, by, name)
    keys = {what: [int(key) for key in row.about[what]] for what in ("findings", "alike")}
    [notice] = draft_notices(
        session,
        session.scalars(sa.select(Finding).where(Finding.id.in_(keys["findings"])).order_by(Finding.id)).all(),
        by=by,
        alike=session.scalars(sa.select(Alike).where(Alike.id.in_(keys["alike"])).order_by(Alike.id)).all(),
        template=template,
        **says,
    )
    return notice


def approve(session: Session, notice: Notice, by: Actor, version: int) -> None:
    perform(session, notice, APPROVE, by=by, version=version)


DEEDS: Mapping[BatchDeed, Callable[[Session, Notice, Actor, int], None]] = {
    BatchDeed.SUBMIT: lambda session, notice, by, version: submit(session, notice, by=by, version=version),
    BatchDeed.APPROVE: approve,
    BatchDeed.ISSUE: lambda session, notice, by, version: issue(session, notice, by=by, version=version),
}
