"""A scope as it comes from a spreadsheet: what is understood, and what is refused by its row."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest

from quality.competence.contents import MOST_LINES, LineText
from quality.competence.table import as_text, look, look_into
from quality.core.errors import Invalid


def workbook(*rows: tuple[object, ...]) -> io.BytesIO:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    out.seek(0)
    return out


def test_columns_are_found_by_their_headings_in_either_language_and_in_any_order() -> None:
    found = look("Method\t检验项目\tour own\n GB 1-2020 \t 铅（Ｐｂ）\tx\n")
    assert found.lines == [LineText("铅(Pb)", "GB 1-2020")]
    assert not found.faults


def test_without_headings_the_columns_stand_in_their_order() -> None:
    assert look("铅,GB 1-2020,儿童玩具,只测涂层").lines == [LineText("铅", "GB 1-2020", "儿童玩具", "只测涂层")]


def test_every_wrong_row_is_named_and_counted_as_a_spreadsheet_does() -> None:
    found = look("项目\t方法\n铅\tGB 1\n\tGB 2\n\n铅 \tＧＢ 1\n镉\tGB 1\tx\ty\n" + "项" * 201)
    assert [(each.row, str(each.text)) for each in found.faults] == [
        (3, "Enter the test item"),
        (5, "Says the same as line 2: leave one out"),
        (6, "Correct this row: it has more fields than the heading"),
        (7, "Keep to 200 characters"),
    ]


def test_an_empty_table_one_without_items_and_one_that_is_too_long_are_refused() -> None:
    assert [str(each.text) for each in look("").faults] == ["Name at least one test item"]
    assert "检验项目" in str(look("方法\t备注\nGB 1\tx").faults[0].text)
    assert look("项目\t项目\nx\ty").faults
    long = "\n".join(f"item {n}" for n in range(MOST_LINES + 1))
    assert f"{MOST_LINES}" in str(look(long).faults[0].text)


def test_what_is_written_out_is_read_back() -> None:
    lines = [LineText("铅", "GB 1", "儿童玩具", "只测涂层"), LineText("镉"), LineText("汞", "", "儿童玩具")]
    assert look(as_text(lines)).lines == lines


def test_a_workbook_and_a_csv_say_the_same() -> None:
    rows = ("检验项目", "own", "检验方法"), ("铅", "x", "GB 1-2020"), ("镉", "", "GB 2-2020"), ("铅 ", "", "gb 1-2020")
    csv = "\r\n".join(",".join(row) for row in rows).encode("gb18030")
    for file, name in ((workbook(*rows), "scope.xlsx"), (io.BytesIO(csv), "scope.csv")):
        found = look_into(file, name)
        assert found.lines[:2] == [LineText("铅", "GB 1-2020"), LineText("镉", "GB 2-2020")]
        assert [(each.row, str(each.text)) for each in found.faults] == [(4, "Says the same as line 2: leave one out")]


def test_a_cell_that_a_spreadsheet_spoilt_is_named_by_its_row() -> None:
    found = look_into(workbook(("项目", "方法"), ("铅", date(2026, 3, 5))), "a.xlsx")
    assert [(each.row, each.column) for each in found.faults] == [(2, "method")]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (workbook(("名称", "方法"), ("铅", "GB 1")).getvalue(), "a.xlsx", "column_missing"),
        (b"\xd0\xcf\x11\xe0old", "a.xls", "old_workbook"),
        (b"%PDF-1.7", "a.pdf", "unknown_table"),
        (b"PK\x03\x04 no archive", "a.xlsx", "unreadable"),
    ],
)
def test_what_is_no_such_table_is_refused_by_its_reason(content: bytes, name: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        look_into(io.BytesIO(content), name)
    assert refused.value.problems[0].code == code
