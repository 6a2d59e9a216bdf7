"""Rows as regulators publish them, columns shifted and cells merged: each is read right, or refused by name.

The shapes are those of a real announcement of 2019; names and places are invented.
"""

from __future__ import annotations

import pytest

from quality.standards.judgement import Verdict, judge

FAIL, UNDECIDED = Verdict.FAIL, Verdict.UNDECIDED
PLAN = "n=5, c=2, m=2.5×104, M=105CFU/g"


@pytest.mark.parametrize(
    ("value", "limit", "verdict", "code"),
    [
        ("0.108mg/kg", "≤0.02mg/kg", FAIL, "misses_limit"),
        ("369μg/kg", "≤100μg/kg", FAIL, "misses_limit"),
        ("12mg/100g", "≤0.1g/kg", FAIL, "misses_limit"),
        ("0.63μg/kg", "不得检出", FAIL, "detected"),
        ("0.0068g/kg", "不得使用", FAIL, "banned_found"),
        ("270000CFU/g；＜10CFU/g；27000CFU/g；2800000CFU/g；25CFU/g", "\xa0" + PLAN, FAIL, "plan_above_m"),
        ("3.1×105, 6.2×105, 7.9×105, 1.2×106, 1.1×105 CFU/g", "n=5，c=2，m=104CFU/g，M=105CFU/g", FAIL, "plan_above_m"),
        # shifted by one column to the left: the limit stands as the value, the laboratory as the limit
        ("≤0.02mg/kg", "甲市食品检验院", UNDECIDED, "unreadable_limit"),
        ("不得检出", "甲市食品检验院", UNDECIDED, "limit_as_value"),
        ("n=5，c=2，m=104CFU/g，M=105CFU/g", "乙省食品检测院", UNDECIDED, "limit_as_value"),
        (PLAN, "经核实，该批次产品并非由丙公司生产。", UNDECIDED, "limit_as_value"),
        ("≤20μg/kg", "初检机构：甲所；复检机构：乙院", UNDECIDED, "unreadable_limit"),
        # the other way: the limit's cell holds the value
        ("≤200mg/100g", "12mg/100g", UNDECIDED, "limit_without_sign"),
        # no figures at all, and two items in one cell
        ("", "", UNDECIDED, "no_value"),
        ("1.过滤效率；2.口罩带", "", UNDECIDED, "unreadable_value"),
        ("1.51g/100g；0.9g/100g", "≤1.0g/100g", UNDECIDED, "several_results"),
        ("经核实，该批次产品并非由丙公司生产。", "≤0.02mg/kg", UNDECIDED, "unreadable_value"),
    ],
)
def test_each_is_read_right_or_refused_by_name(value, limit, verdict, code):
    judgement = judge(value, "", limit)

    assert (judgement.verdict, judgement.reason.code) == (verdict, code)
    assert str(judgement.reason.text)
