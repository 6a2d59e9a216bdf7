"""A frame of several files: doubles across them, headings that differ, and rows that know their file."""

from __future__ import annotations

import csv
import io
import json

import duckdb
import pytest
import xlsxwriter

from quality.campaigns.frame import Demands, import_frame
from quality.campaigns.frame.annotated import annotate
from quality.campaigns.frame.dry_run import REFUSED, dry_run, read_dry_run
from quality.campaigns.frame.headings import TO_MEND
from quality.campaigns.frame.several import Given
from quality.campaigns.frame.unnamed import Unnamed
from tests.campaigns.refusals import refuses

NORTH = "listing_id,platform,category,brand,price_yuan"
FIRST = f"{NORTH}\nL1,棠梨商城,玩具,竹影,1.5\nL2,棠梨商城,,竹影,2\nL3,棠梨商城,童装,,\n"
SECOND = "商品编号;平台;类别;货架;价格(分)\nL4;青禾优选;玩具;A1;250\nL3;青禾优选;童装;A2;300\nL1;青禾/优选;童装;A3;1\n"


@pytest.fixture
def files(tmp_path):
    def files(*contents, names=("north.csv", "south.csv", "west.csv")):
        given = []
        for content, name in zip(contents, names, strict=False):
            given.append(tmp_path / name)
            given[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        return given

    return files


@pytest.fixture
def imported(tmp_path, files):
    return lambda *contents, **asked: import_frame(files(*contents), tmp_path / "store", **asked)


def rows_of(report, columns):
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM '{report.path}'").fetchall()


def told(path):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def test_their_rows_are_one_frame_in_their_order_with_the_columns_of_both(imported):
    report = imported(FIRST, SECOND)
    assert (report.rows, report.accepted, report.refused, report.encoding) == (6, 3, 3, "utf-8")
    assert report.source == "north.csv + south.csv"
    rows = rows_of(report, "listing_id, brand, price_fen, 货架")
    assert rows == [("L1", "竹影", 150, None), ("L3", None, None, None), ("L4", None, 250, "A1")]
    assert report.lacking == [("south.csv", "brand"), ("north.csv", "货架")]


def test_a_refused_row_knows_its_file_and_a_double_the_row_that_stands(imported):
    report = imported(FIRST, SECOND)
    found = [(each.file, each.row, each.code, each.value) for each in report.problems]
    assert found == [
        ("north.csv", 3, "missing", ""),
        ("south.csv", 3, "doubled_elsewhere", "L3 (north.csv: 4)"),
        ("south.csv", 4, "slash", "青禾/优选"),  # wrong by itself: nobody asks whether it stands elsewhere too
    ]
    assert report.problems[1].as_problem().field == "south.csv, row 3, listing_id"
    assert [row[:3] for row in told(report.refused_file)][:2] == [
        ["file", "row", "field"],
        ["north.csv", "3", "category"],
    ]


def test_a_listing_that_stands_twice_in_one_and_once_in_the_other_is_kept_once(imported):
    heading = "listing_id,platform,category\n"
    report = imported(f"{heading}L1,a,b\nL1,a,b\n", f"{heading}L1,a,b\nL2,a,b\n", f"{heading}L2,a,b\nL1,a,b\n")
    assert rows_of(report, "listing_id") == [("L1",), ("L2",)]
    assert [(each.file, each.row, each.code) for each in report.problems] == [
        ("north.csv", 3, "doubled"),
        ("south.csv", 2, "doubled_elsewhere"),
        ("west.csv", 2, "doubled_elsewhere"),
        ("west.csv", 3, "doubled_elsewhere"),
    ]


def test_the_same_files_give_the_same_bytes_and_one_file_what_it_always_gave(imported, tmp_path, files):
    assert imported(FIRST, SECOND) == imported(FIRST, SECOND)
    [first] = files(FIRST)
    assert import_frame([first], tmp_path / "store") == import_frame(first, tmp_path / "store")


def test_files_of_one_name_are_called_by_their_paths(tmp_path):
    given = [tmp_path / folder / "frame.csv" for folder in ("a", "b")]
    for path, content in zip(given, (FIRST, SECOND), strict=True):
        path.parent.mkdir()
        path.write_text(content)
    assert {each.file for each in import_frame(given, tmp_path / "store").problems} == set(map(str, given))


def test_what_is_no_table_is_named_with_its_file_and_nothing_is_kept(imported, tmp_path):
    with refuses("platform: column_missing", "file: empty"):
        imported(FIRST, "listing_id,category\nL9,玩具\n", "")
    with refuses("file: given_twice"):
        imported(FIRST, SECOND, FIRST)
    assert not (tmp_path / "store").exists()


def test_kinds_may_differ(imported, files, tmp_path):
    book = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(book) as written:
        for row, cells in enumerate([["listing_id", "platform", "category"], ["L7", "a", "b"], ["L1", "a", ""]]):
            written.add_worksheet() if not row else None
            written.worksheets()[0].write_row(row, 0, cells)
    report = import_frame([*files(FIRST), book], tmp_path / "store")
    assert (report.encoding, report.accepted, report.refused) == ("mixed", 3, 2)
    assert [path.suffix for path in report.to_mend] == [".csv", ".xlsx"]


# --- refused rows come back as they were


@pytest.mark.parametrize("quoted", ["", '"L9","棠梨,商城","玩具",,\n'])
def test_the_refused_rows_of_each_file_come_back_with_their_reasons_and_can_be_sent_again(imported, quoted):
    report = imported(FIRST + quoted, SECOND)
    north, south = report.to_mend
    rows = told(north)
    assert rows[0] == [TO_MEND, "listing_id", "platform", "category", "brand", "price_yuan"]
    assert [row[1:] for row in rows[1:]] == [["L2", "棠梨商城", "", "竹影", "2"]]
    assert rows[1][0].startswith("category: ")
    assert south.read_text(encoding="utf-8-sig").splitlines()[1].startswith("商品编号: ")
    mended = north.read_text(encoding="utf-8-sig").replace("棠梨商城,,", "棠梨商城,玩具,")
    again = imported(mended)
    assert (again.accepted, again.refused, again.to_mend) == (1, 0, [])


def test_refused_rows_of_parquet_come_back_as_parquet(tmp_path):
    source = tmp_path / "frame.parquet"
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT * FROM (VALUES ('L1','a','b'), ('L2','a',NULL), ('L3','a','b')) t(listing_id, platform, "
            f"category)) TO '{source}' (FORMAT parquet)"
        )
    [made] = import_frame(source, tmp_path / "store").to_mend
    with duckdb.connect() as con:
        assert [row[1] for row in con.execute(f"FROM '{made}'").fetchall()] == ["L2"]


def test_what_others_wrote_is_no_formula_in_them(imported):
    [made] = imported("listing_id,platform,category\nL1,a,b\n+x,=x,b\n").to_mend
    assert told(made)[1][1:] == ["'+x", "'=x", "b"]


# --- what a sender expects, and what nobody names


def test_a_file_that_was_cut_off_at_the_end_of_a_line_is_noticed_by_its_number_of_rows(imported, tmp_path):
    assert imported(FIRST, expected=3).rows == 3
    assert imported(FIRST, SECOND, expected=6).rows == 6
    cut_off = FIRST[: FIRST.index("L3")]
    with refuses("expected_rows: other_rows"):
        imported(cut_off, expected=3)
    with refuses("expected_rows: other_rows"):
        imported(FIRST, SECOND, expected=7)


def test_the_files_whose_last_line_has_no_end_are_named(imported):
    assert imported(FIRST, SECOND.rstrip()).open_ends == ["south.csv"]


def test_a_category_that_nobody_names_is_told_with_its_rows_and_what_it_may_be(imported):
    rows = "".join(f"N{i},a,{name}\n" for i, name in enumerate(["童 装", "童 装", "插座", "玩具,木制"]))
    report = imported(
        f"listing_id,platform,category\nL1,a,玩具\n{rows}".replace("玩具,木制", '"玩具,木制"'),
        categories=["玩具", "童装"],
    )
    told = report.strange
    assert told.categories[0] == Unnamed("童 装", 2, "童装")
    assert {(each.category, each.rows) for each in told.categories[1:]} == {("插座", 1), ("玩具,木制", 1)}
    assert (told.rows, told.more, report.accepted) == (4, 0, 5)
    assert imported(FIRST).strange.rows == 0  # nobody asked


def test_a_category_may_be_called_otherwise(files, tmp_path):
    demands = Demands(renamed={"童装": "儿童服装", "玩具": "玩'具"}, categories=["儿童服装"])
    run = dry_run(files(FIRST)[0], tmp_path, demands, None)
    with duckdb.connect() as con:
        found = con.execute(f"SELECT category FROM '{tmp_path / str(run.sha256)}.parquet'").fetchall()
    assert found == [("玩'具",), ("儿童服装",)]
    assert [each.category for each in run.strange.categories] == ["玩'具"]


# --- a dry run of several


def test_a_dry_run_of_several_reads_back_and_gives_each_file_its_own_reasons(files, tmp_path):
    given = [Given(path, path.name) for path in files(FIRST, SECOND)]
    run = dry_run(given, tmp_path, Demands(categories=["玩具"]), None)
    assert read_dry_run(json.loads(run.as_json())) == run
    assert {(fault.code, fault.rows) for fault in run.faults} == {
        ("missing", 1),
        ("doubled_elsewhere", 1),
        ("slash", 1),
    }
    annotate(given[1].path, tmp_path / REFUSED, tmp_path / "out", run.named, 1)
    lines = (tmp_path / "out").read_text(encoding="utf-8-sig").splitlines()
    assert [bool(line.split(";")[0]) for line in lines[1:]] == [False, True, True]


def test_the_first_rows_of_all_are_shown_under_all_their_headings(files, tmp_path):
    shown = []
    given = [Given(path, path.name) for path in files(FIRST, SECOND)]
    dry_run(
        given, tmp_path, Demands(shown=lambda heading, rows: shown.append((list(heading), [*map(list, rows)]))), None
    )
    heading, rows = shown[-1]
    assert heading == [
        "listing_id",
        "platform",
        "category",
        "brand",
        "price_yuan",
        "商品编号",
        "平台",
        "类别",
        "货架",
        "价格(分)",
    ]
    assert rows[0] == ["L1", "棠梨商城", "玩具", "竹影", "1.5", "L4", "青禾优选", "玩具", "A1", "250"]
