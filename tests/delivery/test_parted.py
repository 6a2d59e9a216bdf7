"""Connections that break where it hurts most: nothing is lost, nothing done twice, and what comes twice is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from quality.clocks.jobs import climb_the_ladder, record_overdue_clocks
from quality.core.db import db
from quality.core.events import Event
from quality.core.record import verify
from quality.core.workflow import perform
from quality.delivery.jobs import serve_received_notices, tell_what_was_missed
from quality.delivery.models import Delivery, Message, MessageType, Problem, Receipt
from quality.delivery.sending import LEASE
from quality.notices.models import NoticeStatus
from quality.notices.operations import issue, submit
from quality.notices.workflow import APPROVE
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.notices import drafted, run, sealing
from tests.harness.receiver import Reply, Taken

A_MOMENT_MORE = 1
MOST = 400  # statements of one job


class HangsUp(Exception):
    """Somebody pulled the plug."""


@on_sqlite
@pytest.mark.parametrize("kept", [True, False], ids=["after it kept the message", "before"])
def test_who_hangs_up_without_an_answer_gets_the_same_once_more(way, kept):
    """Whether it took the message nobody here can know: it comes again under its id, and is received once."""
    way.confirmed()
    notice = way.told()
    inbox: set[str] = set()

    def vanishes(taken: Taken) -> Reply:
        if kept:
            inbox.add(taken.id)
        raise HangsUp

    way.system.taken.clear()
    way.system.answers = vanishes
    way.send()
    [delivery] = way.deliveries()
    assert [attempt.problem for attempt in delivery.attempts] == [Problem.BROKEN]
    assert delivery.received_at is None and notice.status == NoticeStatus.ISSUED
    way.system.answers = lambda taken: inbox.add(taken.id) or Reply()  # it is back
    way.cast.clock.advance(seconds=6)
    way.send()
    run(way.session, serve_received_notices)

    assert way.system.ids() == {delivery.message.webhook_id: 2} and len(inbox) == 1
    assert len({taken.body for taken in way.system.taken}) == 1
    assert notice.status == NoticeStatus.SERVED and notice.served_at == delivery.received_at == way.cast.clock.now()
    assert way.send() == 0


# --- the database goes away in the middle of a job ---


@contextmanager
def cut_at(which: int) -> Iterator[list[str]]:
    """The database ends the connection under this statement of all that are sent meanwhile. Which one it was."""
    seen, cut, address = Counter[str](), list[str](), address_of()

    def watch(connection, _cursor, statement, *_rest):
        seen["statements"] += 1
        if seen["statements"] == which:
            cut.append(statement)
            end_backend(address, connection.connection.driver_connection.info.backend_pid)

    sa.event.listen(db.engine, "before_cursor_execute", watch)
    try:
        yield cut
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", watch)


def end_backend(address: str, pid: int) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def address_of() -> str:
    return db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def until_it_is_done(way, job: Callable[[], object]) -> int:
    """Cut under its first statement, then under its second, and so on, until it comes to its end. How often."""
    for which in range(1, MOST):
        way.session.rollback()
        with cut_at(which) as cut, suppress(DBAPIError):
            job()
        if not cut:
            return which - 1
        way.cast.clock.advance(minutes=61)  # whatever was claimed, to be sent or to be printed, is free again
    raise AssertionError("it does not come any further")


@on_postgresql
def test_cut_from_its_database_under_every_statement_a_job_ends_as_if_nothing_had_happened(way):
    session, cast = way.session, way.cast
    way.confirmed()
    way.system.taken.clear()
    notice = drafted(session, cast, way.concluded.bad[0])
    submit(session, notice, by=cast.coordinator)
    perform(session, notice, APPROVE, by=cast.reviewer)
    issue(session, notice, by=cast.coordinator)
    session.commit()

    cuts = {
        "seals": until_it_is_done(way, lambda: run(session, sealing)),
        "tells": until_it_is_done(way, lambda: way.tell(tell_what_was_missed)),
        "sends": until_it_is_done(way, way.send),
        "serves": until_it_is_done(way, lambda: run(session, serve_received_notices)),
    }
    cast.clock.advance(days=14)
    cuts["rings"] = until_it_is_done(way, lambda: run(session, record_overdue_clocks))
    cuts["climbs"] = until_it_is_done(way, lambda: run(session, climb_the_ladder))

    assert all(many >= 3 for many in cuts.values()), cuts
    session.rollback()
    session.expire_all()
    assert notice.status == NoticeStatus.SERVED
    [told] = session.scalars(sa.select(Message).where(Message.type == MessageType.ISSUED)).all()
    [receipt] = session.scalars(sa.select(Receipt)).all()
    [delivery] = session.scalars(sa.select(Delivery).where(Delivery.message_id == told.id)).all()
    assert notice.served_at == receipt.received_at == delivery.received_at
    assert set(way.system.ids()) == {told.webhook_id}
    assert {taken.body for taken in way.system.taken} == {told.body}
    deeds = Counter(
        session.scalars(sa.select(Event.action).where(Event.subject_type == "notice", Event.part.is_(None)))
    )
    assert (deeds["sealed"], deeds["serve"], deeds["overdue"]) == (1, 1, 2)
    assert max(deeds[each] for each in deeds if each.startswith("escalate")) <= 2
    assert verify(session, way.settings.roots_folder).broken is None


@on_postgresql
def test_cut_while_a_platform_answers_it_is_told_once_more_under_the_same_id(way):
    """The message was taken, and nobody could write that down: it goes out once more, and is received once."""
    way.confirmed()
    notice = way.told()
    way.system.taken.clear()

    address = address_of()

    def cuts_us_off(_taken: Taken) -> Reply:
        way.system.answers = lambda _taken: Reply()
        with psycopg.connect(address, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return Reply()

    way.system.answers = cuts_us_off
    with suppress(DBAPIError):
        way.send()
    way.session.rollback()
    way.cast.clock.advance(seconds=LEASE.total_seconds() + A_MOMENT_MORE)
    way.send()
    run(way.session, serve_received_notices)

    [delivery] = way.deliveries()
    assert way.system.ids()[delivery.message.webhook_id] <= 2
    assert notice.status == NoticeStatus.SERVED and notice.served_at == delivery.received_at
    assert way.send() == 0
