"""A piece that cannot be shown: its buyer says why, another person lets the step go; and lists, edition by edition."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted, Refused, Stale
from quality.core.events import Event
from quality.evidence.models import EvidenceKind as K
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.checklist_editions import (
    approve_checklist,
    drafted_by_others,
    in_force,
    needs_for,
    propose_checklist,
    put_checklist_away,
)
from quality.purchases.checklists import Need, Shape, Step, usual
from quality.purchases.models import Task, TaskStatus
from quality.purchases.operations import SealedPortion, seal
from quality.purchases.operations.waiving import accept_waiver, go_without, refuse_waiver, take_waiver_back
from quality.purchases.waivers import NoPiece, WaiverStatus, excusable, lacks, waiting_for, waivers_of
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.purchases import FACTS, prove, ready_to_seal, task_at

pytestmark = on_sqlite
WHY = "店铺未公示营业执照"
FILM = Need(K.OPENING, Step.SEAL, 1, Shape.VIDEO)


SEALS = SealedPortion("YZ-W-A", "2 件"), SealedPortion("YZ-W-B", "1 件")


def as_(person: Actor, role: Role) -> Actor:
    """The same person, in another role of the same agency."""
    return Actor(person.person, person.organisation, role)


def test_the_step_goes_once_another_person_has_accepted_the_reason(session: Session, in_field: Cast) -> None:
    cast, task = in_field, task_at(session, in_field, TaskStatus.ASSIGNED)
    prove(session, task, K.PRODUCT_PAGE, K.ORDER, K.PAYMENT, by=cast.buyer)
    missing = lacks(task, Step.ORDER)
    assert missing and missing.code == "evidence_missing"
    assert [need.name for need in excusable(task)] == ["seller"]  # the parcel is not there yet

    asked = go_without(session, task, "seller", NoPiece.NOT_SHOWN, WHY, by=cast.buyer)
    assert lacks(task, Step.ORDER)  # asking lets nothing go
    with pytest.raises(Invalid) as again:
        go_without(session, task, "seller", NoPiece.GONE, WHY, by=cast.buyer)
    assert [each.code for each in again.value.problems] == ["asked_already"]
    with pytest.raises(NotPermitted):
        accept_waiver(session, asked, by=cast.buyer)
    session.rollback()


def test_it_stands_on_a_worklist_in_the_record_and_lets_the_step_go(session: Session, in_field: Cast) -> None:
    cast, task = in_field, task_at(session, in_field, TaskStatus.ASSIGNED)
    prove(session, task, K.PRODUCT_PAGE, K.ORDER, K.PAYMENT, by=cast.buyer)
    asked = go_without(session, task, "seller", "not_shown", WHY, by=cast.buyer)
    waits = sa.select(Task.id).where(waiting_for(cast.coordinator.id))
    assert task.id in set(session.scalars(waits))
    assert task.id not in set(session.scalars(sa.select(Task.id).where(waiting_for(cast.buyer.id))))
    accept_waiver(session, asked, by=cast.coordinator, note="已核对")
    assert lacks(task, Step.ORDER) is None
    assert task.id not in set(session.scalars(waits))
    of = sa.select(Event).where(Event.subject_type == "task", Event.part == f"waiver:{asked.id}").order_by(Event.seq)
    events = session.scalars(of).all()
    assert [(each.action, each.new_status) for each in events] == [("create", "asked"), ("accept", "accepted")]
    assert WHY not in str([each.details for each in events])  # words stand in rows that may be blanked


def test_what_is_refused_or_taken_back_is_still_missing(session: Session, in_field: Cast) -> None:
    cast, task = in_field, task_at(session, in_field, TaskStatus.ASSIGNED)
    asked = go_without(session, task, "payment", NoPiece.FAILED, "没有截到", by=cast.buyer)
    with pytest.raises(Invalid, match="note"):
        refuse_waiver(session, asked, " ", by=cast.coordinator)
    refuse_waiver(session, asked, "账单里可以查到，请补截图", by=cast.coordinator)
    again = go_without(session, task, "payment", NoPiece.GONE, "账单已过期", by=cast.buyer)
    take_waiver_back(session, again, by=cast.buyer)
    assert [each.status for each in waivers_of(task)] == [WaiverStatus.REFUSED, WaiverStatus.TAKEN_BACK]
    with pytest.raises(Refused, match="wrong_status"):
        accept_waiver(session, again, by=cast.coordinator)
    assert lacks(task, Step.ORDER)


@pytest.mark.parametrize(("said", "wrong"), [
    (("seal_test", "failed", "拍不清"), "seal"),
    (("parcel-video", "gone", "无"), "unknown"),
    (("order", "gone", "无"), "not_missing"),
    (("payment", "lost", "无"), "unknown"),
    (("payment", "gone", "  "), "missing"),
    (("payment", "gone", "x" * 501), "too_long"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_field(
    session: Session, in_field: Cast, said: tuple[str, str, str], wrong: str
) -> None:
    task = task_at(session, in_field, TaskStatus.ASSIGNED)
    prove(session, task, K.ORDER, by=in_field.buyer)
    with pytest.raises(Invalid) as refused:
        go_without(session, task, *said, by=in_field.buyer)
    assert wrong in {each.code for each in refused.value.problems}


def test_nobody_answers_themselves_and_nobody_asks_for_another(session: Session, in_field: Cast) -> None:
    cast, task = in_field, task_at(session, in_field, TaskStatus.ASSIGNED)
    both = as_(cast.buyer, Role.COORDINATOR)
    asked = go_without(session, task, "payment", NoPiece.GONE, "无", by=cast.buyer)
    with pytest.raises(Refused, match="same_person"):
        accept_waiver(session, asked, by=both)
    with pytest.raises(NotPermitted):
        go_without(session, task, "seller", NoPiece.GONE, "无", by=cast.coordinator)


def test_a_campaign_keeps_the_list_that_was_in_force_when_it_was_frozen(
    session: Session, in_field: Cast, clock: HeldClock
) -> None:
    cast, before = in_field, task_at(session, in_field, TaskStatus.ASSIGNED)
    category = before.campaign.category
    drafted = propose_checklist(session, category, [FILM], by=cast.coordinator)
    assert in_force(session, cast.coordinator.organisation_id, category).needs == ()
    assert [each.id for each in drafted_by_others(session, cast.reviewer)] == [drafted.id]
    clock.moment += timedelta(minutes=1)
    approve_checklist(session, drafted, by=cast.reviewer)
    assert needs_for(session, before.campaign) == usual()
    session.info.pop("planned")
    clock.moment += timedelta(minutes=1)
    after = ready_to_seal(session, cast)
    assert [need.name for need in needs_for(session, after.campaign) if need.kind is K.OPENING] == ["opening-video"]
    with pytest.raises(Refused, match="evidence_missing"):
        seal(session, after, by=cast.buyer, facts=FACTS, test=SEALS[0], backup=SEALS[1])


def test_an_edition_takes_two_people_and_is_never_changed(session: Session, cast: Cast) -> None:
    other = [each._replace(least=2) if each.kind is K.PARCEL else each for each in usual()]
    with pytest.raises(Invalid, match="needs"):
        propose_checklist(session, "", usual(), by=cast.coordinator)
    with pytest.raises(NotPermitted):
        propose_checklist(session, "", other, by=cast.buyer)
    drafted = propose_checklist(session, "", other, by=cast.coordinator)
    both = as_(cast.coordinator, Role.REVIEWER)
    with pytest.raises(Refused, match="same_person"):
        approve_checklist(session, drafted, by=both)
    with pytest.raises(Stale):  # who has not seen what waits
        propose_checklist(session, "", [*other[1:]], by=cast.coordinator)
    session.rollback()


def test_what_is_put_away_never_holds(session: Session, cast: Cast) -> None:
    drafted = propose_checklist(session, "玩具", [FILM], by=cast.coordinator)
    put_checklist_away(session, drafted, "改为每类各写一版", by=cast.reviewer)
    with pytest.raises(Refused, match="decided_already"):
        approve_checklist(session, drafted, by=cast.reviewer)
    assert in_force(session, cast.coordinator.organisation_id, "玩具").edition == 0
    again = propose_checklist(session, "玩具", [FILM], by=cast.coordinator)
    assert again.edition == 2
