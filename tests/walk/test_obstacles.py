"""What can stand in the way of a walk: another one at the same moment, people, a slow machine, a job that fails."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from quality.campaigns.operations import drawing
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.record import verify
from quality.core.words import _
from quality.people.models import Organisation
from quality.permissions import Role
from quality.purchases import operations as purchases
from quality.purchases.models import Task
from quality.walk import crew, disposal, steps
from tests.harness.databases import on_sqlite
from tests.walk.files import ANNOUNCED, CONFORMING, GOOD, PEAR, write
from tests.walk.test_crashes import doubled

READ_AGAIN = "_what_was_hashed"  # the slow part of freezing and of drawing


def test_two_walks_of_one_file_at_once_make_no_sample_twice(walked, app, tmp_path):
    path = write(tmp_path / "cases.csv", [GOOD])
    gate, answers = threading.Barrier(2), [None, None]

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                answers[place] = walked(path)
            except Refused as no:
                answers[place] = no
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert None not in answers  # each came to an end, or was told why not
    seen = walked(path)
    assert (seen.problems, seen.answer["samples"], seen.answer["items_verified"]) == ([], 1, 1)
    assert len(seen.answer["results"]) == 1
    assert doubled(db.session()) == set()
    assert verify(db.session(), app.config["SETTINGS"].roots_folder).broken is None


@on_sqlite
def test_who_starts_a_second_walk_at_the_same_moment_is_told_to_wait(walked, tmp_path, monkeypatch):
    def founded_by_the_other(*_given, **_named):
        raise IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed: organisation.code"))

    monkeypatch.setattr(crew, "add_organisation", founded_by_the_other)
    with pytest.raises(Refused) as no:
        walked(write(tmp_path / "cases.csv", [GOOD]))
    assert no.value.code == "walked_elsewhere"


@on_sqlite
def test_a_slow_machine_gets_a_later_public_number(walked, tmp_path, clock, monkeypatch):
    """Freezing reads the frame again: if that takes longer than the number is away, the number is out already."""
    read, waits = vars(drawing)[READ_AGAIN], iter((5, 30, 0, 0))

    def slowly(*given):
        clock.advance(seconds=next(waits))
        return read(*given)

    monkeypatch.setattr(drawing, READ_AGAIN, slowly)
    assert walked(write(tmp_path / "cases.csv", [CONFORMING])).problems == []
    assert list(waits) == []  # it was slow, as often as it could be


@on_sqlite
def test_a_machine_that_is_far_too_slow_is_told_and_nothing_is_lost(walked, tmp_path, clock, monkeypatch):
    path, read = write(tmp_path / "cases.csv", [CONFORMING]), vars(drawing)[READ_AGAIN]

    def far_too_slowly(*given):
        clock.advance(minutes=10)
        return read(*given)

    with monkeypatch.context() as slow:
        slow.setattr(drawing, READ_AGAIN, far_too_slowly)
        with pytest.raises(Refused) as no:
            walked(path)
    assert no.value.code == "number_exists"
    assert walked(path).problems == []


@on_sqlite
def test_a_task_that_people_ended_otherwise_is_named(walked, tmp_path, session, monkeypatch):
    path = write(tmp_path / "cases.csv", [GOOD, CONFORMING])
    with monkeypatch.context() as stopped:
        stopped.setattr(steps, "TASK_STEPS", {})
        assert {problem.code for problem in walked(path).problems} == {"not_at_its_end"}
    task = session.scalars(sa.select(Task).join(Task.drawn).where(sa.text("listing_id = '529094391099'"))).one()
    agency = session.scalars(sa.select(Organisation).where(Organisation.code == crew.AGENCY)).one()
    coordinator, buyer = (crew.actor(session, agency, role) for role in (Role.COORDINATOR, Role.BUYER))
    purchases.assign(session, task, buyer.person, by=coordinator)
    purchases.give_up(session, task, "delisted", by=buyer)
    session.commit()

    seen = walked(path)

    assert [(p.field, p.code) for p in seen.problems] == [("row 2 (row=181)", "not_at_its_end")]
    assert len(seen.answer["results"]) == 1


@on_sqlite
def test_what_the_rules_refuse_is_named_by_row_the_others_go_on_and_a_later_walk_too(walked, tmp_path, monkeypatch):
    """Two platforms: one notice does not move on, the other does."""
    path = write(tmp_path / "cases.csv", [ANNOUNCED[3], GOOD, CONFORMING])

    def refuse(kit, session, notice):
        if notice.platform.name == PEAR:
            raise Refused("not_today", _("Say what changed and why"))
        disposal.acknowledge(kit, session, notice)

    with monkeypatch.context() as refusing:
        refusing.setitem(disposal.NOTICE_STEPS, disposal.NoticeStatus.SERVED, refuse)
        seen = walked(path)
    assert [(p.field, p.code) for p in seen.problems] == [("row 2 (row=42)", "not_today")]
    assert (seen.answer["items_verified"], seen.answer["by_status"]["campaigns"]) == (1, {"in_field": 1})
    assert seen.answer["by_status"]["notices"] == {"closed": 1, "served": 1}

    seen = walked(path)
    assert (seen.problems, seen.answer["by_status"]["campaigns"]) == ([], {"closed": 1})


@on_sqlite
def test_a_job_that_does_nothing_a_platform_that_is_refused_and_a_result_that_cannot_be_proposed_are_named(
    walked, tmp_path, clock, monkeypatch
):
    path = write(tmp_path / "cases.csv", [ANNOUNCED[3] | {"reinspection_lab": ""}])

    with monkeypatch.context() as broken:
        broken.setattr(disposal.jobs, "JOBS", [])
        broken.setattr(disposal, "propose_without", no_reason)
        named = walked(path).problems
        assert [(p.field, p.code) for p in named] == [
            ("row 2 (row=42)", "job_did_nothing"),
            ("row 2 (row=42), reason", "missing"),
        ]

    answer = disposal.answer
    with monkeypatch.context() as hasty:
        hasty.setitem(
            disposal.NOTICE_STEPS, disposal.NoticeStatus.ACKNOWLEDGED, lambda *case: early(clock, answer, *case)
        )
        assert [p.code for p in walked(path).problems] == ["before_the_notice"]
    clock.advance(days=1)
    assert walked(path).problems == []


def no_reason(*_given):
    raise Invalid(FieldProblem("reason", "missing", _("Say what changed and why")))


def early(clock, answer, *case):
    clock.advance(hours=-1)
    try:
        answer(*case)
    finally:
        clock.advance(hours=1)
