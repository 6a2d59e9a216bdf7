"""A file of announced cases is read: each row is in a sample or named, and nothing but `Invalid` is ever raised."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from quality.campaigns.frame import import_frame
from quality.core.errors import Invalid
from quality.walk.campaign import write_frame
from quality.walk.checks import read_date
from quality.walk.reading import listing_id, read
from quality.walk.rows import KNOWN, NEEDED
from tests.walk.files import ANNOUNCED, CONFORMING, FIRST, GOOD, HEADING, PEAR, SECOND, write

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cases.csv"


def problems_of(path, *rows, **named) -> list[tuple[str, str]]:
    reading = read(write(path, rows, **named))
    return [(problem.field, problem.code) for problem in reading.problems]


def test_the_announced_kinds_are_read_whole(path):
    reading = read(write(path, ANNOUNCED))
    assert (reading.rows, reading.problems) == (6, [])
    assert [sample.listing_id for sample in reading.samples[:2]] == ["570956658125", "15421704408"]
    assert [sample.is_denied for sample in reading.samples] == [False, True, False, False, False, False]
    assert read(path).sha256 == reading.sha256


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_the_encoding_of_a_spreadsheet_is_found(path, encoding):
    reading = read(write(path, ANNOUNCED, encoding=encoding))
    assert (len(reading.samples), reading.problems) == (6, [])
    assert reading.samples[2]["limit"] == "≤20μg/kg"


WRONG = [  # what is written, and under which column and code it is named
    ({"platform": ""}, "platform", "missing"),
    ({"platform": "/"}, "platform", "slash"),
    ({"platform": "棠梨/商城"}, "platform", "slash"),
    ({"platform": "棠梨\n商城"}, "platform", "control_character"),
    ({"value": ""}, "value", "missing"),
    ({"item": " "}, "item", "missing"),
    ({"limit": "由企业自定"}, "limit", "unreadable_limit"),
    ({"value": "见附页"}, "value", None),
    ({"value": "某检验院", "limit": "经核实并非其生产"}, "value", "unreadable_value"),
    ({"value": "<0.5", "limit": "≤0.1mg/kg"}, "value", None),
    ({"value": "0.05mg/kg", "limit": "≤100CFU/g"}, "value", "incommensurable"),
    ({"value": "3.7×104, 4.6×104", "limit": "n=5,c=2,m=104,M=105"}, "value", None),
    ({"rule": "generous"}, "rule", "unknown_rule"),
    ({"rule": "guard_band"}, "value", "no_uncertainty"),
    ({"value": "=B2*2"}, "value", "formula"),
    ({"product_name": '=HYPERLINK("x")'}, "product_name", "formula"),
    ({"product_name": "饼" * 201}, "product_name", "too_long"),
    ({"product_name": "芝\u200b麻饼"}, "product_name", "unprintable"),
    ({"listing_url": "item.tangli.example/1"}, "listing_url", "bad_address"),
    ({"listing_url": "ftp://item.tangli.example/1"}, "listing_url", "bad_address"),
    ({"listing_url": "https://item.tangli.example/1 2"}, "listing_url", "bad_address"),
    ({"listing_url": "https://[::1/1"}, "listing_url", "bad_address"),
    ({"announced_at": "soon"}, "announced_at", "bad_date"),
    ({"announced_at": "2019-02-30"}, "announced_at", "bad_date"),
    ({"announced_at": "2099-01-01"}, "announced_at", "in_the_future"),
    ({"announced_at": "2019-01-27"}, "batch", "after_announcement"),
    ({"shop_uscc": "A1110000600037341L"}, "shop_uscc", "bad_uscc"),
    ({"shop_uscc": "91110000600037341X"}, "shop_uscc", "bad_uscc"),
    ({"reinspection_lab": FIRST}, "reinspection_lab", "same_laboratory"),
]


@pytest.mark.parametrize(("written", "column", "code"), WRONG)
def test_what_is_wrong_is_named_by_row_and_column_and_the_others_go_on(path, clock, written, column, code):
    more = [name for name in written if name not in HEADING]
    reading = read(write(path, [CONFORMING, GOOD | written], more=more))
    named = {problem.field: problem.code for problem in reading.problems}
    assert list(named) == [f"row 3 (row=181), {column}"], named
    assert code is None or named.popitem()[1] == code
    assert [sample["row"] for sample in reading.samples] == ["43"]
    assert reading.rows == 2


@pytest.mark.parametrize(
    "written",
    [
        {"shop_uscc": "91110000600037341L"},
        {"shop_uscc": "/"},
        {"reinspection_lab": "/"},
        {"announced_at": ""},
        {"announced_at": "2019年7月8日"},
        {"batch": ""},
        {"batch": "N20300101"},
        {"rule": "Simple"},
        {"rule": "/"},
        {"value": "7.2\u00a0mg/g"},
        {"value": "5.8×103CFU/g", "limit": "≤1000 CFU/g"},
        {"remark": "第一行\n第二行"},
    ],
)
def test_what_tables_are_full_of_is_taken_as_it_is_meant(path, clock, written):
    more = [name for name in written if name not in HEADING]
    reading = read(write(path, [GOOD | written], more=more))
    assert reading.problems == []
    [sample] = reading.samples
    assert sample["reinspection_lab"] == ""
    assert [row.rule for row in sample.rows] == ["simple"]


def test_a_row_is_named_by_its_line_alone_if_the_file_numbers_none(path):
    assert problems_of(path, GOOD | {"row": "", "limit": "?"}) == [("row 2, limit", "unreadable_limit")]


def test_all_that_is_wrong_with_a_row_is_named_at_once(path):
    named = problems_of(path, GOOD | {"limit": "?", "platform": "", "announced_at": "?"})
    assert sorted(field.split(", ")[1] for field, _code in named) == ["announced_at", "limit", "platform"]


def test_the_same_row_twice_counts_once_and_is_named(path):
    reading = read(write(path, [GOOD, GOOD]))
    assert [(p.field, p.code) for p in reading.problems] == [("row 3 (row=181), item", "doubled")]
    assert len(reading.samples[0].rows) == 1


def test_one_item_with_two_results_holds_the_sample_back(path):
    other = GOOD | {"row": "182", "item": "酸价(以脂肪计)", "value": "7.3mg/g"}
    reading = read(write(path, [GOOD, other, CONFORMING]))
    assert [(p.field, p.code) for p in reading.problems] == [
        ("row 3 (row=182), item", "contradicts"),
        ("row 2 (row=181)", "held_back"),
    ]
    assert len(reading.samples) == 1


@pytest.mark.parametrize("column", ["product_name", "first_lab", "shop_name", "reinspection_lab"])
def test_rows_of_one_sample_that_differ_hold_it_back(path, column):
    other = GOOD | {"row": "182", "item": "过氧化值", column: SECOND}
    assert problems_of(path, GOOD, other) == [
        (f"row 3 (row=182), {column}", "differs"),
        ("row 2 (row=181)", "held_back"),
    ]


def test_half_a_sample_is_not_walked(path):
    other = GOOD | {"row": "182", "item": "过氧化值", "limit": "?"}
    assert problems_of(path, GOOD, other) == [
        ("row 3 (row=182), limit", "unreadable_limit"),
        ("row 2 (row=181)", "held_back"),
    ]


def test_remarks_that_are_too_long_together_are_named(path):
    rows = [GOOD | {"row": str(n), "item": f"项目{n}", "remark": str(n) * 1500} for n in (1, 2)]
    assert problems_of(path, *rows) == [("row 2 (row=1), remark", "too_long"), ("row 3 (row=2)", "held_back")]


def test_half_a_row_and_a_damaged_row_are_named_and_the_others_go_on(path):
    lines = write(path, [GOOD, CONFORMING, ANNOUNCED[0], ANNOUNCED[1]]).read_bytes().splitlines(keepends=True)
    lines[1] = lines[1][:40] + b"\r\n"
    lines[3] = lines[3].replace("酸价".encode(), "酸价".encode()[:-1])
    path.write_bytes(b"".join(lines))
    reading = read(path)
    assert [(p.field, p.code) for p in reading.problems] == [("row 2", "too_few_fields"), ("row 4", "damaged_text")]
    assert (reading.rows, len(reading.samples)) == (4, 2)


def test_rows_of_blanks_are_none(path):
    write(path, [GOOD])
    with path.open("a") as stream:
        stream.write("," * 16 + "\n\n" + " ," * 16 + "\n")
    reading = read(path)
    assert (reading.rows, reading.problems) == (1, [])


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_column_is_named(path, name):
    heading = [column for column in HEADING if column != name]
    path.write_text(",".join(heading) + "\n" + ",".join("x" for _ in heading))
    with pytest.raises(Invalid) as no:
        read(path)
    assert [(p.field, p.code) for p in no.value.problems] == [(name, "column_missing")]


def test_a_column_that_stands_twice_is_named(path):
    path.write_text(",".join([*HEADING, "Limit", "note", "note"]) + "\n")
    with pytest.raises(Invalid) as no:
        read(path)
    assert [(p.field, p.code) for p in no.value.problems] == [("limit", "column_doubled")]


PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf", b"\n\n", (",".join(HEADING) + "\n").encode(), PICTURE, b"\xff\xfe\x00", b"\0" * 99],
)
def test_a_file_that_holds_no_cases_says_what_it_lacks(path, content):
    path.write_bytes(content)
    with pytest.raises(Invalid) as no:
        read(path)
    assert all(str(problem.text) for problem in no.value.problems)


def test_neither_a_folder_nor_nothing_is_a_file(tmp_path):
    for there in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(Invalid) as no:
            read(there)
        assert [problem.code for problem in no.value.problems] == ["no_such_file"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://item.tangli.example/15421704408.html", "15421704408"),
        ("https://detail.qinglan.example/item.htm?id=529094391099&spm=a1z", "529094391099"),
        ("https://item.tingzhou.example/item.htm?spm=a.1&id=57&ns=1", "57"),
        ("https://item.tingzhou.example/item.htm?id=57&id=58", None),
        ("https://mailong.tangli.example/", None),
        ("https://mailong.tangli.example/p/12345678/", "12345678"),
        ("https://mailong.tangli.example/about.html", None),
    ],
)
def test_the_listing_id_is_the_platforms_own_where_the_address_holds_one(address, found):
    assert listing_id(address) == found


def test_listings_of_two_platforms_with_one_number_get_ids_of_their_own(path):
    other = CONFORMING | {"platform": PEAR, "listing_url": "https://x.example/529094391099.html"}
    own, made = (sample.listing_id for sample in read(write(path, [GOOD, other])).samples)
    assert (own, made[0], len(made)) == ("529094391099", "H", 17)
    assert read(path).samples[1].listing_id == made


@pytest.mark.parametrize("text", ["2019-07-15", "2019/7/15 见包装", "2019.07.15", "2019年7月15日", "２０１９-7-15"])
def test_a_day_is_read_as_people_write_it(text):
    assert str(read_date(text)) == "2019-07-15"


@pytest.mark.parametrize("text", ["", "15.7.2019", "2019-13-01", "N2019", "0000-01-01"])
def test_what_is_no_day_is_none(text):
    assert read_date(text) is None


# --- laws ---

LINE = re.compile(r"row (\d+)")
HEAD = ",".join(HEADING).encode()
ODD = (
    "", "/", "=1", "5", "7.2mg/g", "≤5mg/g", "不得检出", "<0.1", PEAR, FIRST, "https://a.example/12345", "2019-01-01",
    '"', "\u3000x", "a\nb", "a\r", "\ufeff", "\x00", "é",
)  # fmt: skip
cells = st.one_of(st.sampled_from(ODD), st.text(max_size=8))
odd_rows = st.lists(st.dictionaries(st.sampled_from([*HEADING, "shop_uscc", "rule", "lod"]), cells), max_size=6)


@settings(RELAXED, max_examples=60)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=200).map(lambda tail: HEAD + b"\n" + tail)))
@example(b"\xff\xfe" + "平台,项目".encode("utf-16-le") + b"\xd8")
@example(b"\xfe\xff\xd8")
@example(HEAD + b'\n"')
@example(HEAD + b"\n" + b"," * 16 + b"\xff")
def test_bytes_are_read_or_refused_with_a_reason(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        reading = read(path)
    except Invalid as no:
        assert no.problems
        assert all(str(problem.text) for problem in no.problems)
    else:
        assert_every_row_is_accounted_for(reading)


@settings(RELAXED, max_examples=60)
@given(st.lists(st.one_of(st.sampled_from(ANNOUNCED), st.just(CONFORMING)), max_size=4), odd_rows)
def test_every_row_is_in_a_sample_or_named(tmp_path, good, odd):
    written = [*good, *(GOOD | row for row in odd)]
    path = write(tmp_path / "any.csv", written, more=["shop_uscc", "rule", "lod"])
    try:
        reading = read(path)
    except Invalid:
        assert not written or any("\x00" in cell for row in odd for cell in row.values())
        return
    assert reading.rows == len(written)
    assert_every_row_is_accounted_for(reading)


@settings(RELAXED, max_examples=8)
@given(odd_rows)
def test_what_is_read_fits_a_sampling_frame(tmp_path, odd):
    path = write(tmp_path / "any.csv", [CONFORMING, *(GOOD | row for row in odd)], more=["shop_uscc", "rule", "lod"])
    try:
        reading = read(path)
    except Invalid:
        return
    frame = import_frame(write_frame(reading, tmp_path / "frame.csv"), tmp_path / "frames")
    assert (frame.rows, frame.refused) == (len(reading.samples), 0)


def assert_every_row_is_accounted_for(reading) -> None:
    named = {int(LINE.findall(problem.field)[0]) for problem in reading.problems}
    walked = [row.line for sample in reading.samples for row in sample.rows]
    assert len(set(walked)) == len(walked)
    assert not named & set(walked)
    assert len(named) + len(walked) == reading.rows


def test_every_column_of_the_published_file_is_known():
    assert set(HEADING) <= set(KNOWN)
