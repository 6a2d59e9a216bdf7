"""Purchases from before checklists were data: they stay as they are on the way down and up, and the record too."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.purchases.checklist_editions import approve_checklist, propose_checklist
from quality.purchases.checklists import usual
from quality.purchases.models import TaskStatus
from quality.purchases.operations.waiving import go_without
from tests.harness.purchases import task_at

TASKS = "SELECT number, status, version FROM task ORDER BY id"


def rows(text):
    with db.engine.connect() as connection:
        return connection.execute(sa.text(text)).all()


@pytest.mark.breaks_the_record  # an edition is a subject of its own, and goes with its table
def test_purchases_stay_when_lists_and_reasons_go(session, in_field):
    task = task_at(session, in_field, TaskStatus.ASSIGNED)
    go_without(session, task, "seller", "gone", "页面已下线", by=in_field.buyer)
    more = [each._replace(least=2) for each in usual()]
    approve_checklist(
        session, propose_checklist(session, "", more, by=in_field.coordinator), by=in_field.reviewer
    )  # fmt: skip
    session.commit()
    there = rows(TASKS)
    db.session.remove()
    migrations.downgrade("0113_cover_protection")
    assert rows(TASKS) == there
    assert not {"waiver", "checklist_edition"} & set(sa.inspect(db.engine).get_table_names())
    migrations.upgrade()
    assert rows(TASKS) == there
    assert rows("SELECT count(*) FROM waiver") == [(0,)]
