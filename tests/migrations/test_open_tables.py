"""Files that are offered stay so on the way up and down; those of tables that were not there before are let go."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.opendata.jobs import make_open_data
from quality.opendata.models import DumpFile, DumpTable
from tests.harness.notices import run
from tests.harness.publication import published
from tests.harness.purchases import vault


def files() -> set[tuple[str, ...]]:
    found = db.session().scalars(sa.select(DumpFile))
    return {(each.table.value, each.format.value, each.sha256) for each in found}


def test_files_of_results_stay(session, concluded):
    published(session, concluded.cast, concluded.bad[0])
    run(session, lambda sessions, now: make_open_data(sessions, vault(), ("https://mingcha.example", 30), now))
    before = files()
    db.session.remove()

    migrations.downgrade("0097_stated")
    migrations.upgrade()

    kept = files()
    assert kept == {each for each in before if each[0] == DumpTable.RESULTS and not each[1].endswith(".gz")}
    assert len(kept) == len(before) / 2 - 2
