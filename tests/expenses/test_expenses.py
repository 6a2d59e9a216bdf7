"""What buyers lay out: entered with a receipt, approved by others, paid once and in its month."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Invalid, NotPermitted, Refused
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.evidence.queries import visible_exhibits
from quality.expenses.claims import Laid
from quality.expenses.models import Expense, ExpenseKind, ExpenseStatus
from quality.expenses.operations import approve, confirm, correct, enter, pass_on, send_back, withdraw
from quality.expenses.queries import expenses_of, months, of_month, visible_to
from quality.expenses.sums import sum_on, sums
from quality.pages.expenses_book import month_book
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.models import TaskStatus
from quality.purchases.operations import refund
from quality.statistics.money import in_all, money
from tests.evidence.files import little_picture
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.expenses import entered_expense, laid, returned_expense
from tests.harness.people import Cast, hire
from tests.harness.purchases import picture, task_at
from tests.harness.races import at_once

ORDERED = TaskStatus.ORDERED
DEAR = 20_001  # fen: above what one person approves of postage


def told_of(wrong: Invalid) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in wrong.problems]


def test_one_approves_it_and_it_counts_for_its_campaign(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    before = in_all(money(session, task.campaign))
    expense = entered_expense(session, cast, task)
    assert in_all(money(session, task.campaign)) == before
    approve(session, expense, by=cast.coordinator)
    after = in_all(money(session, task.campaign))
    assert after == before._replace(beside=1_800) and after.spent == before.spent + 1_800
    price = entered_expense(session, cast, task, kind="price", amount_fen=3_990)
    approve(session, price, by=cast.coordinator)
    assert in_all(money(session, task.campaign)) == after  # what was paid is counted with the order
    assert [each.number for each in expenses_of(session, cast.coordinator, task)] == [expense.number, price.number]
    assert expense.month == f"{clock.now() + timedelta(hours=8):%Y-%m}"
    told = session.query(Event).filter_by(subject_type="expense", subject_id=expense.id).all()
    assert [each.action for each in told] == ["create", "evidence", "approve"]


@on_sqlite
def test_above_the_sum_two_approve_it_and_neither_is_the_buyer(session: Session, cast: Cast) -> None:
    expense = entered_expense(session, cast, amount_fen=DEAR)
    with pytest.raises(Refused, match="above_the_sum"):
        approve(session, expense, by=cast.coordinator)
    with pytest.raises(Refused, match="within_the_sum"):
        pass_on(session, entered_expense(session, cast), by=cast.coordinator)
    session.refresh(expense)
    pass_on(session, expense, by=cast.coordinator)
    with pytest.raises(NotPermitted):
        confirm(session, expense, by=cast.coordinator)
    session.refresh(expense)
    confirm(session, expense, by=cast.reviewer)
    assert (expense.status, expense.passed_by_id, expense.approved_by_id) == (
        ExpenseStatus.APPROVED, cast.coordinator.id, cast.reviewer.id,
    )  # fmt: skip
    both = Actor(cast.buyer.person, cast.buyer.organisation, Role.COORDINATOR)
    with pytest.raises(Refused, match="same_person"):
        approve(session, entered_expense(session, cast), by=both)
    passed = entered_expense(session, cast, amount_fen=DEAR)
    pass_on(session, passed, by=cast.coordinator)
    as_reviewer = Actor(cast.coordinator.person, cast.coordinator.organisation, Role.REVIEWER)
    with pytest.raises(Refused, match="same_person"):
        confirm(session, passed, by=as_reviewer)


@on_sqlite
def test_what_the_seller_gave_back_is_not_paid_again(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    expense = entered_expense(session, cast, task, kind="price", amount_fen=3_990)
    refund(session, task, refunded_fen=1, cause="difference", note="价保", by=cast.buyer)
    with pytest.raises(Refused, match="given_back"):
        approve(session, expense, by=cast.coordinator)
    session.refresh(expense)
    send_back(session, expense, "扣除已退差价", by=cast.coordinator)
    correct(session, expense, laid(session, cast, kind="price", amount_fen=3_989), by=cast.buyer)
    approve(session, expense, by=cast.coordinator)


@on_sqlite
def test_it_goes_back_with_a_reason_is_corrected_or_withdrawn(session: Session, cast: Cast) -> None:
    expense = entered_expense(session, cast, amount_fen=DEAR)
    pass_on(session, expense, by=cast.coordinator)
    with pytest.raises(Invalid) as refused:
        send_back(session, expense, " ", by=cast.reviewer)
    assert told_of(refused.value) == [("note", "missing")]
    send_back(session, expense, "金额与票据不符", by=cast.reviewer)
    assert expense.status == ExpenseStatus.RETURNED
    again = laid(session, cast, amount_fen=1_200, receipt=expense.receipt)
    correct(session, expense, again, by=cast.buyer)  # its own receipt stands with nothing else
    assert (expense.status, expense.amount_fen, expense.passed_by_id) == (ExpenseStatus.ENTERED, 1_200, None)
    withdraw(session, expense, by=cast.buyer)
    assert entered_expense(session, cast, receipt=expense.receipt).number != expense.number


@on_sqlite
def test_what_cannot_be_an_expense_is_named(session: Session, cast: Cast) -> None:
    task, today = task_at(session, cast, ORDERED), day_of(clock.now())
    first = entered_expense(session, cast, task)
    other = hire(session, cast.agency, Role.BUYER)

    def wrong(by: Actor = cast.buyer, of: Any = None, **changed: Any) -> list[tuple[str, str]]:
        with pytest.raises(Invalid) as refused:
            enter(session, laid(session, cast, **({"no_receipt": "无"} | changed)), by=by, task=of)
        return told_of(refused.value)

    assert wrong(kind="meal") == [("kind", "unknown_kind")]
    assert wrong(amount_fen=0, what=" ", no_receipt="") == [
        ("amount_fen", "out_of_range"), ("what", "missing"), ("no_receipt", "missing"),
    ]  # fmt: skip
    assert wrong(spent_on=today + timedelta(days=1)) == [("spent_on", "in_the_future")]
    assert wrong(spent_on=today - timedelta(days=181)) == [("spent_on", "too_old")]
    assert wrong(receipt="0" * 64) == [("receipt", "unknown_evidence")]
    assert wrong(receipt=first.receipt) == [("receipt", "used_receipt")]
    theirs = picture(session, cast.buyer).sha256
    assert wrong(by=other, receipt=theirs) == [("receipt", "unknown_evidence")]
    enter(session, laid(session, cast, receipt=theirs, is_sent_along=True), by=other)  # the same bytes, sent anew
    bus: dict[str, Any] = {"kind": "travel", "amount_fen": 200, "what": "公交", "no_receipt": "投币"}
    second = entered_expense(session, cast, **bus)
    assert wrong(**bus) == [("what", "entered_already")]
    withdraw(session, second, by=cast.buyer)
    entered_expense(session, cast, **bus)
    assert wrong(kind="price") == [("kind", "no_order")]
    assert wrong(kind="price", of=task, amount_fen=3_991) == [("amount_fen", "more_than_paid")]
    entered_expense(session, cast, task, kind="price", amount_fen=3_000)
    assert wrong(kind="price", of=task, amount_fen=900) == [("kind", "used_kind")]
    with pytest.raises(NotPermitted):
        enter(session, laid(session, cast), by=other, task=task)
    with pytest.raises(NotPermitted):
        enter(session, laid(session, cast), by=cast.coordinator)


def test_of_two_who_enter_the_same_without_a_receipt_at_once_the_second_is_told(
    app: Flask, session: Session, cast: Cast
) -> None:
    said = Laid("travel", 200, day_of(clock.now()), "公交", no_receipt="投币")
    session.commit()
    answers = at_once(app, [cast.buyer] * 2, lambda own, actor: enter(own, said, by=actor).number)
    [wrong] = [each for each in answers if isinstance(each, Invalid)]
    assert told_of(wrong) == [("what", "entered_already")]


def test_of_two_who_enter_one_receipt_at_once_the_second_is_told(app: Flask, session: Session, cast: Cast) -> None:
    receipt = picture(session, cast.buyer, EvidenceKind.EXPENSE).sha256
    said = Laid("postage", 1_800, day_of(clock.now()), "寄往检验机构", receipt)
    session.commit()
    answers = at_once(app, [cast.buyer] * 2, lambda own, actor: enter(own, said, by=actor).number)
    [wrong] = [each for each in answers if isinstance(each, Invalid)]
    assert told_of(wrong) == [("receipt", "used_receipt")]
    assert session.query(Expense).filter_by(receipt=receipt).count() == 1


@on_sqlite
def test_a_receipt_leads_to_the_buyer_and_is_read_by_few(session: Session, cast: Cast) -> None:
    expense = entered_expense(session, cast)
    reads = {actor.role: len(visible_exhibits(session, actor, expense)) for actor in (cast.buyer, cast.coordinator)}
    assert reads == {Role.BUYER: 1, Role.COORDINATOR: 1}
    assert len(visible_exhibits(session, cast.reviewer, expense)) == 1  # who approves it above the sum
    task = task_at(session, cast, ORDERED)
    attach(session, task, expense.receipt or "", EvidenceKind.EXPENSE, by=cast.buyer)
    seen = {each.kind for each in visible_exhibits(session, cast.reviewer, task)}
    assert not seen & {EvidenceKind.EXPENSE, EvidenceKind.PAYMENT}
    above, beside = hire(session, cast.above, Role.COORDINATOR), hire(session, cast.agency, Role.BUYER)
    for nobody in (above, beside, cast.analyst, cast.desk):
        assert session.scalars(visible_to(nobody)).all() == []


def test_each_kind_has_its_sum_and_where_it_comes_from() -> None:
    assert set(sums()) == set(ExpenseKind)
    assert all(str(one.source) and one.reviewer_above_fen > 0 for some in sums().values() for one in some)
    first = sums()[ExpenseKind.TRAVEL][0]
    assert sum_on(ExpenseKind.TRAVEL, first.valid_from - timedelta(days=1)) == first


def test_a_month_is_a_table_in_which_nothing_is_calculated(session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    formula = entered_expense(session, cast, task, what="=HYPERLINK(A1)", no_receipt="@SUM(1)")
    travel = entered_expense(session, cast, kind="travel", amount_fen=650)
    for each in (formula, travel):
        approve(session, each, by=cast.coordinator)
    entered_expense(session, cast)
    [month], further = months(session, cast.buyer)
    assert (month.buyer_id, month.many, month.fen, further) == (cast.buyer.id, 2, 2_450, None)
    assert months(session, cast.buyer, before=month.month) == ([], None)
    rows = of_month(session, cast.coordinator, month.month, month.buyer_id)
    sheet = openpyxl.load_workbook(month_book("云州局", month.month, month.buyer_id, rows)).worksheets[0]
    cells = {cell.coordinate: cell for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert cells["D6"].value == "=HYPERLINK(A1)" and cells["H6"].value == "@SUM(1)"
    assert {cell.data_type for cell in cells.values()} == {"s", "n"}
    assert [cell.value for cell in sheet["G"] if cell.data_type == "n" and cell.value is not None] == [
        18, 6.5, 18, 6.5, 24.5,
    ]  # fmt: skip
    assert sheet["E6"].value == task.number and cast.buyer.person and cast.buyer.person.name not in str(sheet["A3"])


@on_sqlite
def test_a_buyer_enters_it_by_telephone_and_a_coordinator_answers(app: Flask, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    for actor in (cast.buyer, cast.coordinator):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    buyer: Any = sign_in(app, cast.buyer)
    where = f"/desk/task/{task.number}/expense"
    assert "Price of the goods" in buyer.get(where).text
    fits = {"version": "1", "kind": "postage", "amount_fen": "18", "what": "寄样", "spent_on": str(day_of(clock.now()))}
    answer = buyer.post(where, data=fits)
    assert answer.status_code == 422 and "Photograph the receipt" in answer.text and "寄样" in answer.text

    def receipt() -> dict[str, Any]:
        return {"file": (io.BytesIO(little_picture(81)), "receipt.jpg")}

    answer = buyer.post(where, data=fits | receipt())
    assert answer.status_code == 302
    number = answer.headers["Location"].rsplit("/")[-1]
    assert "寄样" in buyer.get(f"/desk/task/{task.number}").text
    answer = buyer.post("/desk/expense/new", data=fits | receipt())
    assert answer.status_code == 422 and f"stands with {number} already" in answer.text

    coordinator: Any = sign_in(app, cast.coordinator)
    page = coordinator.get(f"/desk/expense/{number}").text
    assert "Look at the receipt" in page and "Buyer B-" in page
    assert number in coordinator.get("/desk/").text
    version = session.query(Expense).filter_by(number=number).one().version
    answer = coordinator.post(f"/desk/expense/{number}/approve", data={"version": version})
    assert answer.status_code == 302
    months_page = coordinator.get("/desk/expense/months").text
    assert "18.00 yuan" in months_page
    here = f"/desk/expense/month.xlsx?month={clock.now() + timedelta(hours=8):%Y-%m}&buyer={cast.buyer.id}"
    assert coordinator.get(here).data[:2] == b"PK" == buyer.get(here).data[:2]
    no_month = coordinator.get("/desk/expense/month.xlsx?month=2026-13&buyer=1")
    assert no_month.status_code == 422
    assert "Name the month, such as 2026-11" in no_month.text
    assert coordinator.get("/desk/expense/month.xlsx?month=2026-12&buyer=x").status_code == 422
    assert coordinator.get("/desk/expense/month.xlsx?month=2020-01&buyer=1").status_code == 404


@on_sqlite
def test_a_program_reads_it_and_sends_it_back(app: Flask, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, ORDERED)
    expense, other = entered_expense(session, cast, task), entered_expense(session, cast)
    approve(session, other, by=cast.coordinator)
    session.commit()
    program = program_of(app, session, cast.coordinator)
    told = program.get(f"/expenses/{expense.number}").get_json()
    assert (told["task"], told["amount_fen"], told["receipt"]) == (task.number, 1_800, expense.receipt)
    body = {"version": told["version"], "note": "票据不清"}
    assert program.post(f"/expenses/{expense.number}/send_back", body).get_json()["status"] == "returned"
    [month] = program.get("/expense-months").get_json()["items"]
    assert [each["numbers"] for each in month["buyers"]] == [[other.number]]
    [their] = month["buyers"]
    book = program.get(their["workbook"])
    assert book.data[:2] == b"PK"
    assert "attachment" in book.headers["Content-Disposition"]
    for asked, status in (("2020-01&buyer=1", 404), ("2026-13&buyer=1", 422), ("2026-11&buyer=x", 422)):
        assert program.get(f"/expense-months/book.xlsx?month={asked}").status_code == status
    assert program.get("/expense-months?cursor=2026").status_code == 422


@on_sqlite
def test_what_was_sent_back_is_put_right_on_its_page(app: Flask, session: Session, cast: Cast) -> None:
    expense = returned_expense(session, cast)
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    buyer: Any = sign_in(app, cast.buyer)
    where = f"/desk/expense/{expense.number}/correct"
    page = buyer.get(where).text
    assert "The receipt as it was sent" in page and "寄往检验机构" in page
    fits = {
        "version": expense.version, "kind": "postage", "amount_fen": "17.50", "what": "寄样",
        "spent_on": str(expense.spent_on), "receipt": expense.receipt,
    }  # fmt: skip
    assert buyer.post(where, data=fits).status_code == 302
    session.refresh(expense)
    assert (expense.status, expense.amount_fen) == (ExpenseStatus.ENTERED, 1_750)
