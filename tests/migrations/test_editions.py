"""A notice that was issued before there were editions begins with its original, and what it says stays what it was."""

from __future__ import annotations

import sqlalchemy as sa

from quality.core import migrations
from quality.core.db import db
from quality.notices.models import EditionKind, Notice, NoticeEdition, NoticeStatus
from tests.harness.notices import notice_at


def test_what_was_issued_is_its_own_first_edition(session, concluded):
    cast = concluded.cast
    issued, draft = notice_at(session, cast, NoticeStatus.SERVED), notice_at(session, cast, NoticeStatus.DRAFT)
    session.commit()
    sealed, moment, drafted = issued.sealed, issued.issued_at, draft.id
    seq = session.scalars(sa.select(NoticeEdition.in_version)).one()
    db.session.remove()

    migrations.downgrade("0067_inquiry")
    assert "notice_edition" not in sa.inspect(db.engine).get_table_names()
    migrations.upgrade()

    again = db.session()
    first = again.scalars(sa.select(NoticeEdition)).one()
    assert (first.kind, first.edition, first.sealed, first.issued_at) == (EditionKind.ORIGINAL, 1, sealed, moment)
    assert (first.in_version, first.changed, first.withdrawn) == (seq, [], [])
    assert again.get_one(Notice, drafted).edition == 1
