"""Numbers that people quote: given once, in order, without a gap."""

from __future__ import annotations

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import Numbered, insert_into

WIDTH = 4  # grows by itself past 9999


def next_numbers(session: Session, agency_code: str, kind: str, count: int = 1) -> list[str]:
    """The next `count` numbers `KIND-AGENCY-YEAR-0001` of this agency, kind and year of Beijing.

    The counter's row stays locked until the transaction ends: a rollback gives the numbers back, so that no number is
    ever missing. Ask for a number as late as you can, and only after the case itself was taken.
    """
    year = clock.now().astimezone(BEIJING).year
    statement = insert_into(session, Numbered).values(agency_code=agency_code, kind=kind, year=year, n=count)
    last: int = session.execute(
        statement.on_conflict_do_update(
            index_elements=["agency_code", "kind", "year"], set_={"n": Numbered.n + count}
        ).returning(Numbered.n)
    ).scalar_one()
    return [f"{kind}-{agency_code}-{year}-{n:0{WIDTH}d}" for n in range(last - count + 1, last + 1)]


def next_number(session: Session, agency_code: str, kind: str) -> str:
    return next_numbers(session, agency_code, kind)[0]
