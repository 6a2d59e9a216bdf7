"""`mingcha judge`: a file of rows, and everything that may be wrong with a file."""

from __future__ import annotations

import csv
import io

import pytest

from quality.core.errors import Invalid
from quality.standards.judge_file import judge_table

HEADING = "item,value,unit,limit,uncertainty,lod,loq,rule"


@pytest.fixture
def judged(tmp_path):
    def run(content: str | bytes) -> list[list[str]]:
        source = tmp_path / "results.csv"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = io.StringIO()
        count = judge_table(source, out)
        rows = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
        assert count == len(rows) - 1
        return rows

    return run


def refusals(run, content) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        run(content)
    assert str(refusal.value)
    return [problem.code for problem in refusal.value.problems]


def test_the_same_rows_in_the_same_order_with_verdict_and_reason(judged):
    rows = judged(
        f"{HEADING}\n铅,4.7,mg/kg,≤5.0,0.6,,,non_binary\n"
        "菌落总数,5.8×103CFU/g,,≤1000 CFU/g,,,,\n中心温度,-5,℃,≤-18℃,,,,simple\n"
    )

    assert rows[0] == [*HEADING.split(","), "verdict", "reason"]
    assert [row[:2] + row[-2:-1] for row in rows[1:]] == [
        ["铅", "4.7", "conditional_pass"],
        ["菌落总数", "5.8×103CFU/g", "fail"],
        ["中心温度", "-5", "fail"],
    ]
    assert "5.8×10³" in rows[2][-1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_chinese_spreadsheets(judged, encoding):
    rows = judged(f"{HEADING}\r\n铅,0.05,mg/kg,≤0.1,,,,\r\n".encode(encoding))

    assert rows[1][0] == "铅"
    assert rows[1][-2] == "pass"


def test_chinese_headings_in_any_order_and_columns_of_ones_own(judged):
    rows = judged("备注,限量,单位,检验项目,实测值\n甲,≤0.1,mg/kg,铅,0.5\n")

    assert rows == [
        ["备注", "限量", "单位", "检验项目", "实测值", "verdict", "reason"],
        ["甲", "≤0.1", "mg/kg", "铅", "0.5", "fail", rows[1][-1]],
    ]


def test_an_earlier_verdict_is_replaced(judged):
    rows = judged("verdict,item,value,unit,limit,reason\npass,铅,0.5,mg/kg,≤0.1,old\n")

    assert rows[0] == ["item", "value", "unit", "limit", "verdict", "reason"]
    assert rows[1][4] == "fail"
    assert rows[1][5] != "old"


def test_a_bad_row_is_undecided_and_the_others_go_on(judged):
    rows = judged(
        f"{HEADING}\n铅,4.2\n镉,1.2, 1.3,mg/kg,≤5,,,,\n=cmd(),1,g,≤5,,,,\n汞,=1+1,g,≤5,,,,\n,,,,,,,\n\n砷,1,g,≤5,,,,\n"
    )

    assert [row[9] for row in rows[1:]] == ["undecided"] * 5 + ["pass"]
    assert rows[1][:3] == ["铅", "4.2", ""]
    assert rows[2][:9] == ["镉", "1.2", " 1.3", "mg/kg", "≤5", "", "", "", ""]
    assert rows[3][0] == "=cmd()"
    assert rows[4][1] == "=1+1"
    assert "2" in rows[1][-1]
    assert all(row[-1] for row in rows[1:])


def test_a_row_whose_item_is_a_value_is_told_that_columns_may_be_shifted(judged):
    """Its verdict is what its cells say: an item may be called anything."""
    shifted, named, odd = judged(
        f"{HEADING}\n0.63μg/kg,不得检出,,某检验院,,,,\n铅,不得检出,,某检验院,,,,\n≤20μg/kg,5,mg/kg,≤6 mg/kg,,,,\n"
    )[1:]
    assert [row[-2] for row in (shifted, named, odd)] == ["undecided", "undecided", "pass"]
    assert ["shifted. " in f"{row[-1]} " and "The item is" in row[-1] for row in (shifted, named, odd)] == [
        True, False, False,
    ]  # fmt: skip


def test_no_reason_begins_as_a_formula(judged):
    rows = judged(f"{HEADING}\n" + "".join(f"a,{sign}5,{sign}g,{sign}5,{sign}1,{sign}1,,{sign}\n" for sign in "=+-@"))

    assert all(row[-1][0] not in "=+-@\t\r" for row in rows[1:])


def test_cells_with_line_breaks_and_quotes_come_back_as_they_were(judged):
    rows = judged(f'{HEADING}\n"a ""b""\nc","1,234",g,≤5000,,,,\n')

    assert rows[1][:2] == ['a "b"\nc', "1,234"]
    assert rows[1][-2] == "pass"


def test_a_heading_without_rows_stays_alone(judged):
    assert judged(HEADING) == [[*HEADING.split(","), "verdict", "reason"]]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        ("", ["empty_file"]),
        ("\n\n", ["empty_file"]),
        (b"\xef\xbb\xbf", ["empty_file"]),
        ("a,b\n1,2\n", ["missing_column"] * 4),
        ("item,value,unit\n", ["missing_column"]),
        (f"{HEADING},Value\n", ["doubled_column"]),
        (f'{HEADING}\n"铅,1\n', ["damaged"]),
        (f'{HEADING}\n"铅"x,1\n', ["damaged"]),
        (b"PK\x03\x04\x00\x00", ["not_text"]),
        (b"\xff\xff\xff", ["not_text"]),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name(judged, content, codes):
    assert refusals(judged, content) == codes


def test_a_missing_file_and_a_huge_one_are_refused(tmp_path, monkeypatch):
    with pytest.raises(Invalid, match="cannot be opened"):
        judge_table(tmp_path / "nowhere.csv", io.StringIO())
    monkeypatch.setattr("quality.standards.judge_file.LONGEST_FILE", 10)
    (tmp_path / "big.csv").write_text(HEADING)
    with pytest.raises(Invalid, match="larger than"):
        judge_table(tmp_path / "big.csv", io.StringIO())
