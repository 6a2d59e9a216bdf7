"""Workbooks as they come: by other programs, with hidden sheets, calculated cells, old and locked ones."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask_babel import force_locale
from openpyxl import load_workbook

from quality.core.errors import Invalid
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import RESULTS
from quality.workbooks.package import Cell, Irregular, lines_by_parser, lines_by_pattern, sheets, text_of
from quality.workbooks.sheet import Asked, told_of
from tests.harness.databases import on_sqlite
from tests.lab.test_workbook import Cells, analyst, at_lab, book, codes, filled, states, upload

__all__ = ["analyst", "at_lab", "filled", "upload"]  # fixtures
pytestmark = on_sqlite
SHEET = "xl/worksheets/sheet1.xml"


def changed(content: bytes, change: Callable[[str], str], part: str = SHEET) -> bytes:
    """The same workbook with the XML of one part written otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as there, zipfile.ZipFile(out, "w") as made:
        for name in there.namelist():
            held = there.read(name)
            made.writestr(name, change(held.decode()).encode() if name == part else held)
    return out.getvalue()


def prefixed(xml: str) -> str:
    """As some programs write it: every element behind a prefix."""
    xml = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", xml)
    return xml.replace("xmlns=", "xmlns:x=")


def without_addresses(xml: str) -> str:
    """As others do: rows and cells that do not say where they stand."""
    return re.sub(r' r="[A-Z]*[0-9]+"', "", xml)


def by_xlsxwriter(rows: list[Cells]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        sheet = made.add_worksheet("results")
        sheet.write_row(0, 0, [RESULTS.heading(column) for column in RESULTS.names])
        for place, row in enumerate(rows, 1):
            sheet.write_row(place, 0, [row.get(column) for column in RESULTS.names])
        sheet.write_formula(1, 3, "=6.2*2", None, 12.4)
    return out.getvalue()


def every_cell(rows: list[Cells]) -> bytes:
    def adorn(sheet: Any) -> None:
        sheet["L1"].value, sheet["L2"].value = "备注 & <b>", date(2026, 3, 5)
        sheet["M2"].value, sheet["N2"].value, sheet["O2"].value = True, "=1+1", " 两 行\n文字 "

    return book(rows, adorn)


def test_pattern_and_parser_read_the_same(filled) -> None:
    for content in (book(filled()), by_xlsxwriter(filled()), every_cell(filled())):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            written = packed.read(sheets(packed)[0].part)
        by_pattern = [line for line in lines_by_pattern(written) if line.cells]
        by_parser = list(lines_by_parser(written))
        assert [line[:2] for line in by_pattern] == [line[:2] for line in by_parser]
        for one, other in zip(by_pattern, by_parser, strict=True):
            assert [as_meant(cell) for cell in one.cells] == [as_meant(cell) for cell in other.cells]


def as_meant(cell: Cell) -> tuple[Any, ...]:
    """Where lxml is installed openpyxl writes signs as their numbers."""
    return (*cell[:3], bool(cell[3]), *map(text_of, cell[4:6]))


@pytest.mark.parametrize("way", [prefixed, without_addresses, lambda xml: xml.replace("<row ", "\n<!-- x -->\n<row ")])
def test_however_the_sheet_is_written_it_is_read(upload, filled, way, tmp_path) -> None:
    everywhere = dict.fromkeys(("uncertainty", "lod", "loq", "method"), "/")  # no cell is left out
    content = changed(book([everywhere | row for row in filled()]), way)
    if way is not without_addresses:
        with pytest.raises(Irregular), zipfile.ZipFile(io.BytesIO(content)) as packed:
            list(lines_by_pattern(packed.read(SHEET)))
    found = upload(content)
    assert states(found) == ["good", "good"]
    out = tmp_path / "back.xlsx"
    uploads.annotated(found, out, "en", lambda state: state.value)
    with zipfile.ZipFile(out) as packed:
        told = told_of(packed, Asked(**RESULTS.asked()))
    assert told["headings"][-2:] == ["状态 status", "原因 reason"]
    assert len(told["rows"]) == 2


def test_a_calculated_value_is_read_and_its_formula_stays(upload, filled, tmp_path) -> None:
    found = upload(by_xlsxwriter(filled(value="12.4")))
    assert (states(found), found.table.rows[0].cells["value"]) == (["good", "good"], "12.4")
    out = tmp_path / "back.xlsx"
    uploads.annotated(found, out, "en", lambda state: state.value)
    assert load_workbook(out)["results"]["D2"].value == "=6.2*2"


def hide_others(sheet: Any) -> None:
    sheet.title = "检验结果"
    sheet.parent.create_sheet("选项").sheet_state = "hidden"


def hide_results(sheet: Any) -> None:
    sheet.parent.create_sheet("封面")
    sheet.sheet_state = "hidden"


@pytest.mark.parametrize("title", ["某检验院检验结果表", ""])
def test_headings_below_a_title_are_found_and_said(upload, filled, title: str) -> None:
    def lower(sheet: Any) -> None:
        sheet.insert_rows(1, 2)
        sheet["A1"].value = title

    with pytest.raises(Invalid) as no:
        upload(book(filled(), lower))
    with force_locale("en"):
        said = [(problem.code, str(problem.text)) for problem in no.value.problems]
    assert said == [("headings_lower", "The headings stand in row 3: delete the rows above them")]


def test_a_hidden_sheet_is_not_taken_for_the_results(upload, filled) -> None:
    assert states(upload(book(filled(), hide_others))) == ["good", "good"]
    with pytest.raises(Invalid) as no:
        upload(book(filled(), hide_results))
    assert [problem.code for problem in no.value.problems] == ["hidden_sheet"]


def test_texts_are_read_with_their_runs_and_without_readings_aids(upload, filled) -> None:
    content = by_xlsxwriter(filled())

    def in_runs(xml: str) -> str:
        runs = "<si><r><t>磁通</t></r><r><rPr><b/></rPr><t>量指数</t></r><rPh sb='0' eb='1'><t>citong</t></rPh></si>"
        return xml.replace("<si><t>磁通量指数</t></si>", runs)

    assert states(upload(changed(content, in_runs, "xl/sharedStrings.xml"))) == ["good", "good"]
    hinted = changed(
        content,
        lambda xml: xml.replace("磁通量指数</t>", '磁通量指数</t><phoneticPr fontId="1"/>'),
        "xl/sharedStrings.xml",
    )
    assert states(upload(hinted)) == ["good", "good"]


@pytest.mark.parametrize("value", ["12,4", "12.4；12.5", "＝6.2*2", "不得检出", "n=5, c=2, m=10, M=100"])
def test_a_value_as_it_must_not_be_written_is_named_in_its_cell(upload, filled, value: str) -> None:
    found = upload(book(filled(value=value)))
    assert states(found) == ["wrong", "held"]
    assert (2, "value", "cannot_be_judged") in codes(found)


@pytest.mark.parametrize(
    ("file", "code"), [("saved_by_libreoffice.xls", "old_workbook"), ("locked.xlsx", "locked_workbook")]
)
def test_an_old_and_a_locked_workbook_are_told_apart_from_a_damaged_one(upload, file: str, code: str) -> None:
    with pytest.raises(Invalid) as no:
        upload((Path(__file__).parent / file).read_bytes(), "x.xlsx")
    assert [problem.code for problem in no.value.problems] == [code]


def test_what_comes_back_is_the_same_but_for_two_columns(upload, filled, tmp_path: Path) -> None:
    """Byte by byte in every other part of the package."""
    content = every_cell(filled(value="3月5日"))
    out = tmp_path / "back.xlsx"
    uploads.annotated(upload(content), out, "en", lambda state: state.value)
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out) as after:
        assert before.namelist() == after.namelist()
        differ = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert set(differ) == {"xl/styles.xml", SHEET}
        kept = re.sub(r'<c r="[PQ][0-9]+".*?</c>', "", after.read(SHEET).decode())
        plain = before.read(SHEET).decode()
        assert re.findall("<c .*?(?:/>|</c>)", kept) == re.findall("<c .*?(?:/>|</c>)", plain)
