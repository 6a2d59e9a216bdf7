"""What a dry run says beside what it refuses: all that is wrong at once, and what would not plainly pass."""

from __future__ import annotations

from openpyxl import load_workbook

from quality.lab.workbook import uploads
from tests.harness.databases import on_sqlite
from tests.lab.test_workbook import MAGNET, analyst, at_lab, codes, rows_of, states, upload

__all__ = ["analyst", "at_lab", "upload"]  # fixtures
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
