"""Whose a file is, what refers to it, and who is shown it."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, object_session

from quality.core.errors import NotFound, NotPermitted
from quality.core.events import Access, Event
from quality.core.workflow import begin
from quality.evidence.models import LEADS_TO_THE_BUYER, EvidenceKind, Exhibit, Holding
from quality.evidence.operations import attach, show, take_in
from quality.evidence.queries import (
    exhibits_of,
    may_be_shown_to,
    that_lead_to_the_buyer,
    visible_exhibits,
)
from quality.evidence.vault import FolderVault
from quality.evidence.words import WORDS
from quality.people.actor import SYSTEM
from quality.people.models import Organisation
from quality.permissions import Role
from quality.purchases.models import PortionKind, Task, TaskStatus
from tests.evidence.files import FILES, photograph
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast, hire
from tests.harness.problems import invalid
from tests.harness.purchases import dispatched_sample, picture, task_at, vault
from tests.harness.races import at_once

K = EvidenceKind
PICTURE = photograph()


def task_of(session: Session, cast: Cast) -> Task:
    """A task with its buyer, where the road to it does not matter."""
    return task_at(session, cast, TaskStatus.ASSIGNED)


def events_of(session: Session, case: Any, action: str) -> list[Event]:
    of = sa.select(Event).filter_by(subject_type=case.__tablename__, subject_id=case.id, action=action)
    return list(session.scalars(of.order_by(Event.seq)))


@on_sqlite
def test_a_file_is_held_with_what_its_bytes_say(session: Session, cast: Cast, clock: HeldClock) -> None:
    holding = take_in(session, vault(), io.BytesIO(PICTURE), kind=K.MARKS, by=cast.buyer)

    assert (holding.sha256, holding.bytes) == (hashlib.sha256(PICTURE).hexdigest(), len(PICTURE))
    assert (holding.kind, holding.media_type) == (K.MARKS, "image/jpeg")
    assert holding.taken_at == datetime(2026, 9, 1, 2, 15, 30, tzinfo=UTC)
    assert (holding.organisation_id, holding.sent_by_id) == (cast.agency.id, cast.buyer.id)
    assert holding.sent_at == clock.now()
    with vault().open(holding.sha256) as kept:
        assert kept.read() == PICTURE


@on_sqlite
def test_every_kind_of_file_that_we_take_is_taken(session: Session, cast: Cast) -> None:
    for media_type, data in FILES.items():
        assert take_in(session, vault(), data, kind="other", by=cast.desk).media_type == media_type


def test_the_same_bytes_of_the_same_organisation_give_the_same_answer(session: Session, cast: Cast) -> None:
    first = take_in(session, vault(), PICTURE, kind=K.MARKS, by=cast.buyer)
    again = take_in(session, vault(), PICTURE, kind=K.PACKAGING, by=cast.coordinator)
    assert (again.id, again.kind, again.sent_by_id) == (first.id, K.MARKS, cast.buyer.id)


def test_another_organisation_gets_a_holding_of_its_own(session: Session, cast: Cast) -> None:
    ours = take_in(session, vault(), PICTURE, kind=K.LOOK, by=cast.coordinator)
    theirs = take_in(session, vault(), PICTURE, kind=K.PLATFORM_PROOF, by=cast.desk)
    assert (theirs.sha256, theirs.kind) == (ours.sha256, K.PLATFORM_PROOF)
    assert (theirs.id != ours.id, theirs.sent_by_id) == (True, cast.desk.id)


def test_two_colleagues_who_send_the_same_file_at_once_get_the_same_answer(
    app: Flask, session: Session, cast: Cast
) -> None:
    colleagues = [hire(session, cast.agency, Role.BUYER) for _n in range(4)]
    session.commit()
    answers = at_once(app, colleagues, lambda own, actor: take_in(own, vault(), PICTURE, kind=K.MARKS, by=actor).id)
    assert answers == [answers[0]] * 4
    assert session.scalar(sa.select(sa.func.count(Holding.id))) == 1


@on_sqlite
def test_the_bytes_are_there_before_the_row(session: Session, cast: Cast, tmp_path: Any) -> None:
    class Full(FolderVault):
        def put(self, data: Any) -> Any:
            kept = super().put(data)
            assert session.scalar(sa.select(sa.func.count(Holding.id))) == 0
            return kept

    session.commit()
    holding = take_in(session, Full(tmp_path / "vault"), PICTURE, kind=K.MARKS, by=cast.buyer)
    sha256 = holding.sha256
    session.rollback()  # as if the process died before the commit

    assert session.scalar(sa.select(sa.func.count(Holding.id))) == 0
    with FolderVault(tmp_path / "vault").open(sha256) as kept:
        assert kept.read() == PICTURE


@on_sqlite
def test_a_file_that_cannot_be_evidence_is_named(session: Session, cast: Cast) -> None:
    wrong: list[tuple[bytes, str, tuple[str, str]]] = [
        (b"", "marks", ("file", "empty")),
        (b"MZ\x90\x00" + bytes(64), "marks", ("file", "unknown_media_type")),
        (PICTURE, "selfie", ("kind", "unknown_kind")),
    ]
    for data, kind, problem in wrong:
        with invalid(problem):
            take_in(session, vault(), data, kind=kind, by=cast.buyer)


@on_sqlite
def test_who_has_no_business_with_evidence_adds_none(session: Session, cast: Cast) -> None:
    task = task_of(session, cast)
    admin = hire(session, cast.agency, Role.ADMIN)
    for stranger in (admin, SYSTEM):
        with pytest.raises(NotPermitted, match="role_may_not"):
            take_in(session, vault(), PICTURE, kind=K.OTHER, by=stranger)
        with pytest.raises(NotPermitted, match="role_may_not"):
            attach(session, task, "0" * 64, K.OTHER, by=stranger)


def test_a_case_refers_to_a_file_and_its_record_says_so(session: Session, cast: Cast) -> None:
    task = task_of(session, cast)
    before, holding = task.version, picture(session, cast.buyer)

    exhibit = attach(session, task, holding.sha256, K.PRODUCT_PAGE, by=cast.buyer)

    assert exhibits_of(session, task) == [exhibit]
    assert (exhibit.holding, exhibit.kind, exhibit.by_id) == (holding, K.PRODUCT_PAGE, cast.buyer.id)
    [event] = events_of(session, task, "evidence")
    assert event.details == {"kind": "product_page", "sha256": holding.sha256}
    assert (task.version, task.status) == (before + 1, TaskStatus.ASSIGNED)


def test_to_refer_to_it_again_changes_nothing(session: Session, cast: Cast) -> None:
    task = task_of(session, cast)
    holding = picture(session, cast.buyer)
    first = attach(session, task, holding.sha256, K.MARKS, by=cast.buyer)
    assert attach(session, task, holding.sha256, K.MARKS, by=cast.buyer) is first
    assert attach(session, task, holding.sha256, K.PACKAGING, by=cast.buyer) is not first  # it proves two things
    assert len(events_of(session, task, "evidence")) == 2


def test_two_colleagues_who_attach_the_same_file_at_once_add_one_exhibit(
    app: Flask, session: Session, cast: Cast
) -> None:
    task = task_of(session, cast)
    sha256 = picture(session, cast.buyer).sha256
    colleagues = [hire(session, cast.agency, Role.COORDINATOR) for _n in range(4)]
    session.commit()
    key = task.id

    answers = at_once(
        app, colleagues, lambda own, actor: attach(own, own.get_one(Task, key), sha256, K.MARKS, by=actor).id
    )

    assert answers == [answers[0]] * 4
    assert len(exhibits_of(session, task)) == 1


@on_sqlite
def test_a_file_that_the_organisation_does_not_hold_is_unknown_whoever_else_holds_it(
    session: Session, cast: Cast
) -> None:
    task = task_of(session, cast)
    theirs = picture(session, cast.desk)
    for sha256 in (theirs.sha256, "0" * 64, "nonsense"):
        with invalid(("sha256", "unknown_evidence")):
            attach(session, task, sha256, K.OTHER, by=cast.buyer)


@on_sqlite
def test_evidence_is_added_only_to_what_is_ones_own(session: Session, cast: Cast) -> None:
    task = task_of(session, cast)
    above = hire(session, cast.above, Role.COORDINATOR)
    other_buyer = hire(session, cast.agency, Role.BUYER)
    for stranger in (above, other_buyer, cast.desk, cast.analyst):
        holding = picture(session, stranger)
        with pytest.raises(NotPermitted, match="not_yours"):
            attach(session, task, holding.sha256, K.OTHER, by=stranger)


@on_sqlite
def test_what_proves_something_about_a_part_is_told_apart(session: Session, cast: Cast) -> None:
    sample = dispatched_sample(session, cast)
    test, backup = sample.portion(PortionKind.TEST), sample.portion(PortionKind.BACKUP)
    of_test = attach(session, sample, picture(session, cast.analyst).sha256, K.LAB_RECEIPT, by=cast.analyst, part=test)
    of_all = attach(session, sample, picture(session, cast.buyer).sha256, K.HAND_OVER, by=cast.buyer)

    assert exhibits_of(session, sample, test) == [of_test]
    assert exhibits_of(session, sample, backup) == []
    assert exhibits_of(session, sample) == [of_test, of_all]
    assert [event.part for event in events_of(session, sample, "evidence")] == [f"portion:{test.id}", None]
    with pytest.raises(NotPermitted, match="not_yours"):  # the backup is not that laboratory's
        attach(session, sample, of_test.holding.sha256, K.LAB_RECEIPT, by=cast.analyst, part=backup)


def test_every_kind_has_its_word() -> None:
    assert WORDS.keys() == set(K)


@pytest.fixture
def watchers(session: Session, cast: Cast) -> dict[str, Any]:
    return {
        "coordinator": cast.coordinator,
        "reviewer": cast.reviewer,
        "buyer": cast.buyer,
        "another buyer": hire(session, cast.agency, Role.BUYER),
        "coordinator above": hire(session, cast.above, Role.COORDINATOR),
        "coordinator below": hire(session, cast.below, Role.COORDINATOR),
        "laboratory": cast.analyst,
        "platform": cast.desk,
        "admin": hire(session, cast.agency, Role.ADMIN),
        "system": SYSTEM,
    }


def shown_to(watchers: dict[str, Any], exhibit: Exhibit) -> set[str]:
    session = object_session(exhibit)
    assert session
    secret = bool(that_lead_to_the_buyer(session, [exhibit]))
    return {name for name, actor in watchers.items() if may_be_shown_to(actor, exhibit, secret)}


@on_sqlite
def test_a_picture_that_leads_to_the_buyer_never_leaves_the_agency(
    session: Session, cast: Cast, watchers: dict[str, Any]
) -> None:
    task = task_of(session, cast)
    assert {K.ORDER, K.PAYMENT, K.PARCEL, K.EXPENSE} == LEADS_TO_THE_BUYER
    for kind in LEADS_TO_THE_BUYER:
        holding = picture(session, cast.coordinator, kind)
        exhibit = attach(session, task, holding.sha256, kind, by=cast.coordinator)
        assert shown_to(watchers, exhibit) == {"coordinator", "buyer"}
    assert visible_exhibits(session, cast.reviewer, task) == []
    assert len(visible_exhibits(session, cast.buyer, task)) == len(LEADS_TO_THE_BUYER)


@on_sqlite
def test_to_call_it_something_else_does_not_let_it_out(session: Session, cast: Cast, watchers: dict[str, Any]) -> None:
    task = task_of(session, cast)
    sent_as_order = picture(session, cast.buyer, K.ORDER)
    renamed = attach(session, task, sent_as_order.sha256, K.LOOK, by=cast.buyer)
    plain = picture(session, cast.buyer, K.OTHER)
    before = attach(session, task, plain.sha256, K.LOOK, by=cast.buyer)
    assert "platform" in shown_to(watchers, before)

    attach(session, task, plain.sha256, K.PAYMENT, by=cast.buyer)  # now it turns out what it shows

    assert shown_to(watchers, renamed) == shown_to(watchers, before) == {"coordinator", "buyer"}


@on_sqlite
def test_a_buyer_sees_what_they_sent_themselves_on_any_case(
    session: Session, cast: Cast, watchers: dict[str, Any]
) -> None:
    task = task_of(session, cast)
    sender = watchers["another buyer"]
    exhibit = attach(session, task, picture(session, sender, K.PARCEL).sha256, K.PARCEL, by=cast.coordinator)
    assert shown_to(watchers, exhibit) == {"coordinator", "buyer", "another buyer"}


@on_sqlite
def test_a_laboratory_is_shown_only_what_it_sent_itself(session: Session, cast: Cast, watchers: dict[str, Any]) -> None:
    sample = dispatched_sample(session, cast)
    page = attach(session, sample, picture(session, cast.buyer).sha256, K.PRODUCT_PAGE, by=cast.buyer)
    receipt = attach(session, sample, picture(session, cast.analyst).sha256, K.LAB_RECEIPT, by=cast.analyst)
    agency = {"coordinator", "reviewer", "buyer", "another buyer", "coordinator above", "coordinator below", "system"}
    assert shown_to(watchers, page) == agency
    assert shown_to(watchers, receipt) == agency | {"laboratory"}


def test_each_showing_of_what_leads_to_the_buyer_is_logged(session: Session, cast: Cast) -> None:
    task = task_of(session, cast)
    secret = attach(session, task, picture(session, cast.buyer, K.ORDER).sha256, K.ORDER, by=cast.buyer)
    plain = attach(session, task, picture(session, cast.buyer).sha256, K.MARKS, by=cast.buyer)

    for exhibit in (plain, secret):
        with show(session, vault(), exhibit, by=cast.coordinator, why="核对订单").file as file:
            assert hashlib.sha256(file.read()).hexdigest() == exhibit.holding.sha256
    with pytest.raises(NotFound):
        show(session, vault(), secret, by=cast.reviewer)

    session.flush()
    [look] = session.scalars(sa.select(Access).where(Access.what.startswith("evidence:")))
    assert (look.subject_type, look.subject_id, look.what) == ("task", task.id, f"evidence:{secret.id}")
    assert (look.actor, look.organisation_id, look.why) == (cast.coordinator.signature, cast.agency.id, "核对订单")


@on_sqlite
def test_an_organisation_can_be_proved_something_about_too(session: Session, cast: Cast) -> None:
    """Evidence knows no room: whatever is recorded can be referred from."""
    unit = Organisation(kind="agency", code="XX", name="临浦市市场监督管理局", created_at=datetime.now(UTC))
    begin(session, unit, by=SYSTEM)
    assert exhibits_of(session, unit) == []
