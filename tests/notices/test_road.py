"""Every status of a notice is reached by the real road, and every move leaves one event."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from quality.core.events import Event
from quality.notices.models import NoticeStatus
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at


@on_sqlite
@pytest.mark.parametrize("status", list(NoticeStatus))
def test_every_status_is_reached(session, concluded, status):
    assert notice_at(session, concluded.cast, status, concluded.elsewhere).status == status


def test_the_whole_road_is_one_chain_of_events(session, concluded):
    """On both databases; every move counts the notice's version up by one, and no event is missing or doubled."""
    notice = notice_at(session, concluded.cast, NoticeStatus.REOPENED, *concluded.bad)

    told = sa.select(Event).where(Event.subject_type == "notice", Event.subject_id == notice.id).order_by(Event.seq)
    events = session.scalars(told).all()
    assert [event.seq for event in events] == list(range(1, notice.version + 1))
    assert events[-1].digest == notice.digest
    moves = [event.action for event in events if event.part is None and event.old_status]
    assert moves == [
        "submit", "approve", "issue", "sealed", "serve", "acknowledge", "answer", "close", "reopen",
    ]  # fmt: skip
