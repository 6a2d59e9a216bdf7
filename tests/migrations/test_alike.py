"""Samples outlive the way down and up without what was asked of them later; what was like them is found again."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.likeness.models import Alike, Decision
from quality.notices.operations import Choice, decide
from quality.purchases.models import Sample
from tests.harness.likeness import alike_to, look


def test_samples_stay_and_what_was_like_them_is_looked_for_anew(session, concluded):
    cast, finding = concluded.cast, concluded.bad[0]
    found = alike_to(session, cast, finding)
    decide(session, [Choice(found["A1"], 1)], Decision.CONFIRMED, by=cast.coordinator)
    session.commit()
    numbers = session.scalars(sa.select(Sample.number).order_by(Sample.id)).all()
    assert set(session.scalars(sa.select(Sample.model))) == {"CL-64"}
    db.session.remove()

    migrations.downgrade("0058_captures")
    with db.engine.connect() as connection:
        assert connection.scalars(sa.text("SELECT number FROM sample ORDER BY id")).all() == numbers
    assert not {"alike", "looked_through"} & set(sa.inspect(db.engine).get_table_names())

    migrations.upgrade()
    again = db.session()
    assert set(again.scalars(sa.select(Sample.barcode))) == {""}
    assert look(again) > 0
    assert again.scalars(sa.select(sa.func.count()).select_from(Alike).where(Alike.decision.is_not(None))).one() == 0
