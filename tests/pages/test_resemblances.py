"""Beside a picture stands what it resembles: for the agency that judges the case, and for nobody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.evidence.models import EvidenceKind
from quality.pages.resemblances import looks_of, shortened
from quality.purchases.models import TaskStatus
from quality.purchases.shops import shop_key
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.looks import compared, shown
from tests.harness.people import Cast
from tests.harness.purchases import task_at

pytestmark = on_sqlite
K = EvidenceKind


def test_the_same_parcel_for_two_purchases_is_said_to_the_coordinator_only(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    one, other = (task_at(session, cast, TaskStatus.SHIPPED) for _task in range(2))
    shown(session, one, K.PARCEL, cast, 1)
    shown(session, other, K.PARCEL, cast, 1, quality=40)
    shown(session, one, K.OPENING, cast, 2)
    shown(session, other, K.OPENING, cast, 2)  # the very file
    shown(session, one, K.MARKS, cast, 3)
    for actor in (cast.coordinator, cast.buyer):
        assert actor.person
        give_password(session, actor.person)
    compared(session)

    page = sign_in(cast.coordinator).get(f"/desk/task/{one.number}?lang=en").get_data(as_text=True)
    assert f"Resembles {other.number}: parcel" in page
    assert f"The same file as in {other.number}: opening of the parcel" in page
    assert page.count(f'href="/desk/task/{other.number}"') == 2
    assert "Resembles" not in sign_in(cast.buyer).get(f"/desk/task/{one.number}?lang=en").get_data(as_text=True)


def test_one_picture_for_both_seals_is_said_and_two_of_one_parcel_are_not(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.RECEIVED)
    first, second = (shown(session, task, kind, cast, 4) for kind in (K.SEAL_TEST, K.SEAL_BACKUP))
    third, fourth = (shown(session, task, K.MARKS, cast, 5, quality=quality) for quality in (85, 40))
    compared(session)
    looks = looks_of(session, [first, second, third, fourth], cast.coordinator)
    assert [look.exhibit.kind for look in looks[first.id]] == [K.SEAL_BACKUP]
    assert looks[third.id] == looks[fourth.id] == []
    assert looks_of(session, [first], cast.buyer) == {}


def test_only_the_nearest_are_named(session: Session, cast: Cast) -> None:
    task, other = (task_at(session, cast, TaskStatus.RECEIVED) for _task in range(2))
    kinds = (K.SEAL_TEST, K.SEAL_BACKUP, K.MARKS, K.PACKAGING, K.OPENING, K.OTHER)
    first = shown(session, task, K.SEAL_TEST, cast, 6)
    for kind in kinds[1:]:
        shown(session, other, kind, cast, 6)
    looks = shortened(looks_of(session, [first], cast.coordinator)[first.id])
    assert (len(looks.shown), looks.more, looks.folded) == (3, 2, [])


def test_what_is_alike_in_its_own_purchase_or_shop_is_one_line_and_stays_a_fact(
    session: Session, cast: Cast, sign_in: Any
) -> None:
    task, other = (task_at(session, cast, TaskStatus.RECEIVED) for _task in range(2))
    seal = shown(session, task, K.SEAL_TEST, cast, 7)
    for kind in (K.SEAL_BACKUP, K.PACKAGING, K.OTHER):
        shown(session, task, kind, cast, 7)
    licence, again = (shown(session, each, K.SELLER, cast, 8) for each in (task, other))
    facts = looks_of(session, [seal, licence], cast.coordinator)
    assert len(facts[seal.id]) == 3 and [look.exhibit.id for look in facts[licence.id]] == [again.id]
    looks = shortened(facts[seal.id])
    assert [look.exhibit.kind for look in looks.shown] == [K.SEAL_BACKUP] and looks.more == 0
    assert [(len(each.looks), each.more) for each in looks.folded] == [(2, 0)]
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    page = sign_in(cast.coordinator).get(f"/desk/task/{task.number}?lang=en").get_data(as_text=True)
    assert "Of this purchase too, pictures alike: 2" in page
    same_shop = shop_key(task.drawn.platform_id, task.drawn.listing) == shop_key(
        other.drawn.platform_id, other.drawn.listing
    )
    assert ("The shop&#39;s licence, alike in other purchases from it: 1" in page) == same_shop
