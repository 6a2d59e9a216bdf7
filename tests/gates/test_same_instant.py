"""The same form sent twice at the same instant: one is recorded, and the other is told what happened.

Both requests read before either writes: each waits for the other at its first statement that writes. Where the other
waits for a row that the first has locked, nobody comes: then they go on.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.core.events import Event
from quality.lab.queries import standing_finding
from quality.notices.models import NoticeStatus
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.purchases.models import SampleStatus
from tests.gates.test_bad_input import NOT_OF_THE_RECORD
from tests.harness.apps import WRITES
from tests.harness.clock import HeldClock
from tests.harness.databases import on_postgresql
from tests.harness.desk import PASSWORD
from tests.harness.doors import Door, doors
from tests.harness.lab import BAD, proposed_finding, reported_sample
from tests.harness.labels import sealed_with
from tests.harness.notices import notice_at
from tests.harness.people import Cast, membership_of
from tests.harness.reading import read, said
from tests.harness.snapshots import Road, Snapshot

pytestmark = on_postgresql
AT_ONCE = {
    "conformance": {"endpoint": 2},  # of one run: the system's own, and the one whose secret is a forger's
    "covers": {"cover_identity": 2},  # two lines of one form
}
LOCKED_OUT = sa.text(
    "SELECT true FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
OF_THE_SITTING = {"sitting", "attempt"}  # written apart, by every request


@pytest.fixture
def road() -> Road:
    return doors


class Gate:
    """Holds each of two threads before it writes for the first time, until the other is there or is done."""

    def __init__(self) -> None:
        self.inside = threading.local()
        self.barrier = threading.Barrier(2)

    def enter(self) -> None:
        self.inside.waits = True

    def leave(self) -> None:
        self.inside.waits = False
        self.barrier.abort()

    def open_if_nobody_comes(self, onlooker: sa.Connection) -> None:
        if self.barrier.n_waiting and onlooker.execute(LOCKED_OUT).first():
            self.barrier.abort()

    def before(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if getattr(self.inside, "waits", False) and set(WRITES.findall(statement)) - OF_THE_SITTING:
            self.inside.waits = False
            with suppress(threading.BrokenBarrierError):  # the other wrote nothing
                self.barrier.wait(timeout=5)


@contextmanager
def gate_before_writes() -> Iterator[Gate]:
    gate = Gate()
    sa.event.listen(db.engine, "before_cursor_execute", gate.before)
    try:
        yield gate
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", gate.before)


def both_at_once(clients: list[Any], door: Door, proposed: dict[str, list[str]]) -> list[Any]:
    """What each got, or what it raised."""
    return each_at_once(clients, [(door.address, door.body(proposed)) for _client in clients])


def each_at_once(clients: list[Any], sent: list[tuple[str, Any]]) -> list[Any]:
    """The same of two forms, each with an address of its own."""
    answers: list[Any] = [None, None]
    with gate_before_writes() as gate:

        def send(place: int) -> None:
            gate.enter()
            try:
                address, body = sent[place]
                answers[place] = clients[place].post(address, data=body, buffered=True)
            except Exception as problem:
                answers[place] = problem
            finally:
                gate.leave()

        threads = [threading.Thread(target=send, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        with db.engine.connect().execution_options(
            isolation_level="AUTOCOMMIT"
        ) as onlooker:  # who looks anew each time
            while any(thread.is_alive() for thread in threads):
                threads[0].join(0.02)
                threads[1].join(0.02)
                gate.open_if_nobody_comes(onlooker)
    return answers


class Desk:
    """Two browsers of everybody who stands before a form."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app, self.session = app, session
        self.browsers: dict[int, list[Any]] = {}

    def two(self, door: Door) -> list[Any]:
        if door.membership not in self.browsers:
            self.session.commit()
            person = Actor.working_in(self.session.get_one(Membership, door.membership)).person
            assert person
            self.browsers[door.membership] = [self.browser(person.email) for _two in range(2)]
        return self.browsers[door.membership]

    def browser(self, email: str) -> Any:
        """Without what our own client asks in the test's thread: it would look into the other's session."""
        client = FlaskClient(self.app, self.app.response_class, use_cookies=True)
        self.open(client, "/account/sign-in?lang=en")
        typed = {"email": email, "password": PASSWORD}
        assert self.open(client, "/account/sign-in", method="POST", data=typed).status_code == 302
        return client

    def open(self, client: Any, address: str, **sent: Any) -> Any:
        with self.app.app_context():  # one of its own, as in life
            return client.open(address, **sent)

    def recorded(self, after: int) -> list[Event]:
        self.session.rollback()
        return list(self.session.scalars(sa.select(Event).where(Event.id > after).order_by(Event.id)))

    def last(self) -> int:
        self.session.rollback()
        return self.session.scalars(sa.select(sa.func.max(Event.id))).one() or 0


def test_of_the_same_form_sent_twice_at_once_one_is_recorded(
    app: Flask, session: Session, clock: HeldClock, arrived: Snapshot
) -> None:
    clock.moment = arrived.moment
    desk, wrong = Desk(app, session), []
    for door in arrived.left:
        if door.name in NOT_OF_THE_RECORD:
            continue
        clients = desk.two(door)
        proposed = read(desk.open(clients[0], door.page).text).sent(door.address)
        before = desk.last()
        answers = both_at_once(clients, door, proposed)
        if complaint := wrong_with(answers, desk.recorded(before), AT_ONCE.get(door.name, {})):
            wrong.append(f"{door.name}: {complaint}; {[told(each) for each in answers]}")
    assert wrong == []


def wrong_with(answers: list[Any], new: list[Event], at_once: dict[str, int] | None = None) -> str:
    if any(isinstance(each, Exception) or each.status_code not in {200, 302, 409, 422} for each in answers):
        return "no answer"
    if all(each.status_code in {409, 422} for each in answers) or not new:
        return "nothing was recorded"
    times = Counter((event.subject_type, event.subject_id, event.action, event.part) for event in new)
    whole = (each for each in new if each.action == "create" and each.part is None)
    made = Counter(each.subject_type for each in whole if each.subject_type != "document")  # one in each language
    if max(times.values()) > 1 or any(many > (at_once or {}).get(kind, 1) for kind, many in made.items()):
        return f"recorded twice: {times.most_common(3)}"
    return ""


def told(answer: Any) -> str:
    if isinstance(answer, Exception):
        return repr(answer)[:300]
    page = read(answer.text)
    words = " ".join(said(each) for name in ("mc-errors", "mc-read") for each in page.of_class(name))
    return f"{answer.status_code} {' '.join(words.split())[:200]}"


def test_of_the_same_move_without_a_form_sent_twice_at_once_one_is_recorded(
    app: Flask, session: Session, cast: Cast
) -> None:
    """Moves that take no more than a note; of one of them a finding comes."""
    asked = [
        ("sample", reported_sample(session, cast, BAD), "propose_finding", cast.coordinator),
        ("finding", proposed_finding(session, cast), "confirm", cast.reviewer),
        ("notice", notice_at(session, cast, NoticeStatus.DRAFT), "submit", cast.coordinator),
        ("notice", notice_at(session, cast, NoticeStatus.IN_REVIEW), "return", cast.reviewer),
    ]
    session.commit()
    desk, wrong = Desk(app, session), []
    for kind, case, move, actor in asked:
        address = f"/desk/{kind}/{KINDS[kind].number(case)}/{move}"
        door = Door(f"{kind}/{move}", membership_of(actor).id, address, address, {"note": "同时"}, {})
        version, clients, before = str(case.version), desk.two(door), desk.last()
        answers = both_at_once(clients, door, {"version": [version]})
        if complaint := wrong_with(answers, desk.recorded(before)):
            wrong.append(f"{door.name}: {complaint}; {[told(each) for each in answers]}")
    assert wrong == []


def test_of_a_dispatch_and_a_finding_on_the_label_at_once_one_is_done(app: Flask, session: Session, cast: Cast) -> None:
    """No finding waits for a reviewer on goods that have left."""
    desk, wrong = Desk(app, session), []
    for _time in range(3):
        sample = sealed_with(session, cast, "warnings")
        session.commit()
        here, way = f"/desk/sample/{sample.number}", {"laboratory": str(cast.laboratory.id), "courier": "顺达快递"}
        leaves = {"version": str(sample.version), "parcel_no": "SD-1", "no_photo": "无", "no_scan": "标签已湿"} | way
        proposes = {"version": str(sample.version), "note": ""}
        door = Door("sample/dispatch", membership_of(cast.coordinator).id, here, here, {}, {})
        answers = each_at_once(
            desk.two(door), [(f"{here}/dispatch", leaves), (f"{here}/propose_label_finding", proposes)]
        )
        session.rollback()
        session.expire_all()
        waits, left = standing_finding(session, sample) is not None, sample.status is SampleStatus.DISPATCHED
        if waits == left or sorted(each.status_code for each in answers) != [302, 409]:
            wrong.append(f"waits: {waits}, left: {left}; {[told(each) for each in answers]}")
    assert wrong == []
