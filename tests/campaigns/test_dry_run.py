"""The dry run of a frame file: what is found, and the file given back with its reasons."""

from __future__ import annotations

import csv
import io
import json

import duckdb
import pytest
import python_calamine
import xlsxwriter

from quality.campaigns.frame import Demands
from quality.campaigns.frame.annotated import annotate
from quality.campaigns.frame.dry_run import REFUSED, dry_run, read_dry_run
from quality.campaigns.frame.headings import TO_MEND
from tests.campaigns.refusals import refuses

HEADING = "listing_id,platform,category,店铺,title,url,价格,备注"
GOOD = [
    f"L{i},棠梨商城,{'玩具' if i % 2 else '童装'},小满{i % 3},积木,https://item.example/{i},{i}.50," for i in range(6)
]
BAD = [
    "L1,棠梨商城,玩具,小满,积木,https://item.example/1,9,",  # again
    ",棠梨商城,玩具,小满,积木,,9,",
    "L8,无此平台,玩具,小满,积木,,9,",
    "L9,棠梨商城,玩具,小满,积木,item.example,面议,",
    "L10,棠梨商城",
    '"L11"x,棠梨商城,玩具,小满,积木,,9,',
    "L12,棠梨商城,玩具,小满,=1+1,,9,+86",
]
DEMANDS = Demands(("platform", "category"), ("棠梨商城", "TL"))


@pytest.fixture
def tried(tmp_path):
    def tried(content, name="frame.csv", demands=DEMANDS, cap_fen=None):
        source = tmp_path / name
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        return dry_run(source, tmp_path, demands, cap_fen)

    return tried


@pytest.fixture
def given_back(tmp_path, tried):
    """The bytes of the annotated file, and its media type."""

    def given_back(content, name="frame.csv"):
        run = tried(content, name)
        kind = annotate(tmp_path / name, tmp_path / REFUSED, tmp_path / "out", lambda c: run.headings.get(c, c))
        return (tmp_path / "out").read_bytes(), kind

    return given_back


def lines(*rows):
    return "\n".join([HEADING, *rows]) + "\n"


def workbook(path, rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                sheet.write(row, column, cell)
    return path.read_bytes()


# --- what is found


def test_every_wrong_row_is_counted_by_what_is_wrong_and_the_first_are_named(tried):
    run = tried(lines(*GOOD, *BAD))
    assert (run.rows, run.accepted, run.refused) == (13, 6, 7)
    assert [(p.row, p.field, p.code, p.value) for p in run.problems] == [
        (8, "listing_id", "doubled", "L1"),
        (9, "listing_id", "missing", ""),
        (10, "platform", "unknown_platform", "无此平台"),
        (11, "price_yuan", "bad_price", "面议"),
        (11, "url", "bad_address", "item.example"),
        (12, "", "too_few_fields", "L10"),
        (13, "", "quotes", ""),
        (14, "title", "formula", "=1+1"),
    ]
    assert {(fault.field, fault.code): fault.rows for fault in run.faults}[("listing_id", "doubled")] == 1
    assert run.headings["price_yuan"] == "价格"


def test_a_dry_run_written_down_reads_back_the_same(tried):
    for content in (lines(*GOOD, *BAD), lines(*BAD[1:])):
        run = tried(content)
        assert read_dry_run(json.loads(run.as_json())) == run


def test_a_file_without_a_right_row_is_a_result_too(tried):
    run = tried(lines(*BAD[1:]))
    assert (run.rows, run.accepted, run.sha256, run.profile) == (6, 0, None, None)


def test_the_profile_says_what_a_wrong_file_would_not_hide(tried):
    same = ["L20,棠梨商城,玩具,小满0,积木,https://item.example/0,800,", "L21,棠梨商城,玩具,,,,,"]
    profile = tried(lines(*GOOD, *same), cap_fen=50_000).profile
    assert [tuple(group) for group in profile.strata] == [
        ("棠梨商城/玩具", 5, 150, 450, 80000),
        ("棠梨商城/童装", 3, 50, 250, 450),
    ]
    assert [group.listings for group in profile.platforms] == [8]
    assert tuple(profile.whole)[1:3] == (8, 50)
    assert (profile.unpriced, profile.over_cap, profile.same_address, profile.same_title) == (1, 1, 1, 4)


def test_many_strata_are_bounded_and_counted(tried):
    rows = [f"L{i},棠梨商城,类{i % 70:02},,,,," for i in range(140)]
    profile = tried(lines(*rows)).profile
    assert (len(profile.strata), profile.more_strata) == (50, 20)


def test_a_column_that_the_plan_needs_for_its_strata_is_asked_for(tried):
    with refuses("price_band: column_missing"):
        tried(lines(*GOOD), demands=Demands(("platform", "price_band"), None))
    run = tried(lines(*GOOD), demands=Demands(("platform", "备注"), None))
    assert {(fault.field, fault.code, fault.rows) for fault in run.faults} == {("备注", "missing", 6)}


@pytest.mark.parametrize(
    ("content", "name", "field", "code"),
    [
        (b"", "frame.csv", "file", "empty"),
        (HEADING, "frame.csv", "file", "empty"),
        ("a,b\n1,2\n", "frame.csv", "listing_id", "column_missing"),
        (bytes(range(256)) * 40, "frame.csv", "listing_id", "column_missing"),
        (b"%PDF-1.7 \xe2\xe3\xcf\xd3\n1 0 obj\n", "frame.csv", "listing_id", "column_missing"),
        (b"PK\x03\x04" + bytes(90), "frame.xlsx", "file", "unreadable"),
        (b"PAR1" + bytes(90), "frame.parquet", "file", "unreadable"),
        (b"\xd0\xcf\x11\xe0" + bytes(90), "frame.xlsx", "file", "wrong_kind"),
    ],
    ids=["empty", "heading only", "wrong columns", "binary", "PDF", "no workbook", "no Parquet", "old Excel"],
)  # fmt: skip
def test_what_is_no_table_of_listings_is_refused_whole(tried, content, name, field, code):
    with refuses(f"{field}: {code}"):
        tried(content, name)


# --- the file given back


def test_a_csv_comes_back_with_its_reasons_before_its_rows(given_back):
    given, kind = given_back(lines(*GOOD, *BAD))
    rows = list(csv.reader(io.StringIO(given.decode("utf-8-sig"), newline="")))

    assert kind == "text/csv; charset=utf-8"
    assert given.startswith(b"\xef\xbb\xbf")
    assert rows[0] == [TO_MEND, *HEADING.split(",")]
    assert [row[0] for row in rows[1:7]] == [""] * 6
    assert [row[1:] for row in rows[1:7]] == [row.split(",") for row in GOOD]
    assert "listing_id" in rows[7][0] and "价格" in rows[10][0] and "url" in rows[10][0]
    assert rows[11][1:] == ["L10", "棠梨商城"]
    assert rows[12][1] == "L11x"
    assert (rows[13][5], rows[13][8]) == ("'=1+1", "+86")


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_it_keeps_its_encoding_its_delimiter_and_its_blank_lines(given_back, encoding, delimiter):
    content = lines(GOOD[0], "", *BAD[:2]).replace(",", delimiter).encode(encoding)
    given, kind = given_back(content)
    rows = list(csv.reader(io.StringIO(given.decode(encoding), newline=""), delimiter=delimiter))
    assert kind == f"text/csv; charset={encoding.removesuffix('-sig')}"
    assert [bool(row and row[0]) for row in rows] == [True, False, False, False, True]
    assert rows[1][1:] == GOOD[0].split(",")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|x", "-cmd", "@SUM(A1)", "＝1+1", '=HYPERLINK("http://x")'])
def test_nothing_in_it_is_a_formula_to_a_spreadsheet_and_read_again_it_is_what_it_was(given_back, tried, cell):
    row = f'L1,棠梨商城,玩具,"{cell.replace(chr(34), chr(34) * 2)}",积木,,9,'
    before = tried(lines(row, GOOD[2]))
    given, _kind = given_back(lines(row, GOOD[2]))
    rows = list(csv.reader(io.StringIO(given.decode("utf-8-sig"), newline="")))
    assert rows[1][4] == f"'{cell}"
    again = tried(given)
    assert (again.sha256, again.refused) == (before.sha256, before.refused)


def test_a_mended_file_is_read_without_our_column_and_gets_it_once_only(given_back, tried):
    once, _kind = given_back(lines(*GOOD, *BAD[:4]))
    assert tried(once).sha256 == tried(lines(*GOOD)).sha256
    twice, _kind = given_back(once)
    assert twice == once


def test_a_workbook_comes_back_as_a_workbook_at_its_own_rows(given_back, tried, tmp_path):
    rows = [row.split(",") for row in (HEADING, *GOOD[:2], BAD[0], BAD[3])]
    rows.insert(2, [])
    rows[-1][4] = "@积木"
    content = workbook(tmp_path / "made.xlsx", rows)
    run = tried(content, "frame.xlsx")
    given, kind = given_back(content, "frame.xlsx")
    (tmp_path / "back.xlsx").write_bytes(given)
    with python_calamine.load_workbook(str(tmp_path / "back.xlsx")) as book:
        back = book.get_sheet_by_index(0).to_python(skip_empty_area=False)

    assert kind.endswith("spreadsheetml.sheet")
    assert [problem.row for problem in run.problems] == [5, 6, 6]
    assert back[0][0] == TO_MEND
    assert [bool(row[0]) for row in back] == [True, False, False, False, True, True]
    assert back[5][5] == "@积木"
    assert back[1][1:7] == GOOD[0].split(",")[:6]
    assert tried(given, "frame.xlsx").sha256 == run.sha256


def test_a_formula_and_a_long_number_of_a_workbook_keep_their_row_in_it(given_back, tmp_path):
    rows = [HEADING.split(","), ["L1", "棠梨商城", "玩具", "", "", "", 10**17, ""], GOOD[0].split(",")]
    given, _kind = given_back(workbook(tmp_path / "made.xlsx", rows), "frame.xlsx")
    (tmp_path / "back.xlsx").write_bytes(given)
    with python_calamine.load_workbook(str(tmp_path / "back.xlsx")) as book:
        back = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert "column 7" in back[1][0]
    assert back[1][1:3] == ["L1", "棠梨商城"]


def test_parquet_comes_back_as_parquet(given_back, tmp_path):
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT 'L' || (i % 3) AS listing_id, '棠梨商城' AS platform, '玩具' AS category, i AS price_fen "
            f"FROM range(4) t(i)) TO '{tmp_path / 'made.parquet'}'"
        )
    given, _kind = given_back((tmp_path / "made.parquet").read_bytes(), "frame.parquet")
    (tmp_path / "back.parquet").write_bytes(given)
    with duckdb.connect() as con:
        back = con.execute(f"FROM '{tmp_path / 'back.parquet'}'").fetchall()
    assert [bool(row[0]) for row in back] == [False, False, False, True]
    assert back[3][1:] == ("L0", "棠梨商城", "玩具", 3)


@pytest.mark.parametrize(
    ("size", "named"), [("monthly_sales", "monthly_sales"), ("price_fen", "price_yuan"), ("重", "重")]
)
def test_a_plan_that_draws_by_size_refuses_rows_without_one(tried, size, named):
    rows = [f"L{i},棠梨商城,玩具,{price},{sales},{own}" for i, (price, sales, own) in enumerate(
        [("9.9", "3", "5"), ("0", "0", "0"), ("", "", ""), ("7", "7", "007"), ("x", "y", "2.5")])]  # fmt: skip
    run = tried("\n".join(["listing_id,platform,category,单价（元）,月销量,重", *rows]), demands=Demands(size=size))
    wrong = {row.row for row in run.problems if (row.field, row.code) == (named, "bad_size")}
    assert wrong >= {3, 4}
    assert {row.row for row in run.problems if row.field == named} == {3, 4, 6}
    with refuses("重: column_missing"):
        tried(lines(*GOOD), demands=Demands(size="重"))
