"""The library as a workbook: what goes out comes in the same, each wrong row is named, and it is all or nothing."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from quality.core import clock, shelf
from quality.core.errors import NotFound, NotPermitted
from quality.people.actor import Actor
from quality.standards import queries
from quality.standards.contents import LimitText, contents_of
from quality.standards.workbook.columns import LIMITS
from quality.standards.workbook.trying import State, look
from quality.standards.workbook.uploads import annotated, find, receive, take_in, throw_away_old
from quality.standards.workbook.writing import write_library
from quality.workbooks.reading import Table, read
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.people import Cast
from tests.harness.problems import invalid
from tests.harness.standards import LEAD, NUMBER, ROW, TOYS, a_standard, workbook

WHY = "按工作簿录入"


def table(tmp_path: Path, content: bytes) -> Table:
    source = tmp_path / "sent.xlsx"
    source.write_bytes(content)
    return read(source, source.name, LIMITS)


def given_out(session: Session, actor: Actor, tmp_path: Path) -> bytes:
    out = tmp_path / "out.xlsx"
    write_library(queries.whole_library(session, actor), out)
    return out.read_bytes()


def states(session: Session, rows: Any, by: Actor) -> dict[str, State]:
    return {each.number: each.state for each in look(session, rows, by=by)}


def test_what_goes_out_comes_in_the_same_and_changes_nothing(session: Session, cast: Cast, tmp_path: Path) -> None:
    a_standard(session, cast.coordinator)
    a_standard(session, cast.coordinator, "GB 1-2020", TOYS._replace(items=(), valid_until=date(2030, 1, 1)))
    rows = table(tmp_path, given_out(session, cast.reviewer, tmp_path)).rows

    assert states(session, rows, cast.coordinator) == {NUMBER: State.SAME, "GB 1-2020": State.SAME}
    take_in(session, rows, WHY, by=cast.coordinator, only_good=False)
    assert [each.edition for each in session.scalars(queries.visible_to(cast.coordinator))] == [1, 1]


def test_a_workbook_makes_a_library_and_the_second_time_nothing(session: Session, cast: Cast, tmp_path: Path) -> None:
    first = ROW | {"valid_from": date(2016, 1, 1), "unit": "mg/kg", "severity": "严重", "rule": "non_binary",
                   "rule_reason": "第三十条"}  # fmt: skip
    content = workbook(
        first | {"limit": "≤ 90.5"},
        {"category": "造型黏土", "limit": "≤ 60", "clause": "4.2"},
        {"item": "小零件", "limit": "符合"},
        ROW | {"number": "GB 2-2021", "title": "另一标准"},
    )
    rows = table(tmp_path, content).rows
    assert set(states(session, rows, cast.coordinator).values()) == {State.NEW}
    take_in(session, rows, WHY, by=cast.coordinator, only_good=False)

    standard = queries.by_number(session, cast.coordinator, NUMBER)
    assert standard
    said = contents_of(queries.one_edition(session, standard))
    assert (said.title, said.valid_from) == (TOYS.title, date(2016, 1, 1))
    assert [(item.item, item.severity, len(item.limits)) for item in said.items] == [
        (LEAD.item, "serious", 2), ("小零件", "major", 1),
    ]  # fmt: skip
    assert said.items[0].limits[1] == LimitText("≤ 60", "造型黏土", "4.2")
    assert set(states(session, rows, cast.coordinator).values()) == {State.SAME}


def test_an_item_that_is_not_there_any_more_is_taken_out_and_the_look_says_so(
    session: Session, cast: Cast, tmp_path: Path
) -> None:
    standard = a_standard(session, cast.coordinator)
    rows = table(tmp_path, workbook(ROW)).rows
    [tried] = look(session, rows, by=cast.coordinator)
    assert tried.state is State.OTHER
    assert ("item", "小零件", None, "") in tried.changed

    take_in(session, rows, WHY, by=cast.coordinator, only_good=False)
    assert standard.edition == 2
    assert [item.item for item in queries.one_edition(session, standard).items] == [LEAD.item]


@on_sqlite
def test_each_wrong_row_is_named_and_its_standard_is_held_up(session: Session, cast: Cast, tmp_path: Path) -> None:
    content = workbook(
        ROW,
        {"category": "造型黏土", "limit": "约 60"},
        {"item": "小零件", "limit": "符合", "title": "别的名称", "rule": "kindly"},
        {"limit": True},
        {"limit": "5-Mar", "category": "日期"},
        ROW | {"number": "GB 2-2021", "title": "另一标准"},
        ROW | {"number": "GB 3-2021", "title": "", "valid_from": "去年"},
        {"number": "GB 4-2021", "title": "日期", "item": date(2026, 3, 5), "limit": "符合"},
    )
    tried = look(session, table(tmp_path, content).rows, by=cast.coordinator)
    found = [
        (line.row.number, str(line.state), [(why.column, why.code) for why in line.reasons])
        for each in tried
        for line in each.lines
    ]
    assert found == [
        (2, "held", []),
        (3, "wrong", [("limit", "unreadable_limit")]),
        (4, "wrong", [("title", "says_otherwise"), ("rule", "unknown_rule")]),
        (5, "wrong", [("limit", "truth"), ("category", "doubled")]),
        (6, "wrong", [("limit", "date")]),
        (7, "new", []),
        (8, "wrong", [("valid_from", "no_day"), ("title", "missing")]),
        (9, "wrong", [("item", "date")]),
    ]


def test_all_or_nothing_unless_it_was_chosen(session: Session, cast: Cast, tmp_path: Path) -> None:
    content = workbook(ROW | {"limit": "约 60"}, ROW | {"number": "GB 2-2021", "title": "另一标准"})
    rows = table(tmp_path, content).rows
    with invalid(("only_good", "wrong_rows")):
        take_in(session, rows, WHY, by=cast.coordinator, only_good=False)
    assert list(session.scalars(queries.visible_to(cast.coordinator))) == []

    take_in(session, rows, WHY, by=cast.coordinator, only_good=True)
    assert [each.number for each in session.scalars(queries.visible_to(cast.coordinator))] == ["GB 2-2021"]


def test_what_changed_since_the_look_is_not_taken_in(session: Session, cast: Cast, tmp_path: Path) -> None:
    rows = table(tmp_path, workbook(ROW)).rows
    with invalid(("reason", "missing"), ("file", "changed_meanwhile")):
        take_in(session, rows, "", by=cast.coordinator, only_good=False, as_seen="another look")


@on_sqlite
@pytest.mark.parametrize("text", ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1"])
def test_nothing_that_is_given_out_is_ever_calculated(session: Session, cast: Cast, tmp_path: Path, text: str) -> None:
    item = LEAD._replace(item=text, aliases=text)
    a_standard(session, cast.coordinator, contents=TOYS._replace(title=text, items=(item,)))
    book = load_workbook(io.BytesIO(given_out(session, cast.coordinator, tmp_path)))
    assert {cell.data_type for row in book["limits"].iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert all(cell.value is None or isinstance(cell.value, str) for row in book["limits"].iter_rows() for cell in row)


def test_what_is_no_such_workbook_is_said(tmp_path: Path) -> None:
    for content, code in (
        (b"number,title", "other_kind"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "old_workbook"),
        (b"PK\x03\x04 broken", "unreadable"),
        (workbook(), "empty_table"),
    ):
        with invalid(("file", code)):
            table(tmp_path, content)
    with invalid(("limit", "column_missing")):
        table(tmp_path, workbook({"number": "1"}, headings=("number", "title", "item")))
    with invalid(("item", "column_doubled")):
        table(tmp_path, workbook(ROW, headings=("number", "title", "item", "limit", "item")))
    with invalid(("file", "too_many_rows")):
        table(tmp_path, workbook(*[ROW] * (LIMITS.most_rows + 1)))


def test_a_workbook_that_unpacks_to_any_size_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (40 << 20))
    with invalid(("file", "too_big")):
        table(tmp_path, out.getvalue())


@on_sqlite
def test_what_a_spreadsheet_did_is_named(session: Session, cast: Cast, tmp_path: Path) -> None:
    book = load_workbook(io.BytesIO(workbook(ROW, ROW | {"number": "GB 2", "title": "二"}, ROW | {"number": "GB 3"})))
    sheet = book["limits"]
    sheet["J2"] = "=A1"  # the limit, by a formula that was never calculated
    sheet.row_dimensions[3].hidden = True
    sheet.merge_cells("I4:I5")
    out = io.BytesIO()
    book.save(out)
    rows = table(tmp_path, out.getvalue()).rows
    assert [row.faults for row in rows] == [
        [("limit", "formula_without_value")], [("", "hidden_row")],
        [("category", "merged")], [("category", "merged")],
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@on_sqlite
def test_a_csv_is_read_alike_and_comes_back_with_its_reasons(
    session: Session, cast: Cast, tmp_path: Path, encoding: str
) -> None:
    headings = "标准编号,标准名称,检验项目,限量,实施日期,备注"
    written = f"{headings}\r\nGB 1,甲,铅,≤ 90 mg/kg,2016/1/1,x\r\nGB 2,乙,铅,5-Mar,去年,y\r\n"
    sent = io.BytesIO(written.encode(encoding))
    kept = find(receive(sent, "标准.csv", by=cast.coordinator, place=tmp_path), by=cast.coordinator, place=tmp_path)
    assert kept.own == ["备注"]
    tried = look(session, kept.table.rows, by=cast.coordinator)
    assert tried[0].contents.valid_from == date(2016, 1, 1)
    assert [[why.code for line in each.lines for why in line.reasons] for each in tried] == [
        [], ["date", "no_day"],
    ]  # fmt: skip

    out = tmp_path / "back.csv"
    assert annotated(kept, tried, out, str) == f"text/csv; charset={encoding}"
    lines = out.read_text(encoding="utf-8-sig" if encoding == "utf-8" else encoding).splitlines()
    assert lines[0].endswith(",备注,状态 status,原因 reason")
    assert lines[1].endswith(",x,new,")
    assert "实施日期 valid_from: " in lines[2]


def test_an_upload_is_its_senders_own_and_goes_by_time(
    session: Session, cast: Cast, tmp_path: Path, clock: HeldClock
) -> None:
    token = receive(io.BytesIO(workbook(ROW)), "library.xlsx", by=cast.coordinator, place=tmp_path)
    assert find(token, by=cast.coordinator, place=tmp_path).table.rows[0].cells["item"] == LEAD.item
    with pytest.raises(NotPermitted):
        find(token, by=cast.reviewer, place=tmp_path)
    with pytest.raises(NotPermitted):
        receive(io.BytesIO(workbook(ROW)), "library.xlsx", by=cast.reviewer, place=tmp_path)
    clock.advance(days=shelf.KEPT.days, minutes=1)
    with pytest.raises(NotFound):
        find(token, by=cast.coordinator, place=tmp_path)
    assert throw_away_old(tmp_path, now()) == 1


def now() -> Any:
    return clock.now()
