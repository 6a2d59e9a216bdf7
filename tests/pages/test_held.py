"""Who had a case how long: a pure count over its events, drawn for those who may read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from quality.core.events import Event
from quality.notices.models import NoticeStatus
from quality.pages.held import Stretch, drawn, held, lasting, stretches
from quality.pages.kinds import KINDS
from quality.pages.words import STATUSES, Party
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.notices import notice_at

BEGAN = datetime(2026, 9, 1, 8, tzinfo=UTC)
NOTICE = STATUSES["notice"]


def on(day: float) -> datetime:
    return BEGAN + timedelta(days=day)


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        ([], []),
        ([(0, "draft")], [("coordinator", 0, 10)]),
        (
            [(0, "draft"), (2, "in_review"), (3, "draft")],
            [("coordinator", 0, 2), ("reviewer", 2, 3), ("coordinator", 3, 10)],
        ),
        ([(0, "draft"), (1, "draft"), (2, "in_review")], [("coordinator", 0, 2), ("reviewer", 2, 10)]),
        ([(0, "served"), (4, "closed")], [("platform", 0, 4)]),
        ([(0, "served"), (4, "closed"), (6, "reopened")], [("platform", 0, 4), ("platform", 6, 10)]),
        ([(3, "draft"), (1, "in_review")], [("coordinator", 3, 3), ("reviewer", 3, 10)]),  # a clock fell back
    ],
)  # fmt: skip
def test_each_has_it_from_one_move_to_the_next(moves, says):
    found = stretches([(on(day), status) for day, status in moves], NOTICE, on(10))
    assert found == [Stretch(Party(who), on(since), on(until)) for who, since, until in says]


def test_the_bars_stand_where_the_times_are_and_none_is_too_narrow_to_see():
    bar = drawn(stretches([(on(0), "draft"), (on(5), "in_review"), (on(5.001), "served")], NOTICE, on(10)))
    assert bar
    lanes = {str(lane.who): lane.bars for lane in bar.lanes}
    assert len(lanes) == 3
    assert [(each.x, each.width) for bars in lanes.values() for each in bars] == [
        ("0.00%", "50.00%"), ("50.00%", "0.60%"), ("50.01%", "49.99%"),
    ]  # fmt: skip
    assert drawn([]) is None and drawn([Stretch(Party.REVIEWER, on(1), on(1))]) is None
    assert [str(lasting(timedelta(hours=n))) for n in (0.5, 1, 47, 49)] == [
        "less than an hour",
        "1 h",
        "47 h",
        "2 days",
    ]


@on_sqlite
def test_the_dossier_shows_it_and_a_platform_sees_no_time_before_the_issue(session, cast, sent, clock, sign_in):
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    desk = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    for actor in (cast.coordinator, desk):
        give_password(session, actor.person)
    session.commit()
    clock.advance(days=3)
    ours, theirs = (held(session, KINDS["notice"], notice, actor) for actor in (cast.coordinator, desk))
    assert ours and theirs and len(ours.lanes) > len(theirs.lanes) == 1
    first = session.scalars(sa.select(Event.at).filter_by(subject_type="notice", subject_id=notice.id).limit(1)).one()
    assert ours.since == first
    for actor in (cast.coordinator, desk):
        assert "Who had it how long" in sign_in(actor).get(f"/desk/notice/{notice.number}").text
    assert held(session, KINDS["campaign"], notice.items[0].finding.sample.campaign, cast.coordinator) is None
