"""Who may change a deadline: nobody, one person, or two where it is another party's time."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from quality.clocks.changing import Change, change, decide, open_requests, waiting_for
from quality.clocks.models import ChangeKind, ClockRequest
from quality.clocks.operations import Allowed, start, stop
from quality.clocks.queries import clocks_of
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.people.actor import SYSTEM
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.people import hire

ALLOWED = Allowed("市局副局长 方知行", "云市监延〔2026〕3号")


def wanted(kind=ChangeKind.EXTEND, **changed) -> Change:
    days = 2 if kind is ChangeKind.EXTEND else None
    return Change(**({"kind": kind, "reason": "台风停运", "allowed": ALLOWED, "days": days} | changed))


def test_one_person_extends_the_own_time_and_the_count_says_on_whose_word(session, cast, case, clock, events_of):
    begun = start(session, case, "verify_claim", clock.now())
    before = begun.due_on

    assert change(session, begun, wanted(), by=cast.coordinator) is None
    session.commit()

    assert (begun.due_on - before).days >= 2
    told = str(clocks_of(session, case)[0].explanation)
    assert "台风停运 (allowed by 市局副局长 方知行, 云市监延〔2026〕3号)" in told
    (event,) = events_of(case)
    assert (event.action, event.details["decision_no"]) == ("clock_extend", ALLOWED.decision_no)


def test_another_partys_time_takes_two_and_counts_from_the_asking(session, cast, case, clock, events_of):
    begun = start(session, case, "acknowledge", clock.now())
    before = begun.due_on
    asked = change(session, begun, wanted(), by=cast.coordinator)
    assert asked is not None and begun.due_on == before
    assert waiting_for(session, cast.coordinator) == [] and waiting_for(session, cast.reviewer) == [asked]
    session.commit()

    clock.advance(days=30)  # the answer comes when the period would long be over
    decide(session, asked, grant=True, answer="同意", by=cast.reviewer)
    session.commit()

    assert begun.due_on > before and begun.changes[0].at == asked.asked_at
    assert open_requests(session, [begun.id]) == {}
    assert [event.action for event in events_of(case)] == ["clock_ask", "clock_grant", "clock_extend"]


@on_sqlite
def test_what_is_refused_changes_nothing_and_says_why(session, cast, case, clock, events_of):
    begun = start(session, case, "acknowledge", clock.now())
    asked = change(session, begun, wanted(ChangeKind.PAUSE), by=cast.coordinator)
    assert asked is not None
    with pytest.raises(Invalid, match="answer"):
        decide(session, asked, grant=False, answer=" ", by=cast.reviewer)

    decide(session, asked, grant=False, answer="理由不足", by=cast.reviewer)

    assert begun.paused_at is None and begun.changes == []
    assert (asked.granted, asked.answer) == (False, "理由不足")
    with pytest.raises(Refused, match="decided_already"):
        decide(session, asked, grant=True, answer="", by=cast.reviewer)


@on_sqlite
def test_nobody_decides_what_they_asked_for_themselves(session, cast, case, clock):
    begun = start(session, case, "acknowledge", clock.now())
    asked = change(session, begun, wanted(), by=cast.reviewer)
    assert asked is not None
    with pytest.raises(Refused, match="four_eyes"):
        decide(session, asked, grant=True, answer="", by=cast.reviewer)
    with pytest.raises(NotPermitted):
        decide(session, asked, grant=True, answer="", by=cast.coordinator)
    decide(session, asked, grant=True, answer="", by=hire(session, cast.agency, Role.REVIEWER))
    assert begun.changes


def test_the_database_knows_of_four_eyes_and_of_one_request_at_a_time(session, cast, case, clock):
    begun = start(session, case, "acknowledge", clock.now())
    asked = change(session, begun, wanted(), by=cast.coordinator)
    assert asked is not None
    with pytest.raises(Refused, match="asked_already"):
        change(session, begun, wanted(), by=cast.coordinator)
    session.commit()
    again = {"clock_id": begun.id, "agency_id": cast.agency.id, "kind": ChangeKind.PAUSE, "reason": "r"}
    for wrong in (
        {},
        {"granted": True, "decided_at": clock.now(), "decided_by_id": cast.coordinator.id},
    ):
        more = {"allowed_by": "x", "asked_at": clock.now(), "asked_by_id": cast.coordinator.id}
        session.add(ClockRequest(**again, **more, **wrong))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


@on_sqlite
def test_a_period_of_the_law_is_changed_by_nobody_and_says_whose_it_is(app, session, cast, case, clock):
    begun = start(session, case, "objection", clock.now())
    with app.test_request_context("/?lang=en"):
        for kind in (ChangeKind.PAUSE, ChangeKind.EXTEND):
            with pytest.raises(Refused) as refused:
                change(session, begun, wanted(kind), by=cast.coordinator)
            assert "Product Quality Law, Art. 15" in str(refused.value.reason)


@on_sqlite
def test_what_stands_runs_again_by_one_persons_word(session, cast, case, clock):
    begun = start(session, case, "acknowledge", clock.now())
    asked = change(session, begun, wanted(ChangeKind.PAUSE), by=cast.coordinator)
    assert asked is not None
    decide(session, asked, grant=True, answer="", by=cast.reviewer)
    assert begun.paused_at
    clock.advance(days=1)

    assert change(session, begun, wanted(ChangeKind.RESUME), by=cast.coordinator) is None

    assert begun.paused_at is None


@on_sqlite
def test_what_cannot_be_changed_is_not_asked_for(session, cast, case, clock):
    begun = start(session, case, "acknowledge", clock.now())
    for changed, field in (
        ({"reason": " "}, "reason"),
        ({"allowed": Allowed()}, "allowed_by"),
        ({"allowed": Allowed("x" * 101)}, "allowed_by"),
        ({"days": 0}, "days"),
        ({"days": None}, "days"),
    ):
        with pytest.raises(Invalid, match=field):
            change(session, begun, wanted(**changed), by=cast.coordinator)
    for nobody in (hire(session, cast.below, Role.COORDINATOR), cast.desk):
        with pytest.raises(NotPermitted):
            change(session, begun, wanted(), by=nobody)
    change(session, begun, wanted(), by=cast.coordinator)
    assert len(waiting_for(session, cast.reviewer)) == 1
    stop(session, case, "acknowledge", clock.now(), by=SYSTEM)
    assert waiting_for(session, cast.reviewer) == []
    with pytest.raises(Refused, match="stopped"):
        change(session, begun, wanted(), by=cast.coordinator)
