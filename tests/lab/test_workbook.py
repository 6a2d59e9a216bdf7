"""A laboratory's table: what is read of it, why each row is refused, all or none, and the same file twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session

from quality.core.errors import Invalid, NotFound, NotPermitted
from quality.lab.models import Report
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.uploads import Upload
from quality.lab.workbook.writing import open_rows, write_prefilled
from quality.people.actor import Actor
from quality.permissions import Role
from quality.purchases.blind import with_check
from quality.purchases.models import Portion
from quality.workbooks import keeping
from tests.harness.databases import on_sqlite
from tests.harness.lab import enter as enter_by_hand
from tests.harness.lab import portion_to_test, sample_at_lab, sent_sample
from tests.harness.people import Cast, hire

Cells = dict[str, Any]
Uploads = Callable[..., Upload]
MAGNET, LEAD = "磁通量指数", "可迁移元素：铅"
OLD = Path(__file__).with_name("saved_by_libreoffice.xls").read_bytes()  # as Excel 97 to 2003 did


def rows_of(portion: Portion, number: str = "WT-1", **changed: Any) -> list[Cells]:
    """What an analyst fills in for one sample; `value` and so on change the first row."""
    first = {"item": MAGNET, "value": "12.4", "unit": "kG²mm²"} | changed
    second = {"item": LEAD, "value": "8.5", "unit": "mg/kg", "uncertainty": "1.2", "lod": "0.5"}
    return [{"blind_no": portion.blind_no, "report_no": number, "analyst": "", **each} for each in (first, second)]


def book(rows: list[Cells], change: Callable[[Any], None] = lambda _sheet: None, name: str = "results") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet
    sheet.title = name
    sheet.append([RESULTS.heading(column) for column in RESULTS.names])
    for row in rows:
        sheet.append([row.get(column) for column in RESULTS.names])
    change(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text(rows: list[Cells], encoding: str = "utf-8") -> bytes:
    lines = [",".join(RESULTS.names), *(",".join(str(row.get(column, "")) for column in RESULTS.names) for row in rows)]
    return "\n".join(lines).encode(encoding)


@pytest.fixture
def at_lab(session: Session, cast: Cast) -> Portion:
    return portion_to_test(sample_at_lab(session, cast))


@pytest.fixture
def analyst(cast: Cast) -> Actor:
    return cast.analyst


@pytest.fixture
def upload(session: Session, analyst: Actor, tmp_path: Path) -> Uploads:
    """Looked at, as the page does it: nothing of it is recorded."""
    assert analyst.person

    def looked_at(content: bytes | list[Cells], name: str = "结果.xlsx", by: Actor = analyst) -> Upload:
        if isinstance(content, list):
            named = [row | {"analyst": row["analyst"] or analyst.person.email} for row in content]  # type: ignore[union-attr]
            content = book(named) if name.endswith("xlsx") else text(named)
        session.commit()
        token = uploads.receive(session, io.BytesIO(content), name, by=by, place=tmp_path)
        return uploads.find(token, by=by, place=tmp_path)

    return looked_at


@pytest.fixture
def filled(at_lab: Portion, analyst: Actor) -> Callable[..., list[Cells]]:
    return lambda **changed: named(rows_of(at_lab, **changed), analyst)


def states(found: Upload) -> list[str]:
    return [line.state.value for line in found.lines]


def codes(found: Upload) -> set[tuple[int, str, str]]:
    return {(line.number, column, code) for line in found.lines for column, code, _said in line.reasons}


def named(rows: list[Cells], analyst: Actor) -> list[Cells]:
    assert analyst.person
    return [row | {"analyst": analyst.person.email} for row in rows]


def reports(session: Session) -> list[Report]:
    session.expire_all()
    return list(session.scalars(sa.select(Report).order_by(Report.id)))


def test_what_is_given_out_prefilled_comes_back_and_is_entered(
    session: Session, at_lab: Portion, upload: Uploads, analyst: Actor, tmp_path: Path
) -> None:
    out = tmp_path / "open.xlsx"
    write_prefilled(open_rows(session, analyst), out)
    assert states(upload(out.read_bytes())) == ["blank", "blank"]
    filled = load_workbook(out)
    sheet = filled["results"]
    assert [cell.value for cell in sheet[2]][:3] == [at_lab.blind_no, None, MAGNET]
    assert sheet["E3"].value == "mg/kg"
    for row, value in ((2, "12.4"), (3, "8.5")):
        sheet.cell(row, 2).value, sheet.cell(row, 4).value = "wt－2026—7", value
    sheet["F3"].value, sheet["G3"].value = 1.2, 0.5
    filled.save(out)
    found = upload(out.read_bytes())
    assert states(found) == ["good", "good"]
    assert reports(session) == []

    uploads.enter(session, found, by=analyst, only_good=False)
    session.commit()
    [report] = reports(session)
    assert (report.report_no, report.portion_id, report.entered_by_id) == ("WT-2026-7", at_lab.id, analyst.id)
    assert [(r.value, r.uncertainty, r.lod, r.verdict) for r in report.results] == [
        ("12.4", "", "", "pass"),
        ("8.5", "1.2", "0.5", "pass"),
    ]


def test_the_same_file_twice_changes_nothing_and_says_so(session, at_lab, upload, analyst) -> None:
    rows = named(rows_of(at_lab), analyst)
    found = upload(book(rows))
    uploads.enter(session, found, by=analyst, only_good=False)
    session.commit()
    again = upload(book(rows))
    assert states(again) == ["already", "already"]
    assert uploads.enter(session, again, by=analyst, only_good=False) == []
    assert uploads.enter(session, found, by=analyst, only_good=False) == []
    assert len(reports(session)) == 1
    other = upload(book([rows[0] | {"value": "12.5"}, rows[1]]))
    assert states(other) == ["wrong", "held"]
    assert (2, "report_no", "doubled_report_no") in codes(other)


@on_sqlite
def test_all_rows_or_none_unless_the_good_ones_are_chosen(session, cast, at_lab, upload, analyst) -> None:
    other = portion_to_test(sample_at_lab(session, cast))
    found = upload(rows_of(at_lab) + rows_of(other, "WT-2", value="3月5日"))
    assert states(found) == ["good", "good", "wrong", "held"]
    with pytest.raises(Invalid, match="only_good"):
        uploads.enter(session, found, by=analyst, only_good=False)
    session.rollback()
    assert reports(session) == []
    uploads.enter(session, found, by=analyst, only_good=True)
    session.commit()
    assert [report.portion_id for report in reports(session)] == [at_lab.id]


def test_what_changed_meanwhile_is_looked_at_again(session, cast, at_lab, upload, analyst) -> None:
    found = upload(rows_of(at_lab))
    enter_by_hand(session, at_lab, cast)
    session.commit()
    with pytest.raises(Invalid):
        uploads.enter(session, found, by=analyst, only_good=True)
    session.rollback()
    assert len(reports(session)) == 1


@on_sqlite
def test_while_all_stands_as_it_was_nothing_is_read_again(session, at_lab, upload, analyst) -> None:
    found = upload(rows_of(at_lab))
    found.source.unlink()
    (found.folder / keeping.TABLE).unlink()
    assert uploads.enter(session, found, by=analyst, only_good=False) == ["WT-1"]
    [report] = reports(session)
    assert [result.judgement["reason"] for result in report.results] == ["meets_limit", "clear_pass"]


@on_sqlite
def test_what_is_otherwise_without_changing_a_row_is_no_hindrance(session, cast, at_lab, upload, analyst) -> None:
    found = upload(rows_of(at_lab))
    hire(session, cast.analyst.organisation, Role.ANALYST)
    session.commit()
    assert uploads.enter(session, found, by=analyst, only_good=False) == ["WT-1"]


@on_sqlite
def test_a_blind_number_of_another_laboratory_looks_like_an_unknown_one(session, cast, at_lab, upload) -> None:
    stranger = cast.second_analyst
    assert stranger.person
    rows = [row | {"analyst": stranger.person.email} for row in rows_of(at_lab)]
    theirs = upload(book(rows), by=stranger)
    unknown = upload(book([row | {"blind_no": with_check("2345678")} for row in rows]), by=stranger)
    assert codes(theirs) == {(2, "blind_no", "unknown_blind_no"), (3, "", "held")}
    assert codes(unknown) == codes(theirs)
    assert at_lab.blind_no in theirs.lines[0].reasons[0][2]["en"]


@on_sqlite
def test_an_upload_is_its_senders_and_entering_takes_an_analyst(session, cast, at_lab, upload, tmp_path) -> None:
    found = upload(rows_of(at_lab))
    with pytest.raises(NotFound):
        uploads.find(found.token, by=cast.second_analyst, place=tmp_path)
    with pytest.raises(NotFound):
        uploads.find("../../etc", by=cast.analyst, place=tmp_path)
    with pytest.raises(NotPermitted):
        uploads.receive(session, io.BytesIO(b""), "x.xlsx", by=cast.signatory, place=tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@on_sqlite
def test_a_csv_of_either_encoding_is_read_like_a_workbook(session, at_lab, upload, analyst, encoding: str) -> None:
    rows = named([row | {"unit": ""} for row in rows_of(at_lab, value="12.4 kG²mm²")], analyst)
    rows[1]["value"] = "8.5 mg/kg"
    found = upload(text(rows, encoding), "结果.csv")
    assert (states(found), found.kind) == (["good", "good"], encoding)


@on_sqlite
def test_values_are_read_as_the_form_reads_them(session, at_lab, upload) -> None:
    found = upload(rows_of(at_lab, value="2.55 mg/kg", unit="℃"))
    assert states(found) == ["wrong", "held"]
    assert {code for _row, _column, code in codes(found)} == {"cannot_be_judged", "held"}
    wide = upload(rows_of(at_lab, value="＜５０", unit="ｋＧ²ｍｍ²"))
    assert states(wide) == ["good", "good"]


@on_sqlite
def test_what_cannot_be_judged_is_handed_in_where_that_is_meant(session, at_lab, upload, analyst, tmp_path) -> None:
    found = upload(rows_of(at_lab, value="见附件"))
    assert (2, "value", "cannot_be_judged") in codes(found)
    uploads.look_again(session, found, by=analyst, undecided_too=True)
    found = uploads.find(found.token, by=analyst, place=tmp_path)
    assert states(found) == ["good", "good"]
    uploads.enter(session, found, by=analyst, only_good=False)
    assert reports(session)[0].results[0].verdict == "undecided"


@on_sqlite
def test_each_row_says_what_is_wrong_with_it_in_its_column(session, cast, at_lab, upload) -> None:
    rows = rows_of(at_lab)
    found = upload(
        [
            rows[0] | {"item": "砷"},
            rows[0],
            rows[0] | {"value": "", "uncertainty": "0.1"},
            rows[1] | {"analyst": "无此人"},
        ]
    )
    assert codes(found) == {
        (2, "item", "unknown_item"),
        (4, "item", "doubled_item"),
        (4, "value", "missing"),
        (5, "analyst", "several_analysts"),
        (3, "", "held"),
    }
    missing = upload([rows[0]])
    assert codes(missing) == {(2, "", "missing_item")}
    half = upload([rows[0], rows[1] | {"value": "", "report_no": "", "uncertainty": "", "lod": ""}])
    assert codes(half) == {(2, "", "missing_item"), (3, "value", "missing_item")}
    coming = portion_to_test(sent_sample(session, cast))
    early = upload(rows_of(coming))
    assert (2, "", "not_at_lab") in codes(early)
    slip = upload([row | {"blind_no": "MY-7K3X-92AM", "report_no": "检 7"} for row in rows])
    assert (2, "blind_no", "mistyped_blind_no") in codes(slip)


@pytest.mark.parametrize("value", ["3月5日", "2026年3月5日", "3月", "2026/3/5", "2026-03-05", "5-Mar"])
@on_sqlite
def test_what_a_spreadsheet_wrote_for_a_date_is_named_in_a_csv_too(upload, filled, value: str) -> None:
    assert (2, "value", "date") in codes(upload(text(filled(value=value)), "x.csv"))


def put(**cells: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for address, value in cells.items():
            if isinstance(value, tuple):
                sheet[address].number_format = value[1]
            sheet[address].value = value[0] if isinstance(value, tuple) else value

    return change


@pytest.mark.parametrize(
    ("value", "number_format", "reads"),
    [
        (12.4, "General", "12.4"),
        (12, "General", "12"),
        (2.5, "0.00", "2.50"),
        (2.5499999999999998, "0.00", "2.55"),
        (1e-05, "General", "0.00001"),
        (0.025, "0.0%", "2.5%"),
    ],
)
@on_sqlite
def test_a_number_is_read_as_it_stands_there(upload, filled, value, number_format, reads) -> None:
    found = upload(book(filled(), put(D2=(value, number_format))))
    assert found.table.rows[0].cells["value"] == reads


def doubled(sheet: Any) -> None:
    sheet["L1"].value = "实测值"


def without_item(sheet: Any) -> None:
    sheet["C1"].value = "备注"


def far_down(sheet: Any) -> None:
    sheet["A100002"].value = "MY"


def hide_column(sheet: Any) -> None:
    sheet.column_dimensions["F"].hidden = True


def book_of_many(sheet: Any) -> None:
    sheet.parent.create_sheet("x")
    sheet.title = "Sheet1"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (doubled, "column_doubled"),
        (without_item, "column_missing"),
        (far_down, "too_many_rows"),
        (hide_column, "hidden_column"),
        (book_of_many, "no_sheet"),
    ],
)
@on_sqlite
def test_a_table_that_is_none_of_ours_is_refused_as_a_whole(upload, filled, tmp_path, change, code) -> None:
    with pytest.raises(Invalid) as no:
        upload(book(filled(), change))
    assert {problem.code for problem in no.value.problems} == {code}
    assert not list((tmp_path / uploads.FOLDER).iterdir()), "nothing of it is kept"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "x.xlsx", "other_kind"),
        (b"PK\x03\x04 no zip", "x.xlsx", "unreadable"),
        (book([]), "x.csv", "other_kind"),
        (b"a,b\n1,2\n", "x.csv", "column_missing"),
        (b"", "x.csv", "empty"),
        (b"a,b", "x.pdf", "unknown_table"),
        (OLD, "x.xlsx", "old_workbook"),
        (OLD, "x.xls", "unknown_table"),
        (b"PK\x03\x04" + bytes(33 << 20), "x.xlsx", "too_big"),
    ],
    ids=["empty", "broken", "xlsx named csv", "other csv", "empty csv", "pdf", "xls named xlsx", "xls", "big"],
)
@on_sqlite
def test_what_is_no_table_is_refused_with_its_reason(upload, content: bytes, name: str, code: str) -> None:
    with pytest.raises(Invalid) as no:
        upload(content, name)
    assert code in {problem.code for problem in no.value.problems}
