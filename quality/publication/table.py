"""The table of all results that match, as a stream of CSV: complete, of one moment, never in memory as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from quality.publication.finding import ways
from quality.publication.lines import COLUMNS, as_csv
from quality.publication.models import Entry, Line
from quality.publication.search import Wanted

AT_ONCE = 1_000  # lines in memory
WORD = {True: "yes", False: "no"}
LONGEST = 15 * 60  # seconds: so long the database keeps what is of this moment, for whoever reads slowly


class TooSlow(Exception):
    """Whoever reads it takes too long. The stream breaks off, and its end is missing for everybody to see."""


def table_of(connection: Connection, wanted: Wanted, pages: str) -> Iterator[bytes]:
    """In UTF-8 with its mark, the heading first, the newest result first; `pages` is where their addresses begin.

    `connection` sees one moment (core/moment.py): what is corrected meanwhile is not missed, and nothing comes twice.
    """
    heading = f"\ufeff{as_csv(str(heading) for heading in COLUMNS.values())}\r\n".encode()  # while it is known who asks
    return chain([heading], lines_of(connection, wanted, pages))


def lines_of(connection: Connection, wanted: Wanted, pages: str) -> Iterator[bytes]:
    until = time.monotonic() + LONGEST
    with Session(connection) as session:
        asked = lines_matching(session, wanted)
    with connection.execute(asked, execution_options={"yield_per": AT_ONCE}) as found:
        for some in found.partitions():
            lines = [f"{line},{pages}{line[: line.index(',')]},{WORD[of_label]}\r\n" for line, of_label in some]
            yield "".join(lines).encode()
            if time.monotonic() > until:
                raise TooSlow


def lines_matching(session: Session, wanted: Wanted) -> sa.Select[str, bool]:
    """A line begins with its number, which has no comma."""
    several = ways(session, wanted)
    if len(several) == 1:
        moment, key, found, _many = several[0]
        lines = found.with_only_columns(Line.line, Line.label_only, maintain_column_froms=True).where(
            Line.result_id == key
        )
        return lines.order_by(moment.desc(), key.desc())
    lines = sa.select(Line.line, Line.label_only).join(Entry, Entry.result_id == Line.result_id)
    lines = lines.where(Entry.result_id.in_(sa.union(*(each.found for each in several))) if several else sa.false())
    return lines.order_by(Entry.published_at.desc(), Entry.result_id.desc())
