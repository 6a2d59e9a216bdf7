"""A laboratory's own table given back: with status and reason, as it was else, and never a formula of somebody's."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.drawing.image import Image as Drawing
from openpyxl.styles import Font
from PIL import Image

from quality.core.errors import NotFound
from quality.lab.workbook import uploads
from quality.lab.workbook.uploads import Upload
from tests.harness.databases import on_sqlite
from tests.lab.test_workbook import analyst, at_lab, book, filled, named, rows_of, states, text, upload

__all__ = ["analyst", "at_lab", "filled", "upload"]  # fixtures
pytestmark = on_sqlite


def given_back(found: Upload, tmp_path: Path) -> Any:
    out = tmp_path / "annotated.xlsx"
    uploads.annotated(found, out, "en", lambda state: state.value)
    return out


def adorn(sheet: Any) -> None:
    """As laboratories' own workbooks are: columns of their own, a bold cell, a formula, a logo."""
    sheet["M1"].value, sheet["M2"].value, sheet["M3"].value = "备注", "=SUM(D2:D3)", "重测"
    sheet["M3"].font = Font(bold=True)
    logo = io.BytesIO()
    Image.new("RGB", (8, 8)).save(logo, "PNG")
    sheet.add_image(Drawing(logo), "O1")


def test_their_own_workbook_comes_back_with_status_and_reason(session, at_lab, upload, analyst, tmp_path) -> None:
    found = upload(book(named(rows_of(at_lab, value="=1+1"), analyst), adorn))
    assert found.own == ["备注"]
    first = given_back(found, tmp_path)
    sheet = load_workbook(first)["results"]
    assert [cell.value for cell in sheet[1]][-3:] == ["备注", "状态 status", "原因 reason"]
    assert (sheet["N2"].value, sheet["N3"].value) == ("wrong", "held")
    assert "this formula has no value" in sheet["O2"].value
    assert (sheet["M2"].value, sheet["M3"].font.bold) == ("=SUM(D2:D3)", True)
    sheet["D2"].value = "12.4"
    mended = tmp_path / "mended.xlsx"
    sheet.parent.save(mended)
    again = upload(mended.read_bytes())
    assert states(again) == ["good", "good"]
    last = load_workbook(given_back(again, tmp_path))["results"]
    assert [cell.value for cell in last[2]][-2:] == ["good", None] or last["O2"].value in {"", None}
    assert last.max_column == 15


def test_what_comes_back_is_no_formula(session, at_lab, upload, analyst, tmp_path) -> None:
    evil = '=HYPERLINK("http://x")'
    found = upload(book(named([row | {"blind_no": evil, "analyst": evil} for row in rows_of(at_lab)], analyst)))
    sheet = load_workbook(given_back(found, tmp_path))["results"]
    assert [cell.data_type for cell in (sheet["N2"], sheet["O2"])] == ["s", "s"]
    rows = named([row | {"item": evil.replace(",", "")} for row in rows_of(at_lab)], analyst)
    csv = upload(text(rows).replace(b'"', b"'"), "x.csv")
    out = tmp_path / "x.csv"
    uploads.annotated(csv, out, "en", lambda state: state.value)
    lines = out.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].endswith("状态 status,原因 reason")
    assert "'=HYPERLINK" in lines[1]


def test_a_csv_comes_back_in_line_and_can_be_sent_again(session, at_lab, upload, analyst, tmp_path) -> None:
    rows = named([row | {"unit": "", "value": "12.4 kG2mm2"} for row in rows_of(at_lab)], analyst)
    found = upload(text(rows, "gb18030"), "x.csv")
    out = tmp_path / "x.csv"
    assert "gb18030" in uploads.annotated(found, out, "zh", lambda state: state.value)
    assert "状态 status" in out.read_text(encoding="gb18030")
    again = upload(out.read_bytes(), "x.csv")
    assert states(again) == states(found)
    assert again.own == []


def test_three_uploads_are_kept_and_the_oldest_goes(upload, filled, analyst, tmp_path, clock) -> None:
    tokens = [upload(filled()).token for _four in range(4)]
    assert len(list((tmp_path / uploads.FOLDER).iterdir())) == 3
    with pytest.raises(NotFound):
        uploads.find(tokens[0], by=analyst, place=tmp_path)
    clock.advance(days=1)
    with pytest.raises(NotFound):
        uploads.find(tokens[-1], by=analyst, place=tmp_path)
    assert uploads.throw_away_old(tmp_path, clock.moment) == 3
