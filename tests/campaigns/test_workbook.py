import io
import re
import zipfile
from datetime import date, datetime

import duckdb
import pytest
import xlsxwriter
from openpyxl import Workbook

from quality.campaigns.frame import import_frame, workbook
from quality.core import unpacking
from quality.workbooks.rows import write_rows
from tests.campaigns.refusals import refuses

HEADING = ["商品编号", "平台", "类别", "价格", "月销量", "备注"]


@pytest.fixture
def imported(tmp_path):
    def imported(content):
        (tmp_path / "frame.xlsx").write_bytes(content)
        return import_frame(tmp_path / "frame.xlsx", tmp_path / "store")

    return imported


def book(*rows, first_row=0):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as made:
        sheet = made.add_worksheet("框")
        for number, row in enumerate(rows, first_row):
            sheet.write_row(number, 0, row)
        made.add_worksheet("其他").write(0, 0, "=1")
    return content.getvalue()


def changed(content, part, change):
    """The workbook with one part rewritten."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as read, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(name, change(read.read(name)) if name == part else read.read(name))
    return target.getvalue()


def test_the_first_sheet_is_read_with_its_numbers_as_they_look(imported):
    report = imported(
        book(HEADING, [100001, "棠梨商城", "玩具", 12.5, 7, True], ["L2", "棠梨商城", "玩具", "", "", date(2026, 9, 3)])
    )
    assert (report.encoding, report.accepted) == ("xlsx", 2)
    with duckdb.connect() as con:
        rows = con.execute(f"SELECT listing_id, price_fen, monthly_sales, 备注 FROM '{report.path}'").fetchall()
    assert rows == [("100001", 1250, 7, "TRUE"), ("L2", None, None, "2026-09-03")]


def test_rows_are_named_as_the_spreadsheet_numbers_them(imported):
    report = imported(book(HEADING, ["L1", "a", "b"], ["L2", "", "b"], first_row=4))
    assert [(problem.row, problem.field) for problem in report.problems] == [(7, "platform")]


def test_a_formula_that_was_never_calculated_is_named_and_a_calculated_one_is_its_value(imported):
    content = book(HEADING, ["L1", "a", "b", "=3+4"], ["L2", "a", "b", "=5+6"], ["L3", "a", "b", 9])
    uncalculated = changed(
        content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<f>3+4</f><v>0</v>", b"<f>3+4</f>")
    )
    report = imported(uncalculated)
    assert [(p.row, p.field, p.code) for p in report.problems] == [(2, "column 4", "formula_without_value")]
    assert report.accepted == 2


def test_a_number_that_lost_its_digits_is_named(imported):
    report = imported(book(HEADING, ["L1", "a", "b"], [123456789012345678, "a", "b"]))
    assert [(p.row, p.field, p.code) for p in report.problems] == [(3, "column 1", "long_number")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (book(), "file: empty"),
        (book(HEADING), "file: empty"),
        (book([1e15, "platform"]), "row 1, column 1: long_number"),
        (book(HEADING, ["L1", "a", "b"])[:-40], "file: unreadable"),
        (b"PK\x03\x04 and nothing more", "file: unreadable"),
        (changed(book(HEADING), "xl/workbook.xml", lambda _: b"<no"), "file: unreadable"),
    ],
    ids=["empty", "heading only", "heading of numbers", "cut", "no zip", "broken XML"],
)
def test_a_workbook_that_is_no_frame_is_refused(imported, content, problem):
    with refuses(problem):
        imported(content)


def test_a_workbook_that_unpacks_to_too_much_is_refused(imported, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_BYTES", 20_000)
    content = changed(book(HEADING), "xl/styles.xml", lambda xml: xml + b" " * 10_000_000)
    assert len(content) < 50_000
    with refuses("file: too_big"):
        imported(content)


def test_a_workbook_of_too_many_parts_is_refused(imported, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_PARTS", 3)
    with refuses("file: too_big"):
        imported(book(HEADING))


def test_a_cell_beside_the_table_is_named_however_far_out_it_is(imported):
    def far(xml):
        return xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')

    content = changed(book(HEADING, ["L1", "a", "b"]), "xl/worksheets/sheet1.xml", far)
    report = imported(content)
    assert [(p.row, p.field, p.code) for p in report.problems] == [(1_048_576, "", "too_many_fields")]
    assert report.accepted == 1


def test_a_reader_that_takes_too_long_is_stopped(imported, monkeypatch):
    monkeypatch.setattr(workbook, "SECONDS", 0.01)
    with refuses("file: too_big"):
        imported(book(HEADING, ["L1", "a", "b"]))


def test_the_reader_itself(tmp_path):
    """What runs in a process of its own, here where its lines are counted."""
    content = book(HEADING, [1.5, 2, False, 10**15], ["L2", "=1", "=2"], [], ["L3", date(2026, 9, 3)])
    content = changed(content, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<f>1</f><v>0</v>", b"<f>1</f>"))
    (tmp_path / "book.xlsx").write_bytes(content)

    write_rows(tmp_path / "book.xlsx", tmp_path / "lines")

    assert (tmp_path / "lines").read_text(encoding="utf-8").splitlines() == [
        '[1, ["商品编号", "平台", "类别", "价格", "月销量", "备注"]]',
        '[2, ["1.5", "2", "FALSE", "1000000000000000", "", ""], "column 4", "long_number", "1000000000000000"]',
        '[3, ["L2", "", "0", "", "", ""], "column 2", "formula_without_value", ""]',
        '[5, ["L3", "2026-09-03", "", "", "", ""]]',
    ]


def test_a_table_may_begin_anywhere_and_its_numbers_look_as_they_did(tmp_path):
    """Two cells to the right; a price shown with two decimals, a time, an error; and as no usual program writes XML."""
    sheet = Workbook()
    sheet.active.append(["", "", "商品编号", "价格", "时刻", "备注"])
    sheet.active.append(["", "", "L1", 12.5, datetime(2026, 9, 3, 8, 30), "=1/0"])
    sheet.active["D2"].number_format = "0.00"
    content = io.BytesIO()
    sheet.save(content)

    def computed(xml):
        error = re.sub(rb"<f>1/0</f><v( />|></v>)", b"<f>1/0</f><v>#DIV/0!</v>", xml)  # with lxml, and without
        return error.replace(b'<c r="F2"', b'<c  r="F2" t="e"')

    changed_ = changed(content.getvalue(), "xl/worksheets/sheet1.xml", computed)
    (tmp_path / "book.xlsx").write_bytes(changed_)
    write_rows(tmp_path / "book.xlsx", tmp_path / "lines")
    assert (tmp_path / "lines").read_text(encoding="utf-8").splitlines()[1:] == [
        '[2, ["L1", "12.50", "2026-09-03T08:30:00", "#DIV/0!"]]'
    ]


def test_a_sheet_may_stand_anywhere_in_the_package(tmp_path):
    content = changed(
        book(["x"]), "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b'"worksheets/', b'"/xl/worksheets/')
    )
    (tmp_path / "book.xlsx").write_bytes(content)
    write_rows(tmp_path / "book.xlsx", tmp_path / "lines")
    assert (tmp_path / "lines").read_text() == '[1, ["x"]]\n'
