"""What a dry run says beside what it refuses: all that is wrong at once, and what would not plainly pass."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from openpyxl import load_workbook

from quality.lab.workbook import uploads
from tests.harness.databases import on_sqlite
from tests.lab.test_workbook import MAGNET, analyst, at_lab, book, codes, filled, put, rows_of, states, text, upload

__all__ = ["analyst", "at_lab", "filled", "upload"]  # fixtures
pytestmark = on_sqlite


def test_beside_a_damaged_row_the_others_are_named_at_once(at_lab, upload) -> None:
    """Or their sender would hear of them one after the other."""
    magnet, lead = rows_of(at_lab)
    found = upload([magnet | {"value": "3月5日"}, lead | {"value": "2,55"}])
    assert codes(found) == {(2, "value", "date"), (3, "value", "cannot_be_judged")}
    other = upload([magnet | {"value": "3月5日", "analyst": "无此人"}, lead])
    assert codes(other) == {(2, "value", "date"), (3, "", "held")}


def test_what_does_not_pass_is_said_before_it_is_entered(session, at_lab, upload, analyst, tmp_path) -> None:
    """So that a slip of the finger is seen by who made it."""
    magnet, lead = rows_of(at_lab)
    found = upload([magnet | {"value": "912"}, lead])
    assert (states(found), found.verdicts) == (["good", "good"], {"fail": 1, "pass": 1})
    [line] = found.not_passed
    assert (line.number, line.item, line.value) == (2, MAGNET, "912")
    [(_column, code, said)] = line.reasons
    assert (code, said["en"].partition(":")[0]) == ("fail", "Does not meet the limit")
    uploads.annotated(found, tmp_path / "back.xlsx", "en", lambda state: state.value)
    sheet = load_workbook(tmp_path / "back.xlsx")["results"]
    assert (sheet.cell(2, sheet.max_column - 1).value, "912" in sheet.cell(2, sheet.max_column).value) == ("good", True)
    uploads.note_entered(found, uploads.enter(session, found, by=analyst, only_good=False))
    entered = uploads.find(found.token, by=analyst, place=tmp_path)
    assert (states(entered), entered.verdicts, entered.not_passed) == (["already", "already"], {}, [])
    assert {line.state for line in entered.lines} == {"already"}


def merge(sheet: Any) -> None:
    sheet.merge_cells("A2:A3")


def hide(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


@pytest.mark.parametrize(
    ("change", "says", "written"),
    [
        (put(D2=date(2026, 3, 5)), {(2, "value", "date"), (3, "", "held")}, "2026-03-05"),
        (put(D2=time(12, 4)), {(2, "value", "time"), (3, "", "held")}, "12:04:00"),
        (put(D2=True), {(2, "value", "truth"), (3, "", "held")}, "TRUE"),
        (put(D2="=1/0*A1&1"), {(2, "value", "formula_without_value"), (3, "", "held")}, "=1/0*A1&1"),
        (put(D2="#DIV/0!"), {(2, "value", "error"), (3, "", "held")}, "#DIV/0!"),
        (put(D2=(0.5, "# ?/?")), {(2, "value", "fraction"), (3, "", "held")}, "0.5"),
        (
            put(B2=2026000000000000123),
            {(2, "report_no", "long_number"), (3, "", "missing_item")},
            "2.026e+18",
        ),
        (merge, {(2, "blind_no", "merged"), (3, "blind_no", "merged")}, "MY-"),
        (hide, {(3, "", "hidden_row"), (2, "", "held")}, ""),
    ],
    ids=["date", "time", "truth", "formula", "error", "fraction", "long number", "merged", "hidden"],
)
def test_what_a_spreadsheet_did_to_a_cell_is_named_beside_what_stands_there(
    upload, filled, change, says, written
) -> None:
    found = upload(book(filled(), change))
    assert says <= codes(found)
    shown = min(found.wrong)
    assert written in " ".join([shown.blind_no, shown.value, *(text for _column, text in shown.seen)])
    assert set(states(found)) <= {"wrong", "held"}


def test_of_a_row_that_cannot_be_taken_apart_the_whole_line_is_shown(upload, filled) -> None:
    lines = text(filled()).decode().splitlines()
    lines[1] += ",多出来的一格"
    [wrong, _held] = upload("\n".join(lines).encode(), "x.csv").wrong
    [(column, line)] = wrong.seen
    assert (column, line) == ("", lines[1][: len(line)])
    assert "12.4" in line
