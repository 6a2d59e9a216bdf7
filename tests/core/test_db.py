"""What the database layer promises on both databases."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.db import Numbered


def test_a_savepoint_that_comes_before_any_write_is_undone_with_its_transaction(session: Session) -> None:
    session.commit()
    with session.begin_nested():
        session.add(Numbered(agency_code="YZ", kind="T", year=2026, n=1))
    session.rollback()
    kept = sa.select(Numbered).where(Numbered.agency_code == "YZ", Numbered.kind == "T")
    assert session.scalars(kept).all() == []


def test_what_a_savepoint_brought_is_kept_with_its_transaction(session: Session) -> None:
    with session.begin_nested():
        session.add(Numbered(agency_code="YZ", kind="T", year=2026, n=1))
    session.commit()
    session.expire_all()
    assert session.get_one(Numbered, ("YZ", "T", 2026)).n == 1
