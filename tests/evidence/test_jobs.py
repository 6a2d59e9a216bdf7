"""Copies of what came before there were any, and the end of what no case refers to."""

from __future__ import annotations

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import db
from quality.core.events import Event
from quality.evidence import jobs
from quality.evidence.models import CopyKind, Derived, Discarded, EvidenceKind, Holding
from quality.evidence.operations import attach, take_in
from quality.evidence.queries import derived_of
from quality.purchases.models import TaskStatus
from tests.evidence.files import little_picture, photograph
from tests.harness.clock import HeldClock
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import picture, task_at, vault

K = EvidenceKind


@pytest.fixture
def sessions(session: Session) -> sessionmaker[Session]:
    return sessionmaker(db.engine)


def bytes_of(session: Session, holding: Holding) -> list[str]:
    """The sha256 of the original and of its copies."""
    copies = [derived_of(session, holding.sha256, kind) for kind in CopyKind]
    return [holding.sha256, *(copy.sha256 for copy in copies if copy and copy.sha256)]


def are_there(names: list[str]) -> list[bool]:
    return [vault().size(name) is not None for name in names]


def tidy(sessions: Any, clock: HeldClock) -> None:
    jobs.list_files_without_a_case(sessions, clock.now())
    jobs.let_go_of_listed_files(sessions, clock.now())
    jobs.remove_discarded_bytes(sessions, vault(), clock.now())


def test_a_picture_comes_with_its_copies(session: Session, cast: Cast) -> None:
    held = take_in(session, vault(), photograph(), kind=K.MARKS, by=cast.buyer)
    for kind in CopyKind:
        copy = derived_of(session, held.sha256, kind)
        assert copy and copy.sha256
        with vault().open(copy.sha256) as file:
            kept = file.read()
        assert (hashlib.sha256(kept).hexdigest(), len(kept)) == (copy.sha256, copy.bytes)
        with Image.open(io.BytesIO(kept)) as drawn:
            assert (drawn.size, dict(drawn.getexif())) == ((copy.width, copy.height), {})


def test_a_picture_without_copies_gets_them_and_one_that_is_broken_is_tried_once(
    session: Session, cast: Cast, sessions: Any
) -> None:
    held = picture(session, cast.buyer)
    session.execute(sa.delete(Derived))
    broken = vault().put(b"\xff\xd8\xff\xe0 broken")
    for name, media_type in ((broken.sha256, "image/jpeg"), ("0" * 64, "image/png"), ("1" * 64, "video/mp4")):
        session.add(
            Holding(
                organisation_id=cast.agency.id, sha256=name, kind=K.MARKS, media_type=media_type, bytes=12,
                sent_at=held.sent_at,
            )
        )  # fmt: skip
    session.commit()

    assert jobs.make_missing_copies(sessions, vault()) == 1
    assert len(bytes_of(session, held)) == 3
    assert derived_of(session, broken.sha256, CopyKind.READABLE) is None
    assert jobs.make_missing_copies(sessions, vault()) == 0
    assert session.scalar(sa.select(sa.func.count(Derived.id))) == 4


def test_a_file_without_a_case_is_listed_after_thirty_days_and_goes_a_week_later(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    lonely, used = picture(session, cast.buyer), picture(session, cast.buyer)
    attach(session, task, used.sha256, K.OTHER, by=cast.buyer)
    session.commit()
    names = bytes_of(session, lonely)

    clock.advance(days=29, hours=23)
    tidy(sessions, clock)
    session.expire_all()
    assert lonely.listed_at is None
    clock.advance(hours=1)
    tidy(sessions, clock)
    session.expire_all()
    assert [lonely.listed_at, used.listed_at] == [clock.now(), None]
    clock.advance(days=6)
    tidy(sessions, clock)
    assert are_there(names) == [True] * 3
    session.rollback()
    clock.advance(days=1)
    tidy(sessions, clock)
    session.rollback()
    assert session.scalars(sa.select(Holding.id)).all() == [used.id]
    assert are_there(names) == [True] * 3  # for a day: who copies everything just now finds them
    for _original_then_copies in range(2):
        clock.advance(days=1)
        tidy(sessions, clock)

    session.rollback()
    assert are_there(names) == [False] * 3
    assert are_there(bytes_of(session, used)) == [True] * 3
    [event] = session.scalars(sa.select(Event).filter_by(action="let_go_of_file"))
    assert (event.subject_type, event.subject_id, event.actor) == ("organisation", cast.agency.id, "system")
    assert event.details["sha256"] == names[0]
    assert session.scalars(sa.select(Discarded)).all() == []
    with invalid(("sha256", "unknown_evidence")):
        attach(session, task, names[0], K.OTHER, by=cast.buyer)


def test_a_listed_file_that_a_case_takes_up_stays(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    task, held = task_at(session, cast, TaskStatus.ASSIGNED), picture(session, cast.buyer)
    session.commit()
    clock.advance(days=31)
    tidy(sessions, clock)
    session.expire_all()
    attach(session, task, held.sha256, K.OTHER, by=cast.buyer)
    session.commit()
    clock.advance(days=31)
    tidy(sessions, clock)

    session.expire_all()
    assert held.listed_at is None
    assert are_there(bytes_of(session, held)) == [True] * 3


def test_bytes_that_another_organisation_holds_stay(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    data = little_picture(77)
    take_in(session, vault(), data, kind=K.LOOK, by=cast.coordinator)
    session.commit()
    clock.advance(days=30)
    theirs = take_in(session, vault(), data, kind=K.PLATFORM_PROOF, by=cast.desk)
    session.commit()
    names = bytes_of(session, theirs)
    for _weeks in range(3):
        tidy(sessions, clock)
        clock.advance(days=7)
    session.rollback()
    assert session.scalars(sa.select(Holding.id)).all() == [theirs.id]
    assert are_there(names) == [True] * 3


def test_bytes_that_are_sent_again_while_a_job_takes_them_away_are_there_in_the_end(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    """The job removes them after `put` saw them and before the row is written."""
    data = little_picture(78)
    name = vault().put(data).sha256
    with sessions.begin() as own:
        jobs.discard(own, name, clock.now())
    clock.advance(days=1)

    class Late(type(vault())):  # type: ignore[misc]
        first = True

        def put(self, data: Any) -> Any:
            kept = super().put(data)
            if kept.sha256 == name and Late.first:
                Late.first = False
                assert jobs.remove_discarded_bytes(sessions, vault(), clock.now()) == 1
            return kept

    late = Late(vault()._root)  # type: ignore[attr-defined]
    session.commit()
    held = take_in(session, late, data, kind=K.MARKS, by=cast.buyer)
    session.commit()
    assert are_there(bytes_of(session, held)) == [True] * 3


def test_bytes_of_a_file_whose_row_never_came_are_found_and_go_a_day_later(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    held = take_in(session, vault(), photograph(), kind=K.MARKS, by=cast.buyer)
    session.commit()
    kept = bytes_of(session, held)
    lost = take_in(session, vault(), photograph("2026:09:02 08:00:00"), kind=K.MARKS, by=cast.buyer)
    orphans = {sha256 for sha256 in bytes_of(session, lost) if sha256 not in kept}
    session.rollback()  # the process was killed before the row was written, or the page refused
    assert orphans and all(are_there(sorted(orphans)))

    jobs.discard_what_no_row_names(sessions, vault(), clock.now())
    assert session.scalars(sa.select(Discarded.sha256)).all() == []  # they came just now; their row may be on its way

    assert jobs.discard_what_no_row_names(sessions, vault(), clock.now(), older_than=timedelta(0)) == len(orphans)
    assert set(session.scalars(sa.select(Discarded.sha256))) == orphans
    clock.advance(days=1)
    assert jobs.remove_discarded_bytes(sessions, vault(), clock.now()) == len(orphans)
    assert not any(are_there(sorted(orphans))) and all(are_there(kept))


def test_what_lies_apart_without_a_record_goes_too(
    session: Session, cast: Cast, sessions: Any, clock: HeldClock
) -> None:
    orphan = vault().apart().put(b"condemned, and then it was killed").sha256

    jobs.discard_what_no_row_names(sessions, vault(), clock.now())
    assert vault().apart().size(orphan)
    jobs.discard_what_no_row_names(sessions, vault(), clock.now(), older_than=timedelta(0))
    assert vault().apart().size(orphan) is None
