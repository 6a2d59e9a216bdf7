"""What laboratories type, before anything is asked of the database."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.lab.entries import ResultEntry, matched, report_number, shortened, unfit, wrong_number, wrong_texts
from quality.standards.names import item_key

ORDER = ["酸价(以脂肪计)", "铅（以Pb计）", "Lead"]


def codes(problems):
    return [(problem.field, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("written", "kept"),
    [("wt-2026-001", "WT-2026-001"), ("ＷＴ－２０２６", "WT-2026"), (" WT—2026–1 ", "WT-2026-1"), ("", "")],
)
def test_a_report_number_is_kept_in_one_way_of_writing(written, kept):
    assert report_number(written) == kept


@pytest.mark.parametrize(
    ("number", "code"),
    [("", "missing"), *((number, "bad_report_no") for number in ("WT/2026", "检2026", "-1", "A" * 41))],
)
def test_a_report_number_that_nobody_can_type_is_named(number, code):
    assert codes(wrong_number(number)) == [("report_no", code)]


def test_a_good_report_number_has_no_problem():
    assert wrong_number("WT-2026-001") == []


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_a_report_number_once_kept_stays_as_it_is(text):
    kept = report_number(text)
    assert report_number(kept) == kept


def test_items_are_recognised_whatever_their_width_case_and_blanks():
    assert item_key("酸价（以脂肪计）") == item_key(" 酸价 (以脂肪计)")
    assert item_key("LEAD") == item_key("lead")


def test_each_ordered_item_gets_its_entry_in_the_order_of_the_order():
    entries = [ResultEntry("lead", "1"), ResultEntry("酸价（以脂肪计）", "2"), ResultEntry("铅(以Pb计)", "3")]
    found, problems = matched(entries, ORDER)
    assert problems == []
    assert [(name, entry.value) for name, entry in found] == [(ORDER[0], "2"), (ORDER[1], "3"), ("Lead", "1")]


def test_missing_doubled_unknown_and_nameless_items_are_all_named_at_once():
    entries = [ResultEntry("Lead", "1"), ResultEntry("LEAD", "2"), ResultEntry("砷", "3"), ResultEntry(" ", "4")]
    _found, problems = matched(entries, ORDER)
    assert codes(problems) == [
        ("results 2, item", "doubled_item"),
        ("results 3, item", "unknown_item"),
        ("results 4, item", "missing"),
        ("results", "missing_item"),
        ("results", "missing_item"),
    ]
    assert "酸价(以脂肪计)" in str(problems[3].text)


def test_values_must_be_there_fit_and_be_showable():
    entries = [ResultEntry("a", " "), ResultEntry("b", "1" * 2_001), ResultEntry("c", "1\0"), ResultEntry("d", "1\n2")]
    assert codes(wrong_texts(entries, "注" * 5_001)) == [
        ("results 1, value", "missing"),
        ("results 2, value", "too_long"),
        ("results 3, value", "bad_sign"),
        ("method_note", "too_long"),
    ]


def test_half_a_character_cannot_be_shown():
    assert codes(unfit("value", "\ud800", 10)) == [("value", "bad_sign")]


def test_a_long_name_is_shortened_where_it_is_repeated():
    assert shortened("铅" * 100) == "铅" * 60 + "…"
    assert shortened("铅") == "铅"


@given(st.lists(st.sampled_from(["Lead", "砷", "", "酸价(以脂肪计)", "ＬＥＡＤ"]), max_size=6))
@settings(max_examples=150)
def test_without_a_problem_the_entries_are_exactly_the_order(names):
    found, problems = matched([ResultEntry(name, "1") for name in names], ["Lead", "砷"])
    complete = sorted(map(item_key, names)) == sorted(map(item_key, ["Lead", "砷"]))
    assert (problems == []) == complete
    assert len({name for name, _entry in found}) == len(found)
