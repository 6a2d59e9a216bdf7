import csv
import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.campaigns.frame import import_frame
from quality.campaigns.frame import records as records_
from quality.campaigns.frame.engine import engine
from quality.campaigns.frame.problems import place_in_words
from quality.core.errors import Invalid
from tests.campaigns.refusals import refuses

HEADING = "listing_id,platform,category,shop_name,title,url,price_yuan,monthly_sales,shop_uscc"
GOOD = "L1,棠梨商城,玩具,小满童品旗舰店,积木,https://item.example/1,12.50,3,91110000600037341L"
SOUND = f"{HEADING}\n{GOOD}\n" + "".join(f"N{i},青禾优选,童装,,,,{i}.9,,\n" for i in range(5))


@pytest.fixture
def imported(tmp_path):
    def imported(content, name="frame.csv"):
        source = tmp_path / name
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_frame(source, tmp_path / "store")

    return imported


def rows_of(report, columns="*"):
    with duckdb.connect() as con:
        return con.execute(f"SELECT {columns} FROM '{report.path}'").fetchall()


def columns_of(report):
    with duckdb.connect() as con:
        return {row[0]: row[1] for row in con.execute(f"DESCRIBE FROM '{report.path}'").fetchall()}


def test_good_rows_are_frozen_under_the_sha256_of_their_bytes(imported):
    report = imported(SOUND)
    assert (report.rows, report.accepted, report.refused, report.refused_file) == (6, 6, 0, None)
    assert report.path.name == f"{report.sha256}.parquet"
    assert (report.source, report.encoding) == ("frame.csv", "utf-8")
    assert rows_of(report, "listing_id, price_fen, monthly_sales")[:2] == [("L1", 1250, 3), ("N0", 90, None)]
    assert columns_of(report)["price_fen"] == "BIGINT"


def test_the_same_file_gives_the_same_bytes_and_changes_nothing(imported):
    first = imported(SOUND)
    before = first.path.stat().st_mtime_ns
    assert imported(SOUND) == first
    assert first.path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (SOUND.encode("utf-8-sig"), "utf-8-sig"),
        (SOUND.encode("gb18030"), "gb18030"),
        (SOUND.encode("utf-16"), "utf-16"),
        (SOUND.replace(",", "\t").encode(), "utf-8"),
        (SOUND.replace(",", ";").encode(), "utf-8"),
        (SOUND.replace("\n", "\r\n").encode(), "utf-8"),
        (SOUND.replace("\n", "\r").encode(), "utf-8"),
        (SOUND.replace("\n", "\n,,,,,,,,\n\n").encode(), "utf-8"),
        (SOUND.replace(".9,,\n", ".9,,,,\n\n").encode(), "utf-8"),
        (("\n" + SOUND).encode(), "utf-8"),
        (SOUND.replace("积木", '"积木"').replace("N1,", " N1 ,").encode(), "utf-8"),
        (SOUND.replace(HEADING, "商品编号,平台,类别,店铺,商品名称,链接,价格（元）,月销量,统一社会信用代码").encode(),
         "utf-8"),
        (SOUND.replace(HEADING, " Listing ID ,PLATFORM,category,shop_name,title,网址,单价,销量,shop_uscc").encode(),
         "utf-8"),
    ],
    ids=["BOM", "GB18030", "UTF-16", "tab", "semicolon", "CRLF", "CR", "blank rows", "commas at the end",
         "blank first line", "quoted", "中文", "loose headings"],
)  # fmt: skip
def test_the_same_rows_freeze_alike_however_they_were_written(imported, content, encoding):
    report = imported(content)
    assert report.sha256 == imported(SOUND).sha256
    assert (report.encoding, report.rows) == (encoding, 6)


def test_columns_of_the_source_are_kept_under_their_names(imported):
    report = imported('listing_id,platform,category,备注,价格带 "A"\nL1,a,b,小,低\nL2,a,b,,\n')
    assert rows_of(report, '备注, "价格带 ""A""", title') == [("小", "低", None), (None, None, None)]


def test_parquet_freezes_as_its_csv_does(imported, tmp_path):
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT 'L1' AS listing_id, 'a' AS platform, 'b' AS category, 7 AS price_fen, 1.5 AS 重) "
                    f"TO '{tmp_path / 'f.parquet'}'")  # fmt: skip
    report = imported((tmp_path / "f.parquet").read_bytes())
    assert report.encoding == "parquet"
    assert report.sha256 == imported("listing_id,platform,category,price_fen,重\nL1,a,b,7,1.5\n").sha256


@pytest.mark.parametrize(
    ("written", "fen"),
    [("12.5", 1250), ("0", 0), ("12.500", 1250), ("￥1,299.00", 129900), ("¥ 3", 300), ("８．５０元", 850),
     ("999999999999", 99999999999900)],
)  # fmt: skip
def test_a_price_is_kept_in_fen(imported, written, fen):
    report = imported(f'listing_id,platform,category,价格\nL1,a,b,"{written}"\n')
    assert rows_of(report, "price_fen") == [(fen,)]


@pytest.mark.parametrize(("written", "fen"), [("1250", 1250), ("1,250", 1250), ("1250.0", 1250)])
def test_a_price_in_fen_stays(imported, written, fen):
    assert rows_of(imported(f'listing_id,platform,category,价格(分)\nL1,a,b,"{written}"\n'), "price_fen") == [(fen,)]


def test_a_uscc_is_kept_in_one_spelling(imported):
    report = imported("listing_id,platform,category,shop_uscc\nL1,a,b,9111 0000-600037341l\n")
    assert rows_of(report, "shop_uscc") == [("91110000600037341L",)]


# --- refused rows: each named, the others go on


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (",棠梨商城,玩具,,,,,,", "listing_id", "missing"),
        ("　,棠梨商城,玩具,,,,,,", "listing_id", "missing"),
        ("L1,青禾优选,玩具,,,,,,", "listing_id", "doubled"),
        ("L/9,棠梨商城,玩具,,,,,,", "listing_id", "slash"),
        ('"L\n9",棠梨商城,玩具,,,,,,', "listing_id", "control_character"),
        ("L9\t,棠梨商城,玩具,,,,,,", "listing_id", "control_character"),
        ("L9,,玩具,,,,,,", "platform", "missing"),
        ("L9,棠梨/商城,玩具,,,,,,", "platform", "slash"),
        ("L9,棠梨商城,,,,,,,", "category", "missing"),
        ("L9,棠梨商城,玩\x02具,,,,,,", "category", "control_character"),
        ("L9,棠梨商城,玩具,,,,面议,,", "price_yuan", "bad_price"),
        ("L9,棠梨商城,玩具,,,,-1,,", "price_yuan", "bad_price"),
        ("L9,棠梨商城,玩具,,,,12.345,,", "price_yuan", "bad_price"),
        ("L9,棠梨商城,玩具,,,,NaN,,", "price_yuan", "bad_price"),
        ("L9,棠梨商城,玩具,,,,1.2.3,,", "price_yuan", "bad_price"),
        ("L9,棠梨商城,玩具,,,,,1.2万+,", "monthly_sales", "bad_sales"),
        ("L9,棠梨商城,玩具,,,ftp://item.example/9,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,javascript:alert(1),,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,https://,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,https:///item.example,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,https://?item.example,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,https://a@item.example/,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,https://item.example/a b,,,", "url", "bad_address"),
        ("L9,棠梨商城,玩具,,,,,,A1110000600037341L", "shop_uscc", "bad_uscc"),
        ("L9,棠梨商城,玩具,,,,,,911100006000373410", "shop_uscc", "bad_uscc"),
        ("L9,棠梨商城,玩具,=1+1,,,,,", "shop_name", "formula"),
        ("L9,棠梨商城,玩具", "", "too_few_fields"),
        ("L9,棠梨商城,玩具,,,,,,,,x", "", "too_many_fields"),
        ('"L9"x,棠梨商城,玩具,,,,,,', "", "quotes"),
        ("L9,棠梨商城,玩具" + f",{'长' * 130_000}" * 6, "", "too_long"),
    ],
)
def test_a_bad_row_is_refused_by_name_and_the_others_go_on(imported, row, field, code):
    report = imported(SOUND + row + "\nM1,棠梨商城,玩具,,,,,,\n")

    assert (report.rows, report.accepted, report.refused) == (8, 7, 1)
    assert [(problem.row, problem.field, problem.code) for problem in report.problems] == [(8, field, code)]
    assert ("M1",) in rows_of(report, "listing_id")
    with report.refused_file.open(encoding="utf-8-sig", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [(line["row"], line["field"], line["code"]) for line in written] == [("8", field, code)]
    assert written[0]["reason"] == str(report.problems[0].reason)


def test_a_row_with_several_problems_is_refused_once_with_all_of_them(imported):
    report = imported(SOUND + "L9,,玩具,=x,,ftp://a,,,\n")
    assert report.refused == 1
    assert [problem.code for problem in report.problems] == ["missing", "formula", "bad_address"]


def test_a_damaged_character_refuses_its_row_in_utf8_and_in_gb18030(imported):
    for encoding in ("utf-8", "gb18030"):
        row = "L9,棠梨商城,".encode(encoding) + b"\xff\xff,,,,,,\n"
        report = imported(SOUND.encode(encoding) + row)
        assert report.encoding == encoding
        assert [(problem.row, problem.code) for problem in report.problems] == [(8, "damaged_text")]


def test_a_refused_formula_is_no_formula_in_the_file_of_refused_rows(imported):
    report = imported(SOUND + "L9,a,b,=1+1,,,,,\n")
    assert "'=1+1" in report.refused_file.read_text(encoding="utf-8-sig")


def test_the_second_of_two_good_rows_is_doubled_though_a_bad_one_came_first(imported):
    report = imported("listing_id,platform,category\nL1,,b\nL1,a,b\nL1,c,d\n")
    assert [(problem.row, problem.code) for problem in report.problems] == [(2, "missing"), (4, "doubled")]
    assert rows_of(report, "platform") == [("a",)]


def test_more_problems_than_anyone_reads_are_counted_and_written(imported):
    report = imported(SOUND + "".join(f"X{i},,b,,,,,,\n" for i in range(250)))
    assert (report.refused, len(report.problems)) == (250, 100)
    assert len(report.refused_file.read_text(encoding="utf-8-sig").splitlines()) == 251


# --- refused files


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "file: empty"),
        (HEADING, "file: empty"),
        (f"{HEADING}\n,,,,,,,,\n", "file: empty"),
        ("listing_id,title\nL1,x\n", "platform: column_missing"),
        ("listing_id,platform,category,平台\nL1,a,b,c\n", "platform: column_doubled"),
        ("listing_id,platform,category,价格,price_fen\nL1,a,b,1,2\n", "price_fen: column_doubled"),
        ("listing_id,platform,category,备注,备注\nL1,a,b,1,2\n", "备注: column_doubled"),
        ("listing_id,platform,category,备\x01注\nL1,a,b,1\n", "column 4: bad_heading"),
        ("listing_id,platform,category," + ",".join(f"c{i}" for i in range(200)) + "\n", "file: too_many_columns"),
        ("listing_id,platform,category,\nL1,a,b,1\n", "column 4: no_heading"),
        (f'{HEADING}\n{GOOD}\n"L2,a,b,,,,,,\nL3,a,b,,,,,,\n', "row 3: never_closed"),
        (f"{HEADING}\n,a,b,,,,,,\n", "row 2, listing_id: missing"),
        (b"PAR1", "file: unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "file: wrong_kind"),
        (bytes(range(256)) * 9, "listing_id: column_missing"),
    ],
)
def test_a_file_that_is_no_frame_is_refused(imported, tmp_path, content, problem):
    with refuses(problem):
        imported(content)
    assert not (tmp_path / "store").exists()


def test_columns_that_mean_the_same_are_named_for_the_reader_and_as_the_file_has_them(imported):
    with pytest.raises(Invalid) as no:
        imported("listing_id,platform,category,价格,单价(元)\nL1,a,b,1,2\n")
    assert [str(each.text) for each in no.value.problems] == ["Keep one of the columns that mean price: 价格、单价(元)"]


def test_a_place_is_said_in_the_readers_words_beside_the_files():
    assert str(place_in_words("row 7, monthly_sales")) == "Row 7, monthly sales (monthly_sales)"
    assert str(place_in_words("row 7, 备注")) == "Row 7, 备注"
    assert str(place_in_words("row 7")) == "Row 7"


def test_a_column_without_heading_and_without_cells_is_no_column(imported):
    report = imported("listing_id,platform,category,\nL1,a,b,\nL2,a,b, \n")
    assert report.accepted == 2


# --- two readers, one truth

cells = st.text(st.sampled_from(list("ab,\"' \t\r\n;汉=/")), max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_duckdb_and_python_read_the_same_rows(tmp_path_factory, rows, end):
    source = tmp_path_factory.mktemp("read") / "frame.csv"
    with source.open("w", encoding="utf-8", newline="") as stream:
        quoting = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL
        csv.writer(stream, lineterminator=end, quoting=quoting).writerows([("a", "b"), *rows])
    with engine(source) as opened:
        records_.lay_out(opened, lambda heading: range(len(heading)), is_import=True)
        found = opened.con.execute("SELECT coalesce(c0, ''), coalesce(c1, '') FROM records ORDER BY row").fetchall()
    assert found == rows


def test_the_engine_reads_nothing_but_its_source(tmp_path):
    (tmp_path / "frame.csv").write_text("x")
    (tmp_path / "other.csv").write_text("secret")
    with refuses("file: unreadable"), engine(tmp_path / "frame.csv") as opened:
        opened.con.execute(f"SELECT * FROM read_text('{tmp_path / 'other.csv'}')")


def test_no_reason_lacks_words(imported):
    from quality.campaigns.frame.problems import REASONS

    assert all(re.search(r"\w", str(reason)) for reason in REASONS.values())


def test_the_hash_of_a_main_picture_is_kept_in_small_letters_and_no_other_text_is(imported):
    rows = "L1,棠梨商城,玩具,F05A3BD1706B4C21\nL2,棠梨商城,玩具,\nL3,棠梨商城,玩具,f05a\n"
    report = imported(f"商品编号,平台,类别,主图哈希\n{rows}")
    assert rows_of(report, "listing_id, picture_hash") == [("L1", "f05a3bd1706b4c21"), ("L2", None)]
    assert [(problem.row, problem.code) for problem in report.problems] == [(4, "bad_picture_hash")]
