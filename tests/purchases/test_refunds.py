"""What a seller gave back is written down, goes back to the budget, and can be put right."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.purchases.models import TaskStatus
from quality.purchases.operations import give_up, refund
from quality.statistics.money import Money, in_all, money
from tests.harness.api import program_of, wrong
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import task_at

ORDERED, ASSIGNED = TaskStatus.ORDERED, TaskStatus.ASSIGNED


def test_the_budget_has_it_again_by_stratum_and_in_all(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    campaign, stratum = task.campaign, task.drawn.stratum
    give_up(session, task, "seller_cancelled", by=cast.buyer)
    paid = in_all(money(session, campaign))
    assert (paid.bought, paid.lost, paid.refunded) == (3_990, 3_990, 0)

    refund(session, task, refunded_fen=1_500, note="先退了一部分", by=cast.buyer)
    part = in_all(money(session, campaign))
    assert part == paid._replace(bought=2_490, lost=2_490, refunded=1_500)
    refund(session, task, refunded_fen=3_990, note="余款已退", by=cast.coordinator)

    whole = in_all(money(session, campaign))
    assert whole == paid._replace(bought=0, lost=0, refunded=3_990)
    assert whole.left_of(100_000) == 100_000 - whole.committed
    assert {each.stratum: each.refunded for each in money(session, campaign) if each.refunded} == {stratum: 3_990}
    assert (task.paid_fen, task.refunded_fen, task.status) == (3_990, 3_990, TaskStatus.UNOBTAINABLE)
    told = session.query(Event).filter_by(subject_type="task", subject_id=task.id, action="refund").all()
    assert [each.details for each in told] == [
        {"refunded_fen": "1500", "before": "0", "cause": "unknown"},
        {"refunded_fen": "3990", "before": "1500", "cause": "unknown"},
    ]
    refund(session, task, refunded_fen=0, note="登记错了，款项属于另一单", by=cast.coordinator)
    assert in_all(money(session, campaign)) == paid
    assert isinstance(whole, Money)


@on_sqlite
@pytest.mark.parametrize(
    ("fen", "note", "said"),
    [
        (3_991, "多退", ("refunded_fen", "more_than_paid")),
        (-1, "负数", ("refunded_fen", "more_than_paid")),
        (0, "未退", ("refunded_fen", "unchanged")),
        (100, " ", ("note", "missing")),
        (100, "长" * 501, ("note", "too_long")),
    ],
)
def test_what_cannot_have_come_back_is_named(session: Session, cast: Cast, fen: int, note: str, said: Any) -> None:
    task = task_at(session, cast, ORDERED)
    with pytest.raises(Invalid) as refused:
        refund(session, task, refunded_fen=fen, note=note, by=cast.buyer)
    assert [(each.field, each.code) for each in refused.value.problems] == [said]


@on_sqlite
def test_only_of_what_was_paid_and_by_who_buys_or_assigns(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused, match="not_paid"):
        refund(session, task_at(session, cast, ASSIGNED), refunded_fen=1, note="无", by=cast.coordinator)
    with pytest.raises(NotPermitted):
        refund(session, task_at(session, cast, ORDERED), refunded_fen=1, note="无", by=cast.reviewer)


@on_sqlite
def test_its_buyer_writes_it_down_on_a_page_and_a_program_too(app: Flask, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    buyer: Any = sign_in(app, cast.buyer)
    where = f"/desk/task/{task.number}"
    assert f"{where}/refund" in buyer.get(where).text
    assert 'value="39.90"' in buyer.get(f"{where}/refund").text
    sent = {"version": task.version, "refunded_fen": "40", "cause": "by_seller", "note": "店铺退款"}
    answer = buyer.post(f"{where}/refund", data=sent)
    assert answer.status_code == 422
    assert "from 0 to the 39.90 yuan that were paid" in answer.text and "店铺退款" in answer.text
    assert buyer.post(f"{where}/refund", data=sent | {"refunded_fen": "39.9"}).status_code == 302
    page = buyer.get(where).text
    assert "Given back" in page and "recorded a refund" in page

    program = program_of(app, session, cast.coordinator)
    told = program.get(f"/tasks/{task.number}").get_json()
    assert (told["paid_fen"], told["refunded_fen"]) == (3_990, 3_990)
    body = {"version": told["version"], "refunded_fen": 3_990, "note": "又退"}
    assert wrong(program.post(f"/tasks/{task.number}/refund", body)) == {"refunded_fen": "unchanged"}
    assert program.post(f"/tasks/{task.number}/refund", body | {"refunded_fen": 3_000}).status_code == 200
    money_told = program.get(f"/campaigns/{task.campaign.number}/money").get_json()["in_all"]
    assert (money_told["spent_purchases_fen"], money_told["refunded_fen"]) == (990, 3_000)
