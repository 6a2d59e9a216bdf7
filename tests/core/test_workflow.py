"""The engine: the case is taken first, one event a move, the second person is told, nothing changes untraced."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.workflow import APPROVE, CANCEL, LIFE, RETURN, SUBMIT
from quality.core.db import canonical, db
from quality.core.errors import NotPermitted, Refused, Stale
from quality.core.events import FIRST, Event, Note, digest_of
from quality.core.numbers import next_number, next_numbers
from quality.core.record import verify
from quality.core.workflow import perform, record
from quality.people.actor import SYSTEM, Actor
from quality.permissions import Role
from tests.harness.campaigns import campaign_at, planned
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire, membership_of

S = CampaignStatus


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    return tmp_path / "frames"


def events_of(session: Session, campaign: Campaign) -> list[Event]:
    found = sa.select(Event).filter_by(subject_type="campaign", subject_id=campaign.id).order_by(Event.seq)
    return list(session.scalars(found))


def test_a_move_adds_one_event_whose_seq_is_the_new_version(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.DRAFT, frames)
    before = campaign.version

    perform(session, campaign, SUBMIT, by=cast.coordinator, note="请复核", details={"page": 3})

    event = events_of(session, campaign)[-1]
    assert (event.seq, campaign.version, campaign.digest) == (before + 1, before + 1, event.digest)
    assert (event.old_status, event.new_status, event.actor) == ("draft", "in_review", cast.coordinator.signature)
    assert event.details == {"page": "3"}
    assert session.get_one(Note, event.note_digest).text == "请复核"


def test_the_digest_is_over_the_canonical_row_and_the_one_before(session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    [event] = events_of(session, campaign)
    row = {c.name: getattr(event, c.name) for c in Event.__table__.c if c.name not in ("id", "digest")}
    import hashlib

    assert event.digest == hashlib.sha256((FIRST + canonical(row)).encode()).hexdigest()


@on_sqlite
def test_a_note_is_told_apart_from_its_hash_by_its_salt(session: Session, cast: Cast, frames: Path) -> None:
    campaign = campaign_at(session, cast, S.DRAFT, frames)
    for move, by in ((SUBMIT, cast.coordinator), (RETURN, cast.reviewer), (SUBMIT, cast.coordinator)):
        perform(session, campaign, move, by=by, note="同样的话")
    digests = {e.note_digest for e in events_of(session, campaign) if e.note_digest}
    assert len(digests) == 3


def test_a_stale_version_changes_nothing_and_says_what_was_done_since(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.DRAFT, frames)
    read = campaign.version
    perform(session, campaign, SUBMIT, by=cast.coordinator)
    session.commit()

    with pytest.raises(Stale) as stale:
        perform(session, campaign, APPROVE, by=cast.reviewer, version=read)
    session.rollback()

    assert (stale.value.status, stale.value.version) == (S.IN_REVIEW, read + 1)
    assert [(e.action, e.actor) for e in stale.value.since] == [("submit", cast.coordinator.signature)]
    assert (campaign.status, campaign.version) == (S.IN_REVIEW, read + 1)


def test_a_row_that_is_gone_is_stale_without_a_version(session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    session.commit()
    session.execute(sa.text("DELETE FROM campaign_item"))
    session.execute(sa.text("DELETE FROM campaign"))
    with pytest.raises(Stale) as stale:
        perform(session, campaign, CANCEL, by=cast.reviewer, version=1)
    assert (stale.value.status, stale.value.version) == (None, None)


def test_a_changed_case_that_was_not_taken_is_a_bug_that_is_stopped(session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    session.commit()
    campaign.title = "另一个题目"
    with pytest.raises(RuntimeError, match="without being taken"):
        session.flush()


def test_what_was_taken_in_one_transaction_is_not_taken_in_the_next(session: Session, cast: Cast) -> None:
    campaign = planned(session, cast)
    record(session, campaign, "remark", by=cast.coordinator)
    session.commit()
    campaign.title = "另一个题目"
    with pytest.raises(RuntimeError, match="without being taken"):
        session.commit()


@on_sqlite
def test_a_refusal_says_role_before_owner_before_status_before_condition(
    session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.DRAFT, frames)
    below = hire(session, cast.below, Role.REVIEWER)
    codes = {
        "role": (cast.coordinator, APPROVE, "role_may_not", NotPermitted),
        "owner": (below, APPROVE, "not_yours", NotPermitted),
        "status": (cast.reviewer, APPROVE, "wrong_status", Refused),
    }
    for actor, move, code, kind in codes.values():
        refusal = move.refusal(campaign, actor)
        assert (type(refusal), refusal and refusal.code) == (kind, code)
    assert SUBMIT.refusal(campaign, cast.coordinator) is None


@on_sqlite
def test_choices_show_the_refused_moves_with_their_reason(session: Session, cast: Cast) -> None:
    campaign = planned(session, cast, items=[])
    shown = {move.name: refusal and refusal.code for move, refusal in LIFE.choices(campaign, cast.coordinator)}
    assert shown == {"submit": "no_items"}
    assert dict(LIFE.choices(campaign, cast.buyer)) == {}


def test_moves_are_found_by_name() -> None:
    assert LIFE["submit"] is SUBMIT
    assert "submit" in LIFE
    assert "levitate" not in LIFE


@on_sqlite
def test_the_condition_of_a_later_room_refuses_like_any_other(session: Session, cast: Cast, frames: Path) -> None:
    from quality.core.words import Reason

    campaign = campaign_at(session, cast, S.DRAFT, frames)
    with pytest.raises(Refused, match="too_early"):
        perform(session, campaign, SUBMIT, by=cast.coordinator, also=[lambda c, a: Reason("too_early", "later")])


def test_eight_people_press_the_same_move_and_one_event_is_recorded(
    app: Flask, session: Session, cast: Cast, frames: Path
) -> None:
    campaign = campaign_at(session, cast, S.IN_REVIEW, frames)
    session.commit()
    reviewers = [hire(session, cast.agency, Role.REVIEWER) for _ in range(8)]
    session.commit()
    memberships = [membership_of(reviewer).id for reviewer in reviewers]

    def press(membership_id: int, session: Session) -> None:
        from quality.people.models import Membership

        actor = Actor.working_in(session.get_one(Membership, membership_id))
        case = session.get_one(Campaign, campaign_id)
        gate.wait()
        perform(session, case, APPROVE, by=actor, version=version)
        session.commit()

    campaign_id, version, gate = campaign.id, campaign.version, threading.Barrier(8)
    answers = at_once(app, [lambda s, m=m: press(m, s) for m in memberships])

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["Stale"] * 7
    session.expire_all()
    assert [e.action for e in events_of(session, campaign)].count("approve") == 1
    assert campaign.version == version + 1


def test_numbers_asked_for_at_once_have_no_gap_and_no_double(app: Flask, session: Session) -> None:
    gate = threading.Barrier(8)
    given: list[str] = []

    def ask(session: Session) -> None:
        gate.wait()
        for turn in range(5):
            number = next_number(session, "YZ", "N")
            if turn == 2:
                session.rollback()  # the number goes back
            else:
                session.commit()
                given.append(number)

    answers = at_once(app, [ask] * 8)
    assert answers == [None] * 8
    assert sorted(int(number[-4:]) for number in given) == list(range(1, 33))


def test_numbers_can_be_taken_by_the_dozen(session: Session) -> None:
    assert [n[-4:] for n in next_numbers(session, "YZ", "T", 3)] == ["0001", "0002", "0003"]
    assert next_number(session, "YZ", "T")[-4:] == "0004"


@on_sqlite
def test_the_system_signs_as_system_and_a_key_beside_its_person(cast: Cast) -> None:
    assert SYSTEM.signature == "system"
    via = Actor(cast.coordinator.person, cast.agency, Role.COORDINATOR, via="key:5")
    assert via.signature == f"person:{cast.coordinator.id} via key:5"


@pytest.mark.parametrize("value", [1.5, {"a": 2.0}, object()])
def test_a_float_has_no_canonical_form(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_the_canonical_form_is_sorted_json_without_blanks() -> None:
    value: Any = {"b": ["\u2028", None, True, CampaignStatus.DRAFT], "a": {'é\n"': "值"}, "c": {}, "0": [[]]}
    plainly = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert canonical(value) == plainly
    day = datetime(2026, 10, 9, 8, tzinfo=UTC)
    assert canonical((1, Decimal("0.50"), day, day.date())) == (
        '["1","0.50","2026-10-09T08:00:00.000000Z","2026-10-09"]'
    )


def test_the_fast_digest_is_the_canonical_one() -> None:
    import hashlib
    from datetime import UTC, datetime

    from quality.core.clock import rfc3339

    at = datetime(2026, 9, 1, 1, 2, 3, 4, tzinfo=UTC)
    row: dict[str, Any] = {
        "actor": 'person:1 "quoted"', "subject_type": "notice", "subject_id": 7, "seq": 3, "part": None,
        "action": "close\\", "old_status": "回\n", "new_status": "\u2028", "note_digest": None,
    }  # fmt: skip
    details = {"b": [1, True, None], "a": "中文"}
    expected = hashlib.sha256((FIRST + canonical(row | {"at": at, "details": details})).encode()).hexdigest()
    assert digest_of(FIRST, at=rfc3339(at), details=canonical(details), **row) == expected


def test_the_record_is_whole_after_all_this(session: Session, cast: Cast, frames: Path) -> None:
    campaign_at(session, cast, S.DRAWN, frames)
    session.commit()
    assert verify(session, frames).broken is None


def at_once(app: Flask, deeds: list[Callable[..., None]]) -> list[Exception | None]:
    """Run each deed in a thread of its own, with a session of its own; what each raised, or None."""
    answers: list[Exception | None] = [None] * len(deeds)

    def run(place: int, deed: Callable[..., None]) -> None:
        with app.app_context(), Session(db.engine) as session:
            try:
                deed(session)
            except Exception as problem:
                answers[place] = problem

    threads = [threading.Thread(target=run, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
