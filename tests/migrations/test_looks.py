"""Looks from before say no code: they stay as they were, and what was a buyer's own is known as such all the same."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.core.events import Access
from quality.purchases.looks import Wanted, looked_at
from quality.purchases.models import TaskStatus
from quality.purchases.operations import show_identity
from tests.harness.purchases import cipher, task_at


def test_a_look_from_before_has_no_code_and_a_buyers_own_is_still_known(session, cast):
    task = task_at(session, cast, TaskStatus.ORDERED)
    for by in (cast.buyer, cast.coordinator):
        show_identity(session, task, by=by, cipher=cipher(), why="核对")
    session.commit()
    reviewer, coordinator = cast.reviewer, cast.coordinator.id
    db.session.remove()

    migrations.downgrade("0112_met")
    migrations.upgrade()

    assert set(db.session.scalars(sa.select(Access.reason))) == {""}
    [look] = looked_at(db.session(), reviewer, Wanted()).looks
    assert (look.reader, look.reason) == (coordinator, "")
