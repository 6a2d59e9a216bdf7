"""Lines that are there of a label alone lose the laboratory that was none, and get it back on the way down."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from tests.harness.labels import label_finding
from tests.harness.publication import published

LINES = sa.text("SELECT line FROM result_line ORDER BY result_id")


def test_the_lines_about_a_label_are_written_anew(session, concluded):
    cast = concluded.cast
    on_label = published(session, cast, label_finding(session, cast))
    agency, laboratory = on_label.copy["agency"]["name"], concluded.good.report.laboratory.name
    published(session, cast, concluded.good)
    session.commit()
    now = session.scalars(LINES).all()
    assert now[0].endswith(f",{agency},") and now[1].endswith(f",{agency},{laboratory}")
    db.session.remove()

    migrations.downgrade("0115_sample_notices")
    assert db.session().scalars(LINES).all() == [f"{now[0]}{agency}", now[1]]
    db.session.remove()

    migrations.upgrade()
    assert db.session().scalars(LINES).all() == now
    said = sa.text("SELECT label_only FROM result_line ORDER BY result_id")
    assert [bool(each) for each in db.session().scalars(said)] == [True, False]
