"""The log of looks on its pages, as a workbook and by the API; a buyer reads that, and not who."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.people.looks import LookReason
from quality.purchases.models import TaskStatus
from quality.purchases.operations import show_identity
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import NAMES, give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import PURCHASE, cipher, task_at

pytestmark = on_sqlite
NIGHT = timedelta(hours=14)


@pytest.fixture
def looked(session: Session, cast: Cast) -> str:
    """A purchase that a coordinator looked at, in the night."""
    for actor in (cast.coordinator, cast.reviewer, cast.buyer):
        assert actor.person
        give_password(session, actor.person, NAMES.get(actor.role.value, ""))
    task = task_at(session, cast, TaskStatus.ORDERED)
    cast.clock.advance(days=1)
    cast.clock.advance(seconds=((23 - (cast.clock.moment.hour + 8) % 24) % 24) * 3600)
    why = '=HYPERLINK("x")核对'
    show_identity(session, task, by=cast.coordinator, cipher=cipher(), why=why, reason=LookReason.INQUIRY)
    session.commit()
    return task.number


def test_a_reviewer_reads_who_looked_and_what_stands_out(app: Flask, session: Session, cast: Cast, looked: str) -> None:
    reviewer: Any = sign_in(app, cast.reviewer)
    page = reviewer.get("/desk/readings/").text
    for said in (looked, "A court, an auditor or a superior asks", "outside of working hours", "telephone number"):
        assert said in page
    assert not [value for value in PURCHASE.values() if isinstance(value, str) and value in page]
    assert looked in reviewer.get("/desk/readings/?outstanding=1").text
    assert "No look is like that" in reviewer.get("/desk/readings/?reason=order").text
    assert looked in reviewer.get(f"/desk/readings/?of={looked.lower()}&reader={cast.coordinator.id}").text
    for asked, says in (
        ("of=T-XX-9", "Enter the number of a purchase"), ("from=morgen", "Write a day as"),
        ("reason=nosy", "Choose one of the list"), ("reader=9999", "Choose one of the list"),
        ("from=2026-09-09&to=2026-09-01", "a last day that is not before"),
    ):  # fmt: skip
        answer = reviewer.get(f"/desk/readings/?{asked}")
        assert (answer.status_code, says in answer.text) == (422, True), asked
    assert reviewer.get("/desk/readings/looks.xlsx?of=T-XX-9").status_code == 422
    sheet = load_workbook(io.BytesIO(reviewer.get("/desk/readings/looks.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert (len(rows), rows[1][2], rows[1][5], sheet["F2"].data_type) == (2, looked, '=HYPERLINK("x")核对', "s")


def test_a_program_reads_it_and_a_buyer_learns_that_it_was_and_not_who(
    app: Flask, session: Session, cast: Cast, looked: str
) -> None:
    told = program_of(app, session, cast.reviewer).get("/looks").get_json()
    [look] = told["items"]
    assert (look["of"], look["by"], look["reason"], look["stands_out"]) == (
        looked, cast.coordinator.id, "inquiry", ["hours"],
    )  # fmt: skip
    assert program_of(app, session, cast.desk).get("/looks").status_code == 403
    buyer: Any = sign_in(app, cast.buyer)
    assert "Who looked at my identity" in buyer.get("/desk/covers/").text
    page = buyer.get("/desk/readings/mine").text
    assert looked in page
    assert "A court, an auditor or a superior asks" in page
    assert "核对" not in page
    assert NAMES["coordinator"] not in page
    assert buyer.get("/desk/readings/").status_code == 403


def test_where_nobody_looked_the_pages_say_what_will_stand_there(app: Flask, session: Session, cast: Cast) -> None:
    for actor in (cast.reviewer, cast.buyer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    assert "Nobody has read an identity yet" in sign_in(app, cast.reviewer).get("/desk/readings/").text
    assert "Nobody has looked" in sign_in(app, cast.buyer).get("/desk/readings/mine").text
