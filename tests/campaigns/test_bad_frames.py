"""Frames as they should not come: cut off in the middle, and with names that a file of commas could mistake."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from decimal import Decimal

import duckdb
import pytest
import xlsxwriter

from quality.campaigns.design import parse_design
from quality.campaigns.frame import import_frame
from quality.campaigns.frame.bands import Reads
from quality.campaigns.frame.drawable import write_frame_csv
from quality.campaigns.sampling import draw_to_file
from quality.core.errors import FieldProblem
from quality.pages.forms.by_stratum import as_lines, numbers_by_stratum
from tests.campaigns.refusals import refuses

HEADING = "listing_id,platform,category\n"
WHOLE = HEADING + "".join(f"L{i},棠梨商城,玩具\n" for i in range(40))


def told(tmp_path, content, name="frame.csv"):
    (tmp_path / name).write_bytes(content)
    return import_frame(tmp_path / name, tmp_path / "store")


def test_a_text_cut_off_in_a_row_names_that_row_and_says_that_its_line_has_no_end(tmp_path):
    report = told(tmp_path, WHOLE.encode()[: WHOLE.encode().rindex(b"L39,") + 7])
    assert report.ends_open
    assert [(each.row, each.code) for each in report.problems] == [(41, "too_few_fields")]


def test_a_text_cut_off_in_a_character_names_that_row(tmp_path):
    report = told(tmp_path, WHOLE.encode()[:-2])
    assert (report.encoding, report.ends_open) == ("utf-8", True)
    assert [(each.row, each.code) for each in report.problems] == [(41, "damaged_text")]


def test_a_text_cut_off_in_quotation_marks_is_refused_whole(tmp_path):
    with refuses("row 42: never_closed"):
        told(tmp_path, f'{WHOLE}L99,棠梨商城,"玩'.encode())


@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_a_workbook_or_parquet_cut_off_in_the_middle_is_refused_whole(tmp_path, part):
    rows = list(csv.reader(io.StringIO(WHOLE)))
    with xlsxwriter.Workbook(tmp_path / "whole.xlsx") as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    (tmp_path / "whole.csv").write_text(WHOLE)
    with duckdb.connect() as con:
        con.execute(f"COPY (FROM read_csv('{tmp_path / 'whole.csv'}')) TO '{tmp_path / 'whole.parquet'}'")
    for kind in ("xlsx", "parquet"):
        content = (tmp_path / f"whole.{kind}").read_bytes()
        with refuses() as refused:
            told(tmp_path, content[: int(len(content) * part)], f"frame.{kind}")
        assert [problem.field for problem in refused.value.problems] == ["file"]
    assert not (tmp_path / "store").exists()


def test_a_comma_in_a_category_passes_from_the_file_to_the_draw(tmp_path):
    """The page's programs read such a frame.csv in tests/pages/test_published_programs.py."""
    rows = "".join(f'L{i},棠梨商城,"玩具,积木"\nM{i},棠梨商城,童装\n' for i in range(4))
    report = told(tmp_path, f"{HEADING}{rows}".encode())
    frame_csv = tmp_path / "frame.out.csv"
    write_frame_csv(report.path, Reads(("platform", "category")), frame_csv)
    assert frame_csv.read_text().splitlines()[1] == 'L0,棠梨商城,"玩具,积木"'

    problems: list[FieldProblem] = []
    names = parse_design(json.dumps({"strata": ["platform", "category"], "allocation": {"method": "equal", "n": 2}}))
    fixed = numbers_by_stratum("棠梨商城/玩具,积木 = 2\n棠梨商城/童装 = 1", problems, of=names)
    assert (fixed, problems) == ({"棠梨商城/玩具,积木": Decimal(2), "棠梨商城/童装": Decimal(1)}, [])
    assert numbers_by_stratum(as_lines(fixed, names), problems, of=names) == fixed

    allocation = {"method": "fixed", "fixed": {name: int(n) for name, n in fixed.items()}}
    design = {"strata": ["platform", "category"], "allocation": allocation, "reserve": 1}
    (tmp_path / "design.json").write_text(json.dumps(design))
    for frame in (report.path, frame_csv):
        draw_to_file(frame, tmp_path / "design.json", "5", tmp_path / "out.csv")
        drawn = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
        assert [each["stratum"] for each in drawn] == ["棠梨商城/玩具,积木"] * 3 + ["棠梨商城/童装"] * 2
        assert drawn[0]["digest"] == hashlib.sha256(f"5,{drawn[0]['listing_id']}".encode()).hexdigest()
