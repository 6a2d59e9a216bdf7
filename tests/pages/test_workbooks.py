"""The pages of a laboratory's workbook: out, looked at, given back with reasons, entered once."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app
from openpyxl import load_workbook
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock, shelf
from quality.lab.models import Report
from quality.lab.workbook import jobs, uploads
from quality.pages.words import word
from quality.purchases.models import Portion
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.lab import portion_to_test, sample_at_lab
from tests.harness.people import Cast
from tests.lab.test_workbook import Cells, book, named, rows_of
from tests.pages.conftest import SignIn

pytestmark = [on_sqlite, pytest.mark.usefixtures("sent")]


@pytest.fixture
def at_lab(session: Session, cast: Cast) -> Portion:
    portion = portion_to_test(sample_at_lab(session, cast))
    for actor in (cast.analyst, cast.signatory, cast.second_analyst):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return portion


@pytest.fixture
def analyst(at_lab: Portion, cast: Cast, sign_in: SignIn) -> Any:
    return sign_in(cast.analyst)


@pytest.fixture
def rows(at_lab: Portion, cast: Cast) -> Callable[..., list[Cells]]:
    return lambda **changed: named(rows_of(at_lab, **changed), cast.analyst)


def send(client: Any, content: bytes, name: str = "结果_10月第2批.xlsx") -> Any:
    return client.post("/desk/workbook/", data={"file": (io.BytesIO(content), name)})


def numbers(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(sa.select(Report.report_no)))


def test_the_workbook_is_found_from_the_samples_and_comes_prefilled(analyst: Any, at_lab: Portion) -> None:
    assert "/desk/workbook/" in analyst.get("/desk/portion/").text
    assert "盲样编号 blind_no" in analyst.get("/desk/workbook/").text
    answer = analyst.get("/desk/workbook/open.xlsx")
    assert "Samples to test 2026" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.data))["results"]
    assert sheet["A2"].value == at_lab.blind_no
    grid = analyst.get(f"/desk/portion/{at_lab.blind_no}/report").text
    own = f"/desk/workbook/open.xlsx?portion={at_lab.blind_no}"
    assert own in grid
    one = load_workbook(io.BytesIO(analyst.get(own).data))["results"]
    assert {row[0].value for row in one.iter_rows(min_row=2)} == {at_lab.blind_no}
    assert analyst.get("/desk/workbook/open.xlsx?portion=MY-7K3X-92AM").status_code == 404
    told = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    sample = at_lab.sample
    for secret in (
        sample.number,
        sample.product_name,
        sample.producer_name,
        sample.task.number,
        sample.task.drawn.listing_id,
    ):
        assert secret not in told, "a laboratory knows a blind number"


def test_a_right_table_is_looked_at_and_then_entered_once(session: Session, analyst: Any, rows) -> None:
    report = send(analyst, book(rows()))
    page = analyst.get(report.location).text
    assert "Looked at, and nothing entered yet." in page
    assert "Enter 1 reports" in page
    assert numbers(session) == []
    assert analyst.post(f"{report.location}/enter", data={"how": "all"}).location == "/desk/portion/"
    assert "1 report is entered and waits for a signatory" in analyst.get("/desk/portion/").text
    assert numbers(session) == ["WT-1"]
    assert analyst.post(f"{report.location}/enter", data={"how": "all"}).location == report.location
    page = analyst.get(report.location).text
    assert "nothing was recorded twice" in page
    assert "nothing is left to enter" in page
    assert "nothing is left to enter" in analyst.get(send(analyst, book(rows())).location).text
    assert numbers(session) == ["WT-1"]


def test_wrong_rows_are_named_and_the_file_comes_back_with_them(session, cast: Cast, analyst: Any, rows) -> None:
    other = portion_to_test(sample_at_lab(session, cast))
    session.commit()
    content = book(rows(value="3月5日") + named(rows_of(other, "WT-2"), cast.analyst))
    report = send(analyst, content).location
    page = analyst.get(report).text
    assert "2 can be entered, 2 are to mend" in page
    assert "Row 2" in page
    answer = analyst.get(f"{report}/file")
    assert "to%20mend.xlsx" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.data))["results"]
    said = [sheet[f"N{row}"].value for row in (2, 3, 4)]
    assert said == ["to mend", "held up by another row", "can be entered"]

    refused = analyst.post(f"{report}/enter", data={"how": "all"})
    assert refused.status_code == 422
    assert "Say that only the right reports are entered" in refused.text
    assert numbers(session) == []
    analyst.post(f"{report}/enter", data={"how": "good"})
    assert numbers(session) == ["WT-2"]


def test_what_cannot_be_judged_can_be_meant(session: Session, analyst: Any, rows) -> None:
    report = send(analyst, book(rows(value="见附件"))).location
    assert "what cannot be judged stays undecided" in analyst.get(report).text
    assert analyst.post(f"{report}/again", data={"undecided": "1"}).location == report
    page = analyst.get(report).text
    assert "Enter 1 reports" in page
    assert "Not a plain pass" in page
    analyst.post(f"{report}/again")
    assert "Enter 1 reports" not in analyst.get(report).text


def test_an_upload_is_its_senders_alone_and_can_be_thrown_away(cast: Cast, analyst: Any, sign_in: SignIn, rows) -> None:
    report = send(analyst, book(rows())).location
    for stranger in (cast.signatory, cast.second_analyst):
        client = sign_in(stranger)
        assert client.get(report).status_code == 404
        assert client.post(f"{report}/enter").status_code == 404
    assert sign_in(cast.signatory).get("/desk/workbook/").status_code == 403
    assert analyst.post(f"{report}/throw-away").location == "/desk/workbook/"
    assert analyst.get(report).status_code == 404


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "", "Choose at least one file"),
        (b"x", "x.pdf", "Send a table as XLSX or CSV"),
        (b"a,b\n1,2", "x.csv", "Give the table a column 盲样编号 blind_no"),
        (book([]), "x.csv", "Its name ends in .csv"),
    ],
)
def test_what_is_no_table_is_said_at_the_field(analyst: Any, content: bytes, name: str, says: str) -> None:
    answer = send(analyst, content, name)
    assert answer.status_code == 422
    assert says in answer.text
    assert re.search(r'aria-describedby="file-h file-e"', answer.text)


def test_the_pages_are_in_both_languages(analyst: Any, rows) -> None:
    report = send(analyst, book(rows(value="3月5日"))).location
    assert "试运行完成，尚未入库" in analyst.get(f"{report}?lang=zh").text


@pytest.fixture
def big(session: Session, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Every table is left to the job; a call does what the job does."""
    monkeypatch.setattr(uploads, "SOON", dict.fromkeys(uploads.SOON, 0))
    place = current_app.config["SETTINGS"].frames_folder
    sessions = sessionmaker(session.get_bind())
    return lambda: jobs.look_at_what_waits(sessions, place, clock.now(), partial(word, "row_state"))


def test_a_big_table_is_waited_for_on_its_page(session, analyst: Any, rows, big: Callable[[], int]) -> None:
    report = send(analyst, book(rows(value="3月5日"))).location
    waits = analyst.get(report)
    assert waits.headers["Refresh"] == "3"
    assert "Waits since" in waits.text
    folder = next(shelf.folders(current_app.config["SETTINGS"].frames_folder / uploads.FOLDER))
    for step, says in (
        ("reading", "is being read"),
        ("judging", "12,000 of 90,000 rows"),
        ("writing", "being written"),
    ):
        shelf.write(folder, shelf.PROGRESS, {"step": step, "done": 12_000, "of": 90_000})
        assert says in analyst.get(report).text

    assert big() == 1
    found = analyst.get(report)
    assert "Refresh" not in found.headers
    assert "2 are to mend" in found.text
    assert analyst.get(f"{report}/file").data[:2] == b"PK"
    again = analyst.post(f"{report}/again", data={"undecided": "1"}).location
    assert analyst.get(again).headers["Refresh"] == "3"
    assert analyst.post(f"{report}/throw-away").location == "/desk/workbook/"
    assert analyst.get(report).status_code == 404


def test_of_many_wrong_rows_the_page_shows_the_first(analyst: Any, rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SHOWN_ROWS", 1)
    page = analyst.get(send(analyst, book(rows(value="3月5日"))).location)
    assert "the first 1; all of them are in your file" in page.text


def test_a_big_table_that_cannot_be_read_says_why(analyst: Any, big: Callable[[], int]) -> None:
    report = send(analyst, b"PK\x03\x04 no zip").location
    assert big() == 1
    page = analyst.get(report)
    assert "This table cannot be read" in page.text
    assert "Refresh" not in page.headers
