"""Two at once, each in a thread with a session and an engine of their own: nothing bends, and who loses is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.errors import Refused, Stale
from quality.core.events import Event
from quality.delivery.jobs import serve_received_notices
from quality.delivery.models import Receipt
from quality.delivery.operations import open_as_platform
from quality.lab.models import Finding
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.notices.operations import close, draft_notices, reopen
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.harness.notices import TEXTS, answered, desk_of, notice_at, run, sealing, seen, verified
from tests.harness.people import membership_of

ROUNDS = 6
EIGHT, TWENTY = 8, 20


def together(address: str, *deeds: Callable[[Session], Any]) -> list[Any]:
    """What each deed gave or raised. All have read what they need when the gate opens; each commits what it did."""
    gate = threading.Barrier(len(deeds))
    answers: list[Any] = [None] * len(deeds)

    def do(place: int) -> None:
        engine = sa.create_engine(address)
        try:
            with Session(engine) as session:
                session.info["gate"] = gate
                answers[place] = deeds[place](session)
                session.commit()
        except Exception as problem:
            answers[place] = problem
        finally:
            engine.dispose()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def working(session: Session, membership_id: int) -> Actor:
    return Actor.working_in(session.get_one(Membership, membership_id))


def events_of(session: Session, notice: Notice, action: str) -> int:
    of = sa.select(sa.func.count()).select_from(Event)
    return session.scalars(of.where(Event.subject_id == notice.id, Event.action == action)).one()


def test_eight_who_press_close_leave_one_event_and_seven_are_told(session, database, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ANSWERED, concluded.bad[0])
    verified(session, cast, notice.items[0])
    session.commit()
    notice_id, desk = notice.id, membership_of(cast.coordinator).id

    def press(own: Session) -> None:
        actor, theirs = working(own, desk), own.get_one(Notice, notice_id)
        own.info["gate"].wait()
        close(own, theirs, by=actor)

    answers = together(database, *[press] * EIGHT)

    session.expire_all()
    assert answers.count(None) == 1
    assert sum(isinstance(answer, Stale) for answer in answers) == EIGHT - 1
    assert (notice.status, events_of(session, notice, "close")) == (NoticeStatus.CLOSED, 1)


def test_a_notice_never_closes_while_a_listing_reopens(session, database, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ANSWERED, concluded.bad[0])
    item = notice.items[0]
    notice_id, item_id, desk = notice.id, item.id, membership_of(cast.coordinator).id

    def press_reopen(own: Session) -> str:
        actor, listing = working(own, desk), own.get_one(NoticeItem, item_id)
        assert listing.notice.status == NoticeStatus.ANSWERED
        own.info["gate"].wait()
        reopen(own, listing, by=actor)
        return "reopened"

    def press_close(own: Session) -> str:
        actor, theirs = working(own, desk), own.get_one(Notice, notice_id)
        own.info["gate"].wait()
        close(own, theirs, by=actor)
        return "closed"

    ends = set()
    for _round in range(ROUNDS):
        verified(session, cast, item)
        seen(session, cast, item, gone=False)
        session.commit()
        answers = together(database, press_reopen, press_close)
        session.expire_all()
        ends.add(str(notice.status))
        assert sum(isinstance(answer, Refused) for answer in answers) == 1, answers
        if "closed" in answers:
            assert (notice.status, item.status) == (NoticeStatus.CLOSED, ItemStatus.VERIFIED)
            reopen(session, item, by=cast.coordinator)
        else:
            assert (notice.status, item.status) == (NoticeStatus.ACKNOWLEDGED, ItemStatus.REOPENED)
        answered(session, cast, notice)
    assert ends <= {NoticeStatus.CLOSED, NoticeStatus.ACKNOWLEDGED}


def test_who_reopens_in_a_notice_that_closed_meanwhile_is_told(session, concluded):
    """The way round the notice's version: the listing alone moves, in a notice that was open when it was read."""
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.REOPENED, *concluded.bad)
    back, other = notice.items
    seen(session, cast, other, gone=False)
    session.commit()
    with sessionmaker(session.get_bind())() as slow:
        theirs = slow.get_one(NoticeItem, other.id)
        assert theirs.notice.status == NoticeStatus.REOPENED
        actor = working(slow, membership_of(cast.coordinator).id)
        answered(session, cast, notice)
        verified(session, cast, back)
        close(session, notice, by=cast.coordinator)
        session.commit()

        with pytest.raises(Refused, match="notice_ended"):
            reopen(slow, theirs, by=actor)
        slow.rollback()


def test_two_who_draft_from_one_finding_make_one_notice(session, database, concluded):
    cast = concluded.cast
    finding_id, desk = concluded.bad[0].id, membership_of(cast.coordinator).id
    session.commit()

    def press(own: Session) -> str:
        actor, finding = working(own, desk), own.get_one(Finding, finding_id)
        own.info["gate"].wait()
        return draft_notices(own, [finding], by=actor, **TEXTS)[0].reference

    answers = together(database, press, press)

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [no.code for no in refused] == ["already_on_notice"]
    assert session.scalars(sa.select(Notice.reference)).all() == [a for a in answers if a not in refused]


def test_jobs_on_several_machines_at_once_seal_and_serve_once(app, session, database, concluded):
    cast = concluded.cast
    notice = notice_at(session, cast, NoticeStatus.ISSUING, concluded.bad[0])
    session.commit()

    def tick(job: Callable[..., int]) -> list[Any]:
        def on_one_machine(own: Session) -> int:
            own.info["gate"].wait()
            with app.app_context():
                return job(sessionmaker(own.get_bind()), clock.now())

        return together(database, *[on_one_machine] * TWENTY)

    assert sorted(tick(sealing)) == [0] * (TWENTY - 1) + [1]
    session.expire_all()
    opened_at = cast.clock.advance(minutes=5)
    open_as_platform(session, notice, by=desk_of(cast, notice))
    session.commit()
    cast.clock.advance(minutes=5)
    assert sorted(tick(serve_received_notices)) == [0] * (TWENTY - 1) + [1]

    session.expire_all()
    assert (notice.served_at, events_of(session, notice, "serve")) == (opened_at, 1)
    assert session.scalars(sa.select(sa.func.count()).select_from(Receipt)).one() == 1
    assert run(session, serve_received_notices) == 0
