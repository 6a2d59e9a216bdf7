"""What a check condemned is kept apart with its record, until another person says what it is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted, Refused
from quality.core.events import Event
from quality.evidence.models import EvidenceKind, Holding, Quarantine, Verdict
from quality.evidence.operations import take_in
from quality.evidence.quarantine import decide
from tests.evidence.files import photograph
from tests.evidence.test_checks import archive
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.purchases import picture, vault
from tests.harness.races import at_once

K = EvidenceKind
TWO = photograph() + archive()
NAME = hashlib.sha256(TWO).hexdigest()


def send(session: Session, by: Any, data: bytes = TWO) -> Holding:
    return take_in(session, vault(), data, kind=K.MARKS, by=by)


@pytest.fixture
def condemned(session: Session, cast: Cast) -> Quarantine:
    session.commit()
    with invalid(("file", "two_in_one")):
        send(session, cast.buyer)
    return session.scalars(sa.select(Quarantine)).one()


def test_a_condemned_file_lies_apart_with_its_record_and_the_senders_deeds_are_undone(
    session: Session, cast: Cast, clock: HeldClock
) -> None:
    session.commit()
    picture(session, cast.buyer)  # of the same request
    with invalid(("file", "two_in_one")):
        send(session, cast.buyer)

    found = session.scalars(sa.select(Quarantine)).one()
    assert (found.sha256, found.bytes, found.media_type) == (NAME, len(TWO), "image/jpeg")
    assert (found.kind, found.doubt, found.verdict) == (K.MARKS, "two_in_one", None)
    assert (found.organisation_id, found.sent_by_id) == (cast.agency.id, cast.buyer.id)
    assert found.found_at == clock.now()
    assert session.scalars(sa.select(Holding)).all() == []
    assert (vault().size(NAME), vault().apart().size(NAME)) == (None, len(TWO))
    [event] = session.scalars(sa.select(Event).filter_by(subject_type="quarantine"))
    assert (event.action, event.actor) == ("create", cast.buyer.signature)


def test_to_send_it_again_changes_nothing(session: Session, cast: Cast, condemned: Quarantine) -> None:
    with invalid(("file", "two_in_one")):
        send(session, cast.coordinator)
    assert session.scalars(sa.select(Quarantine)).all() == [condemned]


def test_two_who_send_it_at_once_leave_one_record(app: Flask, session: Session, cast: Cast) -> None:
    session.commit()

    def refused(own: Session, actor: Any) -> str:
        with invalid(("file", "two_in_one")):
            send(own, actor)
        return "refused"

    assert at_once(app, [cast.buyer, cast.coordinator], refused) == ["refused"] * 2
    assert session.scalar(sa.select(sa.func.count(Quarantine.id))) == 1


@on_sqlite
def test_another_organisation_gets_a_record_of_its_own(session: Session, cast: Cast, condemned: Quarantine) -> None:
    with invalid(("file", "two_in_one")):
        send(session, cast.desk)
    assert session.scalars(sa.select(Quarantine.organisation_id).order_by(Quarantine.id)).all() == [
        cast.agency.id,
        cast.platform.id,
    ]


def test_a_released_file_is_a_holding_like_any_other(session: Session, cast: Cast, condemned: Quarantine) -> None:
    decide(session, condemned, Verdict.RELEASED, why="相机自带的尾部数据", by=cast.reviewer)
    session.commit()

    held = send(session, cast.buyer)

    assert (held.sha256, held.media_type, vault().size(NAME)) == (NAME, "image/jpeg", len(TWO))
    [event] = session.scalars(sa.select(Event).filter_by(subject_type="quarantine", action="release"))
    assert (event.actor, event.note_digest is not None) == (cast.reviewer.signature, True)


def test_a_confirmed_file_never_comes_in(session: Session, cast: Cast, condemned: Quarantine) -> None:
    decide(session, condemned, Verdict.CONFIRMED, why="压缩包内有程序", by=cast.coordinator)
    session.commit()
    with invalid(("file", "two_in_one")):
        send(session, cast.buyer)
    assert (vault().size(NAME), vault().apart().size(NAME)) == (None, len(TWO))


@on_sqlite
def test_who_sent_it_does_not_say_what_it_is_nor_does_anybody_twice_or_without_a_reason(
    session: Session, cast: Cast
) -> None:
    session.commit()
    with invalid(("file", "two_in_one")):
        send(session, cast.coordinator)
    found = session.scalars(sa.select(Quarantine)).one()
    with pytest.raises(NotPermitted, match="role_may_not"):
        decide(session, found, Verdict.RELEASED, why="看过", by=cast.buyer)
    with pytest.raises(Refused, match="own_file"):
        decide(session, found, Verdict.RELEASED, why="看过", by=cast.coordinator)
    with invalid(("why", "missing")):
        decide(session, found, Verdict.RELEASED, why=" ", by=cast.reviewer)
    decide(session, found, Verdict.CONFIRMED, why="看过", by=cast.reviewer)
    with pytest.raises(Refused, match="decided_already"):
        decide(session, found, Verdict.RELEASED, why="看过", by=cast.reviewer)
