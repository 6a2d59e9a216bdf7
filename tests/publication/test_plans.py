"""No list that the public asks for reads more of a table than it shows: it is walked along an index in its order.

Asked of the planner itself, for the statement that the program sends. PostgreSQL would read so small a table whole, and
is told to do without that where it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from quality.publication.facets import producer_key
from quality.publication.finding import ways
from quality.publication.listing import Place, public_results, public_rows
from quality.publication.queries import public_editions
from quality.publication.search import Wanted
from quality.publication.tally import counts
from tests.harness.publication import published

FAR = Place(datetime(2099, 1, 1, tzinfo=UTC), 7)
WHOLE_READ = ("Seq Scan", "SCAN ")  # in PostgreSQL's words and in SQLite's; an index that is walked whole is "SCAN" too
SORTED = ("Sort", "TEMP B-TREE FOR ORDER BY")
NO_HARM = (
    "USING INDEX ix_result_entry", "USING COVERING INDEX ix_result_entry",  # a walk that ends with the page
    "SCAN CONSTANT ROW", "SCAN of",  # of what was looked up by its key and cut off
)  # fmt: skip


@contextmanager
def explained(session: Any) -> Iterator[list[str]]:
    """The plan of each statement that is sent meanwhile."""
    plans: list[str] = []
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        connection.exec_driver_sql("SET LOCAL enable_hashjoin = off")
        connection.exec_driver_sql("SET LOCAL enable_mergejoin = off")

    def explain(_conn: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{statement}", parameters)
        plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    sa.event.listen(connection, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        sa.event.remove(connection, "before_cursor_execute", explain)


def reads_whole(plan: str) -> bool:
    lines = [line for line in plan.splitlines() if any(word in line for word in WHOLE_READ)]
    return any(not any(walk in line for walk in NO_HARM) for line in lines)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(platform="TL"),
        Wanted(category="儿童玩具"),
        Wanted(region="浙江"),
        Wanted(verdict="nonconforming"),
        Wanted(campaign="C-YZ-2026-0001"),
        Wanted(producer=producer_key("云州市童乐玩具厂")),
        Wanted(first=date(2020, 1, 1), last=date(2099, 1, 1)),
        Wanted(words=("玩具",)),
    ],
)
def test_a_list_is_walked_in_its_order(session, concluded, wanted):
    published(session, concluded.cast, concluded.bad[0])
    for after in (None, FAR):
        with explained(session) as plans:
            public_rows(session, ways(session, wanted), after=after)
        assert plans
        for plan in plans:
            assert not reads_whole(plan), plan
            assert not any(word in plan for word in SORTED), plan


def test_a_result_its_counts_and_a_walk_for_programs_are_looked_up(session, concluded):
    result = published(session, concluded.cast, concluded.bad[0])
    with explained(session) as plans:
        public_editions(session, result.number)
        counts(session, "platform", "TL")
        public_results(session)
        public_rows(session, ways(session, Wanted(words=("玩具", "磁力"), platform="TL")))
    assert len(plans) == 6
    for plan in plans:
        assert not reads_whole(plan), plan
