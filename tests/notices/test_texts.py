"""Templates: what is wrong with one is named, placeholders are filled, English goes with what was left as it was."""

from __future__ import annotations

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.notices.texts import (
    PLACEHOLDERS,
    SHIPPED,
    TEXTS,
    differences,
    english_for,
    english_now,
    fill,
    problems_of,
    unknown_placeholders,
)

VALUES = {"agency": "云州市市场监督管理局", "platform": "棠梨商城"}


def says(**changed):
    """As shipped, but for texts named as fields are: `zh_reasons`."""
    made = copy.deepcopy(dict(SHIPPED))
    for place, text in changed.items():
        language, _, field = place.partition("_")
        if field:
            made[language][field] = text
        else:
            made[place] = text
    return made


def test_the_shipped_template_has_nothing_wrong_with_it():
    assert list(problems_of("x", SHIPPED)) == []


WRONG = {
    "an unknown placeholder": ({"zh_reasons": "{platform}应处置{商品}"}, "zh_reasons", "unknown_placeholder"),
    "one in English": ({"en_how_to_object": "Write to {office}"}, "en_how_to_object", "unknown_placeholder"),
    "no reasons": ({"zh_reasons": " "}, "zh_reasons", "missing"),
    "no reasons where nothing was tested": ({"en_reasons_untested": ""}, "en_reasons_untested", "missing"),
    "Chinese without English": ({"zh_answer_to": "电话 0990"}, "en_answer_to", "missing"),
    "too long": ({"zh_reasons": "长" * 10_001}, "zh_reasons", "too_long"),
    "no measure": ({"measures": []}, "measures", "missing"),
    "a strange measure": ({"measures": ["burn"]}, "measures", "missing"),
    "a strange kind": ({"kind": "wish"}, "kind", "unknown_kind"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_by_field(case):
    changed, field, code = WRONG[case]
    assert [(each.field, each.code) for each in problems_of("x", says(**changed))] == [(field, code)]


def test_a_template_needs_a_name():
    assert [each.code for each in problems_of(" ", SHIPPED)] == ["missing"]
    assert [each.code for each in problems_of("名" * 61, SHIPPED)] == ["too_long"]


def test_an_unknown_placeholder_is_named_as_it_was_typed():
    [problem] = problems_of("x", says(zh_reasons="请{plattform}处置"))
    assert "{plattform}" in str(problem.text) and "{platform}" in str(problem.text)


@given(st.text())
def test_filling_leaves_nothing_that_it_knows_and_all_that_it_does_not(text):
    filled = fill(text, VALUES)
    assert unknown_placeholders(filled) == unknown_placeholders(text)
    assert not re.search("|".join(f"{{{name}}}" for name in PLACEHOLDERS), filled)


def test_differences_say_in_which_language():
    assert list(differences(None, SHIPPED)) == []
    changed = says(zh_reasons="另有依据", measures=["delist"], kind="notice")
    found = [(each.field, each.of) for each in differences(SHIPPED, changed)]
    assert found == [("kind", ""), *[("measure", "")] * 4, ("reasons", "zh")]


def test_english_goes_only_with_what_nobody_changed():
    template = says(zh_reasons="{agency}要求{platform}处置", en_reasons="{agency} asks {platform}")
    typed = {field: template["zh"][field] for field in TEXTS if field != "reasons_untested"}
    kept = english_for(template, typed | {"legal_basis": "自拟依据"}, VALUES)
    assert kept["reasons"] == {
        "of": "云州市市场监督管理局要求棠梨商城处置",
        "text": "云州市市场监督管理局 asks 棠梨商城",
    }
    assert "legal_basis" not in kept and "answer_to" not in kept
    now = {"reasons": "云州市市场监督管理局要求棠梨商城处置", "how_to_object": "后来改过"}
    assert english_now(kept, now) == {"reasons": "云州市市场监督管理局 asks 棠梨商城"}


def test_the_reasons_of_untested_listings_have_their_english():
    typed = {"reasons": SHIPPED["zh"]["reasons_untested"]}
    assert english_for(SHIPPED, typed, VALUES)["reasons"]["text"] == SHIPPED["en"]["reasons_untested"]
