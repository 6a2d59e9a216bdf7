"""The publication's epoch: one number that counts up with everything that changes what the public can read.

A public page depends on it and on nothing else of the database. So whoever knows the epoch knows whether a page that
was made before still holds (web/front.py), and nobody has to say of a page what it was made from.

Nobody has to remember to raise it either: SHOWN names the tables, and whoever writes to one of them through a session
raises it in the same transaction. See docs/decisions/0063.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from quality.campaigns.models import Campaign
from quality.campaigns.queries import ANNOUNCED
from quality.core import clock
from quality.core.db import Base
from quality.core.events import WRITTEN
from quality.core.many import written_at_once
from quality.core.workflow import COUNTS_UP
from quality.documents.models import Document
from quality.documents.readers import Reader, is_for
from quality.people.models import Organisation
from quality.publication.models import Entry, Epoch, Line, Pair, Reply, ReplyStatus, Result, Statement, Tally

Row = Any
When = Callable[[Row, Collection[str]], bool]  # of a row, and of the columns that changed
RAISES = "raises the epoch"  # in `session.info`, until the commit
OF_THE_RECORD = {"digest", "version"}  # columns that no page shows


def always(_row: Row, _changed: Collection[str]) -> bool:
    return True


def was_published(result: Result, _changed: Collection[str]) -> bool:
    return result.published_at is not None


def is_or_was_shown(reply: Reply, changed: Collection[str]) -> bool:
    """What waits to be shown, nobody reads; what is moved may have been read until then."""
    return reply.status == ReplyStatus.SHOWN or (reply.status != ReplyStatus.RECEIVED and "status" in changed)


def was_announced(campaign: Campaign, _changed: Collection[str]) -> bool:
    """Also one that is given up after it was frozen: it is announced no longer."""
    return campaign.frozen_at is not None or campaign.status in ANNOUNCED


def anybody_may_have_it(document: Document, _changed: Collection[str]) -> bool:
    return is_for(document.kind, Reader.PUBLIC)


def is_called_otherwise(_organisation: Organisation, changed: Collection[str]) -> bool:
    """Pages name it, and show nothing else that is kept of it."""
    return "name" in changed or "code" in changed


SHOWN: dict[type[Base], When] = {
    Result: was_published,
    Entry: always,
    Pair: always,
    Tally: always,
    Line: always,
    Statement: always,
    Reply: is_or_was_shown,
    Campaign: was_announced,
    Document: anybody_may_have_it,
    Organisation: is_called_otherwise,
}


def shows(table: type[Base], when: When = always) -> None:
    """Public pages show rows of this table too, if `when` says so of one. For rooms that come after this one.

    It is called where the table is declared, so that no process writes to the table without knowing it.
    """
    SHOWN[table] = when


def raise_with(session: Session) -> None:
    """The epoch is raised when this transaction is committed. For what changes without a row of SHOWN."""
    session.info[RAISES] = True


def raised() -> sa.Update:
    """One more than it was, or the machine's clock in milliseconds if that is more.

    So no number comes twice, for another state, after an older backup was brought back. The row is locked until the
    commit: of two publications the second counts on from the first, and no two states have one number.
    """
    now = int(clock.by_the_machine().timestamp() * 1000)
    return sa.update(Epoch).values(n=sa.case((Epoch.n >= now, Epoch.n + 1), else_=now))


def epoch_of(reader: Session | sa.Connection) -> int:
    """The epoch of what was committed last. Every page asks: so it is said in the database's own words."""
    connection = reader.connection() if isinstance(reader, Session) else reader
    return int(connection.exec_driver_sql("SELECT n FROM epoch").scalar_one())


# --- how it is raised, whoever writes ---


def note(session: Session, row: Base, changed: Collection[str]) -> None:
    """That these columns of a row were written."""
    when = SHOWN.get(type(row))
    if when is not None and RAISES not in session.info and not OF_THE_RECORD.issuperset(changed) and when(row, changed):
        raise_with(session)


WRITTEN.append(note)  # what moves a case writes past the unit of work


@event.listens_for(Session, "before_flush")
def note_rows(session: Session, _context: Any, _instances: Any) -> None:
    if RAISES in session.info:
        return
    for row in (*session.new, *session.deleted):
        if type(row) in SHOWN:
            note(session, row, sa.inspect(type(row)).columns.keys())
    for row in session.dirty:
        if type(row) in SHOWN:
            state: Any = sa.inspect(row)
            note(session, row, [each.key for each in state.attrs if each.history.has_changes()])


@event.listens_for(Session, "do_orm_execute")
def note_many_rows(done: ORMExecuteState) -> sa.Result[Any] | None:
    """A statement over many rows does not say which: any of them may be shown. Where it met none, none changed."""
    writes = done.is_insert or done.is_update or done.is_delete
    table: Any = getattr(done.statement, "table", None)
    if not writes or done.execution_options.get(COUNTS_UP) or table is None or table.name not in names_shown():
        return None
    did = done.invoke_statement()
    if done.is_insert or may_have_met_rows(did):
        raise_with(done.session)
    return did


def may_have_met_rows(did: sa.Result[Any]) -> bool:
    """False only if the database says so: of what gives rows back, the number is not known before they are read."""
    compiled: Any = getattr(getattr(did, "context", None), "compiled", None)
    if compiled is None or compiled.effective_returning:
        return True
    return bool(getattr(did, "rowcount", -1) != 0)


def names_shown() -> set[str]:
    return {model.__tablename__ for model in SHOWN}


@event.listens_for(Session, "before_commit")
def raise_before_the_commit(session: Session) -> None:
    """Last of all, so that whoever waits for it holds up nobody and no two wait for each other."""
    if session.in_nested_transaction():
        return
    session.flush()
    if session.info.pop(RAISES, False) or not names_shown().isdisjoint(written_at_once(session)):
        session.connection().execute(raised())


@event.listens_for(Session, "after_transaction_end")
def forget_what_was_undone(session: Session, transaction: Any) -> None:
    if transaction.parent is None:
        session.info.pop(RAISES, None)
        written_at_once(session).clear()
