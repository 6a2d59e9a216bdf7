"""Ways of writing that are no limit's or value's own kind: grades, bases, words for signs, dates, named bounds."""

from __future__ import annotations

import pytest

from quality.standards.contents import limit_with_unit
from quality.standards.judgement import Verdict, judge

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED


def notes(value: str, unit: str, limit: str) -> list[str]:
    return [note.code for note in judge(value, unit, limit).notes]


@pytest.mark.parametrize(
    ("value", "unit", "limit", "verdict", "code"),
    [
        # 3-4 is a grade of its own (colour fastness), and not from three to four
        ("3-4", "级", "≥3级", PASS, "meets_limit"),
        ("3－4级", "", "≥3-4级", PASS, "meets_limit"),
        ("3", "级", "≥3-4级", FAIL, "misses_limit"),
        ("4-5", "级", "不低于4级", PASS, "meets_limit"),
        ("3-4", "", "≥3级", UNDECIDED, "unit_missing"),
        ("2-4", "级", "≥3级", UNDECIDED, "unreadable_value"),
        ("5", "级", "3-4级", UNDECIDED, "limit_without_sign"),
        ("5", "级", "3～5级", PASS, "meets_limit"),
        ("3-4", "mg/kg", "≤5 mg/kg", UNDECIDED, "unreadable_value"),
        # as what an amount is expressed
        ("1.48", "mg/kg", "≤1.0 mg/kg（以Pb计）", FAIL, "misses_limit"),
        ("0.9 mg/kg(以Pb计)", "mg/kg", "≤1.0 mg/kg", PASS, "meets_limit"),
        ("900", "μg/kg（以Pb计）", "≤1.0mg/kg（以Pb计）", PASS, "meets_limit"),
        ("0.9", "mg/kg（以Cd计）", "≤1.0 mg/kg（以Pb计）", UNDECIDED, "incommensurable"),
        ("0.9", "mg/kg", "≤1.0 mg/kg（以干重计）", UNDECIDED, "incommensurable"),
        ("0.9", "mg/kg（以干重计）", "≤1.0 mg/kg（以干重计）", PASS, "meets_limit"),
        ("5", "%(w/w)", "≤6%", PASS, "meets_limit"),
        # words for signs, which hold the number itself
        ("90", "mg/kg", "应不大于90mg/kg", PASS, "meets_limit"),
        ("91", "mg/kg", "不得超过90mg/kg", FAIL, "misses_limit"),
        ("90", "mg/kg", "90mg/kg以下", PASS, "meets_limit"),
        ("91", "mg/kg", "90 mg/kg max", FAIL, "misses_limit"),
        ("5", "min", "≥5 min", PASS, "meets_limit"),
        ("4.9", "%", "至少5%", FAIL, "misses_limit"),
        ("5", "%", "5%以上", PASS, "meets_limit"),
        ("5.1", "%", "≯5%", FAIL, "misses_limit"),
        ("4.9", "%", "≮5%", FAIL, "misses_limit"),
        ("12", "", "(10~15)", PASS, "meets_limit"),
        ("16", "mm", "10 to 15 mm", FAIL, "misses_limit"),
        ("90", "mg/kg", "90以下80以上", UNDECIDED, "limit_without_sign"),
        ("10.5", "mm", "10 (+0.5,-0.2) mm", PASS, "meets_limit"),
        ("9.7", "mm", "10+0.5/-0.2 mm", FAIL, "misses_limit"),
        ("9.8", "mm", "10mm（+0.5，-0.2）", PASS, "meets_limit"),
        ("10.5", "mm", "10 (+0.5) mm", UNDECIDED, "limit_without_sign"),
        ("10.5", "mm", "10mm(+0.5,-0.2)cm", UNDECIDED, "unreadable_limit"),
        # more than a limit is more than that limit
        (">300", "MPN/100g", "≤300 MPN/100g", FAIL, "misses_limit"),
        (">300", "MPN/100g", ">300 MPN/100g", PASS, "meets_limit"),
        ("≥300", "MPN/100g", "≤300 MPN/100g", UNDECIDED, "bound_is_open"),
        (">100000, 1, 1, 1, 1", "CFU/g", "n=5,c=2,m=10⁴,M=10⁵", FAIL, "plan_above_most"),
        # a bound that says which bound it is
        ("<0.05(LOD)", "mg/kg", "≤0.1 mg/kg", PASS, "meets_limit"),
        ("＜0.05 mg/kg（方法检出限）", "", "≤0.1 mg/kg", PASS, "meets_limit"),
        ("未检出，LOD=0.05", "mg/kg", "≤0.1 mg/kg", PASS, "meets_limit"),
        ("5", "mg/kg", "≤ 5.0 ( mg / kg )", PASS, "meets_limit"),
        # a count of germs that lost its superscript
        ("500", "CFU/g", "≤103 CFU/g", PASS, "meets_limit"),
        ("500", "mg/kg", "≤103 mg/kg", FAIL, "misses_limit"),
        # several as one
        ("DBP 0.03; BBP 0.02", "%", "DBP、BBP和DEHP之和≤0.1%", UNDECIDED, "wrong_count"),
        ("0.04+0.03+0.04", "%", "DBP、BBP和DEHP之和≤0.1%", FAIL, "misses_limit"),
        ("DBP：0.03 BBP：0.02 DEHP：0.04", "%", "DBP+BBP+DEHP≤0.1%", PASS, "meets_limit"),
        ("0.04;0.03", "%", "三种增塑剂总和≤0.1%", UNDECIDED, "wrong_count"),
        ("0.04;0.03;0.04", "%", "≤0.1%（三种之和）", FAIL, "misses_limit"),
        ("0.04;0.03", "%", "≤0.1%（三种之和）", UNDECIDED, "wrong_count"),
        ("0.11", "%", "脱氢乙酸及其钠盐总量不超过0.1%", FAIL, "misses_limit"),
        ("0.06; 0.05", "g", "饱和脂肪酸、糖之和≤0.1 g", FAIL, "misses_limit"),
        ("0.06+0.05", "g", "≤0.1 g", UNDECIDED, "unreadable_value"),
    ],
)
def test_each_is_read_as_it_is_meant_or_not_at_all(value, unit, limit, verdict, code):
    judgement = judge(value, unit, limit)

    assert (judgement.verdict, judgement.reason.code) == (verdict, code), str(judgement.reason.text)


@pytest.mark.parametrize(
    ("limit", "unit", "taken"),
    [
        ("≤ 0.1", "mg/kg", "≤ 0.1 mg/kg"),
        ("≤ 0.1 g/kg", "mg/kg", "≤ 0.1 g/kg"),
        ("≥3-4", "级", "≥3-4 级"),
        ("90以下", "mg/kg", "≤90 mg/kg"),
        ("max 90", "mg/kg", "max 90 mg/kg"),
        ("90 max", "mg/kg", "≤90 mg/kg"),
        ("10～15", "%", "10～15 %"),
        ("符合", "级", "符合"),
        ("5", "mg/kg", "5"),
        ("=1", "mg/kg", "=1"),
    ],
)
def test_a_limit_takes_the_unit_of_its_item_where_it_has_none(limit, unit, taken):
    assert limit_with_unit(limit, unit) == taken


def test_what_was_read_otherwise_than_it_stands_is_said():
    assert notes("3-4", "级", "≥3-4级") == ["half_step", "half_step"]
    assert notes("1", "mg/kg", "≤1 mg/kg（以Pb计）") == ["one_sided_basis"]
    assert notes("500", "CFU/g", "≤103 CFU/g") == ["lost_superscript"]
    [converted] = judge("5", "s", "≤1 min").notes
    assert str(converted.text) == "Converted: 5 s is ≈0.0833333 min."


@pytest.mark.parametrize("text", ["3月5日", "2026/3/5", "2026-03-05", "5-Mar", "2026年3月5日"])
def test_a_date_is_called_one(text):
    for found in (judge(text, "mg/kg", "≤5 mg/kg"), judge("5", "mg/kg", text)):
        assert found.verdict is UNDECIDED
        assert "is a date" in str(found.reason.text)
    assert judge("18月", "", "≥12月").verdict is PASS
