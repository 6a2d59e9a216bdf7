"""Verdicts on single rows: every case of DOMAIN §2.7, with its worked figures."""

from __future__ import annotations

from decimal import Decimal

import pytest

from quality.standards.judgement import Compared, Judgement, Verdict, conclusion, judge

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
CONDITIONAL_PASS, CONDITIONAL_FAIL = Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL


def codes(judgement: Judgement) -> list[str]:
    return [note.code for note in judgement.notes]


# fmt: off
#    value    simple    guard_band   non_binary         enforcement
AT_MOST_5 = [
    ("4.2",  PASS,     PASS,        PASS,              PASS),
    ("4.4",  PASS,     PASS,        CONDITIONAL_PASS,  PASS),
    ("4.7",  PASS,     FAIL,        CONDITIONAL_PASS,  PASS),
    ("5.0",  PASS,     FAIL,        CONDITIONAL_PASS,  PASS),
    ("5.3",  FAIL,     FAIL,        CONDITIONAL_FAIL,  PASS),
    ("5.6",  FAIL,     FAIL,        CONDITIONAL_FAIL,  PASS),
    ("5.7",  FAIL,     FAIL,        FAIL,              FAIL),
]
# fmt: on


@pytest.mark.parametrize(("value", "simple", "guard_band", "non_binary", "enforcement"), AT_MOST_5)
def test_at_most_5_with_uncertainty_and_the_mirror_image(value, simple, guard_band, non_binary, enforcement):
    expected = {"simple": simple, "guard_band": guard_band, "non_binary": non_binary, "enforcement": enforcement}
    mirrored = str(10 - Decimal(value))

    for rule, verdict in expected.items():
        assert judge(value, "mg/kg", "≤ 5.0 mg/kg", uncertainty="0.6", rule=rule).verdict is verdict
        assert judge(mirrored, "mg/kg", "≥ 5.0 mg/kg", uncertainty="0.6", rule=rule).verdict is verdict


# fmt: off
#    value    simple    guard_band   non_binary         enforcement
BELOW_5 = [
    ("4.4",  PASS,     PASS,        CONDITIONAL_PASS,  PASS),
    ("5.0",  FAIL,     FAIL,        CONDITIONAL_FAIL,  PASS),
    ("5.6",  FAIL,     FAIL,        CONDITIONAL_FAIL,  PASS),
    ("5.61", FAIL,     FAIL,        FAIL,              FAIL),
]
# fmt: on


@pytest.mark.parametrize(("value", "simple", "guard_band", "non_binary", "enforcement"), BELOW_5)
def test_below_5_leaves_5_itself_outside(value, simple, guard_band, non_binary, enforcement):
    expected = {"simple": simple, "guard_band": guard_band, "non_binary": non_binary, "enforcement": enforcement}

    for rule, verdict in expected.items():
        assert judge(value, "", "<5.0", uncertainty="0.6", rule=rule).verdict is verdict
        assert judge(str(10 - Decimal(value)), "", ">5.0", uncertainty="0.6", rule=rule).verdict is verdict


@pytest.mark.parametrize(
    ("value", "rule", "verdict"),
    [
        ("9.9", "simple", FAIL),
        ("10", "simple", PASS),
        ("15", "simple", PASS),
        ("15.1", "simple", FAIL),
        ("10.5", "guard_band", FAIL),
        ("12", "guard_band", PASS),
        ("14.5", "guard_band", FAIL),
        ("10.5", "non_binary", CONDITIONAL_PASS),
        ("15.5", "non_binary", CONDITIONAL_FAIL),
        ("9.5", "non_binary", CONDITIONAL_FAIL),
        ("16.5", "non_binary", FAIL),
        ("9.5", "enforcement", PASS),
        ("16.5", "enforcement", FAIL),
    ],
)
def test_a_range_is_guarded_at_both_ends(value, rule, verdict):
    assert judge(value, "%", "10～15", uncertainty="1", rule=rule).verdict is verdict


@pytest.mark.parametrize("rule", ["guard_band", "non_binary", "enforcement"])
def test_a_rule_that_needs_uncertainty_and_has_none_is_undecided(rule):
    judgement = judge("4.2", "mg/kg", "≤5.0 mg/kg", rule=rule)

    assert (judgement.verdict, judgement.reason.code) == (UNDECIDED, "no_uncertainty")
    assert rule in str(judgement.reason.text)


@pytest.mark.parametrize(
    ("value", "unit", "uncertainty"),
    [
        ("5.3", "mg/kg", "0.6"),
        ("5.3", "mg/kg", "±0.6"),
        ("5.3", "mg/kg", "U=0.6"),
        ("5.3", "mg/kg", "U = 0.6 mg/kg, k=2"),
        ("5.3", "mg/kg", "0.6（k=2）"),
        ("5.3", "mg/kg", "600 μg/kg"),
        ("5.3", "mg/kg", "12%"),
        ("5.3", "mg/kg", "Urel=12%"),
        ("5.3±0.6", "mg/kg", ""),
        ("5.3±0.6", "mg/kg", "0.6"),
        ("5.3±0.6", "mg/kg", "/"),
        ("5.3±12%", "mg/kg", ""),
    ],
)
def test_uncertainty_as_laboratories_write_it(value, unit, uncertainty):
    for rule, verdict in {"enforcement": PASS, "non_binary": CONDITIONAL_FAIL}.items():
        assert judge(value, unit, "≤5.0 mg/kg", uncertainty=uncertainty, rule=rule).verdict is verdict


def test_a_percentage_is_absolute_where_the_value_is_in_percent():
    assert judge("50", "%", "≤45%", uncertainty="6%", rule="enforcement").verdict is PASS
    assert judge("50", "%", "≤45%", uncertainty="Urel=6%", rule="enforcement").verdict is FAIL


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("uncertainty", "-0.6", "negative_uncertainty"),
        ("uncertainty", "-12%", "negative_uncertainty"),
        ("uncertainty", "abc", "unreadable_uncertainty"),
        ("uncertainty", "NaN", "unreadable_uncertainty"),
        ("uncertainty", "Urel=0.6", "unreadable_uncertainty"),
        ("uncertainty", "=A1", "formula"),
        ("uncertainty", "0.6 mg/L", "incommensurable"),
        ("lod", "-0.1", "not_positive"),
        ("lod", "0", "not_positive"),
        ("lod", "abc", "unreadable_lod"),
        ("loq", "1e999999999", "unreadable_loq"),
        ("loq", "≤1", "unreadable_loq"),
        ("rule", "lenient", "unknown_rule"),
        ("rule", "=1", "formula"),
        ("unit", "=1", "formula"),
        ("unit", "≤", "unreadable_unit"),
    ],
)
def test_nonsense_in_any_field_is_undecided_and_names_the_field(field, text, code):
    row = {"unit": "mg/kg"} | {field: text}

    judgement = judge("0.1", limit="≤5.0 mg/kg", **row)

    assert (judgement.verdict, judgement.reason.code) == (UNDECIDED, code)
    assert str(judgement.reason.text)


def test_two_figures_that_contradict_each_other_are_undecided():
    assert judge("1", "g", "≤5 g", lod="0.3", loq="0.1").reason.code == "lod_above_loq"
    assert judge("1±0.1", "g", "≤5 g", uncertainty="0.2").reason.code == "two_uncertainties"
    assert judge("1±0.1", "g", "≤5 g", uncertainty="100 mg").verdict is PASS
    assert judge("1", "g", "≤5 g", lod="0.1", loq="300 mg").verdict is PASS


@pytest.mark.parametrize(
    ("value", "limit", "given", "verdict"),
    [
        ("<0.01", "≤0.1", {}, PASS),
        ("<0.1", "≤0.1", {}, PASS),
        ("<0.2", "≤0.1", {}, UNDECIDED),
        ("<0.1", "<0.1", {}, UNDECIDED),
        ("未检出", "≤0.1", {"lod": "0.01"}, PASS),
        ("未检出", "≤0.1", {"lod": "0.2"}, UNDECIDED),
        ("未检出", "≤0.1", {"loq": "0.03"}, PASS),
        ("未检出", "≤0.1", {}, UNDECIDED),
        ("未检出(<0.01 mg/kg)", "≤0.1", {}, PASS),
        ("ND", "≤0.1 mg/kg", {"lod": "10 μg/kg"}, PASS),
        ("<LOD", "≤0.1", {"lod": "0.01"}, PASS),
        ("<LOD", "≤0.1", {}, UNDECIDED),
        ("<LOQ", "≤0.1", {"loq": "0.03"}, PASS),
        ("<LOQ", "≤0.1", {"lod": "0.01"}, UNDECIDED),
        ("<0.01", "≥0.1", {}, FAIL),
        ("<0.1", "≥0.1", {}, UNDECIDED),
        ("<0.2", "≥0.1", {}, UNDECIDED),
        ("未检出", "≥0.1", {"lod": "0.01"}, FAIL),
        ("<0.01", "0.1～0.5", {}, FAIL),
        ("<0.2", "0.1～0.5", {}, UNDECIDED),
        (">300", "≤100", {}, FAIL),
        (">300", "≤1000", {}, UNDECIDED),
        (">300", "≥100", {}, PASS),
        ("<4.3", "≤5.0", {"uncertainty": "0.6", "rule": "guard_band"}, PASS),
        ("<4.7", "≤5.0", {"uncertainty": "0.6", "rule": "guard_band"}, UNDECIDED),
        ("<4.7", "≤5.0", {"uncertainty": "0.6", "rule": "non_binary"}, CONDITIONAL_PASS),
        ("<4.7", "≥5.0", {"uncertainty": "0.6", "rule": "non_binary"}, CONDITIONAL_FAIL),
        ("<4.7", "≥5.0", {"uncertainty": "0.6", "rule": "enforcement"}, UNDECIDED),
        ("<4.7", "≥5.0", {"rule": "enforcement"}, UNDECIDED),
        ("<0.01", "≤5.0", {"rule": "guard_band"}, PASS),
        ("未检出", "≤5.0", {"rule": "guard_band", "lod": "0.1", "uncertainty": "12%"}, PASS),
        (">300", "≥100", {"rule": "guard_band"}, UNDECIDED),
    ],
)
def test_a_bound_decides_only_where_all_below_it_agree(value, limit, given, verdict):
    assert judge(value, "mg/kg", limit, **given).verdict is verdict


@pytest.mark.parametrize("limit", ["不得检出", "不得使用"])
@pytest.mark.parametrize(
    ("value", "given", "verdict"),
    [
        ("2.55μg/kg", {}, FAIL),
        ("2.55μg/kg", {"lod": "0.5"}, FAIL),
        ("0.5μg/kg", {"lod": "0.5"}, FAIL),
        ("0.3μg/kg", {"lod": "0.5"}, PASS),
        ("0.3μg/kg", {"lod": "0.0005 mg/kg"}, PASS),
        ("0.3μg/kg", {"lod": "0.5 mg/L"}, UNDECIDED),
        ("0.3", {"lod": "0.5 mg/L"}, UNDECIDED),
        ("0", {}, UNDECIDED),
        ("-0.1", {}, UNDECIDED),
        ("0", {"lod": "0.5"}, PASS),
        ("未检出", {}, PASS),
        ("<LOD", {}, PASS),
        ("<0.5", {"lod": "0.5"}, PASS),
        ("<0.5", {"lod": "0.3"}, UNDECIDED),
        ("<0.5", {}, UNDECIDED),
        ("<LOQ", {"lod": "0.5", "loq": "1"}, UNDECIDED),
        ("<LOQ", {"lod": "0.5"}, UNDECIDED),
        (">0.5", {}, FAIL),
        (">0.5", {"lod": "0.1"}, FAIL),
        (">0.5", {"lod": "0.8"}, UNDECIDED),
        ("检出", {}, FAIL),
        ("未检出、未检出、未检出", {}, PASS),
        ("未检出、检出、未检出", {}, FAIL),
        ("符合", {}, UNDECIDED),
    ],
)
def test_not_to_be_detected_and_not_to_be_used(limit, value, given, verdict):
    for rule in ("simple", "non_binary"):
        assert judge(value, "", limit, rule=rule, **given).verdict is verdict


def test_a_banned_substance_says_that_it_is_banned():
    assert judge("0.0268g/kg", "", "不得使用").reason.code == "banned_found"
    assert judge("0.0268g/kg", "", "不得检出").reason.code == "detected"


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("符合", PASS), ("不符合", FAIL), ("不合格（标识）", FAIL), ("5.0", UNDECIDED), ("未检出", UNDECIDED)],
)
def test_a_qualitative_limit_takes_the_laboratorys_word(value, verdict):
    assert judge(value, "", "符合", rule="guard_band").verdict is verdict


@pytest.mark.parametrize(("value", "limit"), [("符合", "≤5"), ("检出", "≤5"), ("不符合", "n=1,c=0,m=1")])
def test_a_word_is_no_amount(value, limit):
    judgement = judge(value, "", limit)

    assert (judgement.verdict, judgement.reason.code) == (UNDECIDED, "needs_number")


def test_several_results_against_one_limit_are_undecided():
    assert judge("1; 2", "g", "≤5 g").reason.code == "several_results"


@pytest.mark.parametrize(
    ("value", "unit", "limit", "verdict", "notes"),
    [
        ("0.05", "mg/kg", "≤100 μg/kg", PASS, ["converted"]),
        ("0.05", "g/kg", "≤100 μg/kg", FAIL, ["converted"]),
        ("13.4mg/g", "", "≤5mg/g", FAIL, []),
        ("13.4mg/g", "mg/g", "≤5mg/g", FAIL, []),
        ("13.4mg/g", "毫克/克", "≤5g/kg", FAIL, []),
        ("5.8×103CFU/g", "", "≤1000 CFU/g", FAIL, ["lost_superscript"]),
        ("5.96g/100mL", "", "≥9.62g/100ml", FAIL, []),
        ("4.2", "mg/kg", "≤5.0", PASS, ["limit_without_unit"]),
        ("4.2mg/kg", "", "≤5.0", PASS, ["limit_without_unit"]),
        ("4.2", "/", "≤5.0", PASS, []),
        ("3", "等级", "≤5", PASS, ["limit_without_unit"]),
        ("48", "kG²mm²", "≤50 kG2mm2", PASS, []),
    ],
)
def test_units_are_converted_where_they_are_commensurable(value, unit, limit, verdict, notes):
    judgement = judge(value, unit, limit)

    assert judgement.verdict is verdict
    assert codes(judgement) == notes


@pytest.mark.parametrize(
    ("value", "unit", "limit", "code"),
    [
        ("144μg/kg", "mg/kg", "≤75μg/kg", "two_units"),
        ("144μg/kg", "mg/kg", "不得检出", "two_units"),
        ("5", "CFU/mL", "≤10 CFU/g", "incommensurable"),
        ("5", "mg/L", "≤10 mg/kg", "incommensurable"),
        ("5", "", "≤10 mg/kg", "unit_missing"),
        ("5about", "", "≤10", "unknown_unit"),
        ("5", "mg/kg", "10", "limit_without_sign"),
        ("5", "mg/kg", "详见标准", "unreadable_limit"),
        ("NaN", "mg/kg", "≤10", "unreadable_value"),
        ("Infinity", "mg/kg", "≤10", "unreadable_value"),
        ("1e999999999", "mg/kg", "≤10", "unreadable_value"),
        ("=1+1", "", "≤10", "formula"),
        ("", "", "", "no_value"),
    ],
)
def test_what_cannot_be_compared_is_undecided(value, unit, limit, code):
    judgement = judge(value, unit, limit)

    assert (judgement.verdict, judgement.reason.code) == (UNDECIDED, code)
    assert str(judgement.reason.text)
    assert judgement.compared is None


def test_a_judgement_shows_what_was_compared():
    judgement = judge("4700 μg/kg", "", "≤5.0 mg/kg", uncertainty="0.6 mg/kg", rule="guard_band")

    assert judgement.limit
    assert judgement.limit.text == "≤5.0 mg/kg"
    assert judgement.results[0].unit == "μg/kg"
    assert judgement.compared == Compared(
        unit="mg/kg",
        values=((Decimal("4.7"), Decimal("4.7")),),
        uncertainty=Decimal("0.6"),
        lower_limit=None,
        upper_limit=Decimal("5.0"),
        accepted_from=None,
        accepted_to=Decimal("4.4"),
    )
    both = judge("<12", "%", "10～15", uncertainty="1", rule="enforcement").compared
    assert both
    assert (both.values, both.accepted_from, both.accepted_to) == (((None, Decimal(12)),), Decimal(9), Decimal(16))


def test_the_reason_names_value_limit_and_uncertainty():
    text = str(judge("5.3", "mg/kg", "≤5.0 mg/kg", uncertainty="12%", rule="enforcement").reason.text)

    assert "5.3" in text
    assert "≤5.0 mg/kg" in text
    assert "0.636 mg/kg" in text


def test_a_long_text_is_shortened_in_its_reason():
    assert "…" in str(judge("x" * 200, "", "≤1").reason.text)


@pytest.mark.parametrize("rule", ["", "/", " Simple ", "ｓｉｍｐｌｅ"])
def test_a_blank_rule_is_simple(rule):
    assert judge("5", "g", "≤5 g", rule=rule).verdict is PASS


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([PASS, PASS], "conforming"),
        ([PASS, CONDITIONAL_PASS], "conforming"),
        ([PASS, CONDITIONAL_FAIL], "nonconforming"),
        ([PASS, FAIL], "nonconforming"),
        ([FAIL, UNDECIDED], None),
        ([PASS, UNDECIDED], None),
        ([], None),
    ],
)
def test_a_sample_fails_with_any_item_and_waits_for_every_undecided_one(verdicts, expected):
    assert conclusion(verdicts) == expected
