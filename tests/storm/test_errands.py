"""What the storm's people do beside the moves of a case: in fair weather all of it comes to something."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.notices.models import NoticeStatus
from quality.walk.doors import served
from tests.harness.beginnings import concluding
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.likeness import look, shelve
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.snapshots import Road
from tests.storm.errands import ERRANDS, OnAnErrand
from tests.storm.ground import plan_of
from tests.storm.journal import Came, Journal
from tests.storm.prepare import everybody
from tests.storm.programs import ByKey
from tests.storm.test_squall import Standing

OFTEN = 12  # that each is tried at most: chance may have it that there is nothing to do


@pytest.fixture
def road() -> Road:
    return concluding


@on_sqlite
def test_each_errand_can_be_done(app: Flask, session: Session, cast: Cast, clock: HeldClock) -> None:
    people = {who.name: who for who in everybody(session, cast)}
    shelve(session, cast)
    look(session)
    for status in (NoticeStatus.ISSUED, NoticeStatus.ISSUED, NoticeStatus.SERVED, NoticeStatus.ANSWERED):
        notice_at(session, cast, status)
    session.commit()
    journal, undone = Journal(), []
    with served(app) as client:
        base, standing = str(client.base_url).rstrip("/"), Standing(clock)
        actors = [
            ByKey(people[name], base, standing, journal, plan_of(3, name))
            for name in ("coordinator", "desk", "other desk", "reviewer")
        ]
        for errand, its in ((errand, actor) for actor in actors for errand in dict.fromkeys(ERRANDS[actor.who.role])):
            before = sum(1 for _ in done(journal))
            for _ in range(OFTEN):
                clock.advance(minutes=1)
                errand(OnAnErrand(its))
                if sum(1 for _ in done(journal)) > before:
                    break
            else:
                undone.append((its.who.name, errand.__name__, [(e.status, e.code) for e in journal.entries[-3:]]))

    assert undone == []


def done(journal: Journal):
    return (entry for entry in journal.of(Came.DONE) if entry.deed != "evidence")
