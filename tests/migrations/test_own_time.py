"""What was asked again before listings had their own time is still to be heard of, listing by listing; and of which
case each clock is, also where it runs for a part.
"""

from __future__ import annotations

import sqlalchemy as sa

from quality.clocks.models import Clock
from quality.core import migrations
from quality.core.db import db
from quality.notices.models import NoticeItem, NoticeStatus
from quality.notices.operations import send_back
from tests.harness.notices import notice_at, seen


def asked(session):
    said = sa.select(NoticeItem.status, NoticeItem.asked_again_at, NoticeItem.asked_again_in).order_by(NoticeItem.id)
    return session.execute(said).all()


SINCE = ("shipment", "parcel")  # rules of clocks that an older program did not know: on its way down they end


def cases(session):
    of = sa.select(Clock.subject_type, Clock.case_type, Clock.case_id).where(Clock.rule.not_in(SINCE))
    return session.execute(of.order_by(Clock.id)).all()


def test_what_was_asked_again_outlives_the_way_down_and_up(session, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ANSWERED, *concluded.bad)
    for item in notice.items[1:]:
        seen(session, cast, item, gone=False)
        send_back(session, item, by=cast.coordinator)
    session.commit()
    there, many, clocks = asked(session), len(notice.items), cases(session)
    assert ("notice_item", "notice", notice.id) in clocks and ("portion", "sample") in {each[:2] for each in clocks}
    db.session.remove()

    migrations.downgrade("0055_clock_authority")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT asked_again_at IS NOT NULL FROM notice")).all() == [(True,)]
    migrations.upgrade()

    session = db.session()
    assert (asked(session), cases(session)) == (there, clocks)
    assert [status for status, at, _in in there if at] == ["returned"] * (many - 1)
