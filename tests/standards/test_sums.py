"""A limit on several results together: what was found counts, and what was not found is never taken for nothing."""

from __future__ import annotations

import pytest

from quality.core.words import Reason
from quality.standards.judgement import Verdict, judge
from quality.standards.limits import Kind, Limit, read_limit

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
NAMED = "DBP+BBP+DEHP≤0.1%"


@pytest.mark.parametrize(
    ("text", "count", "names"),
    [
        ("总和≤0.1%", None, ()),
        ("合计不大于0.1%", None, ()),
        ("∑≤0.1%", None, ()),
        ("sum ≤0.1 %", None, ()),
        ("3项之和≤0.1%", 3, ()),
        ("三项总和≤0.1%", 3, ()),
        ("两种之和≤0.1%", 2, ()),
        (NAMED, 3, ("DBP", "BBP", "DEHP")),
        ("DBP、BBP、DEHP之和：≤0.1%", 3, ("DBP", "BBP", "DEHP")),
        ("黄曲霉毒素B1+B2≤0.1%", 2, ("黄曲霉毒素B1", "B2")),
    ],
)
def test_a_limit_on_a_sum_says_of_what(text, count, names):
    limit = read_limit(text)

    assert isinstance(limit, Limit), limit
    assert (limit.kind, limit.addends, limit.names, limit.unit) == (Kind.SUM, count, names, "%")


@pytest.mark.parametrize("text", ["1项之和≤5", "A+A≤5", "铅≤5", "A+≤5", "总和", "总和≤a"])
def test_a_sum_of_one_or_of_the_same_is_no_limit(text):
    assert isinstance(read_limit(text), Reason)


@pytest.mark.parametrize(
    ("value", "limit", "verdict", "code"),
    [
        ("DBP 0.03; BBP 0.02; DEHP 0.05", NAMED, PASS, "meets_limit"),
        ("DBP：0.03；BBP：0.03；DEHP：0.05", NAMED, FAIL, "misses_limit"),
        ("0.03; 0.02; 0.05", NAMED, PASS, "meets_limit"),
        ("0.10", NAMED, PASS, "meets_limit"),  # as the laboratory added it
        ("0.11", NAMED, FAIL, "misses_limit"),
        ("DBP 0.03; BBP <0.01; DEHP 0.05", NAMED, PASS, "meets_limit"),
        ("DBP 0.03; BBP <0.03; DEHP 0.05", NAMED, UNDECIDED, "bound_is_open"),
        ("DBP 0.06; BBP 未检出; DEHP 0.05", NAMED, FAIL, "misses_limit"),
        ("DBP 0.03; BBP 未检出; DEHP 0.05", NAMED, UNDECIDED, "no_bound"),
        ("未检出; 未检出; 未检出", NAMED, UNDECIDED, "no_bound"),
        ("DBP >0.2; BBP <0.01; DEHP 0.05", NAMED, FAIL, "misses_limit"),
        ("DBP 0.03; BBP 0.02", NAMED, UNDECIDED, "wrong_count"),
        ("DBP 0.03", NAMED, UNDECIDED, "wrong_count"),
        ("DBP 0.03; DBP 0.02; DEHP 0.05", NAMED, UNDECIDED, "unclear_addends"),
        ("DBP 0.03; 0.02; DEHP 0.05", NAMED, UNDECIDED, "unclear_addends"),
        ("DBP 0.03; BBP 符合; DEHP 0.05", NAMED, UNDECIDED, "needs_number"),
        ("-0.03; 0.02; 0.05", NAMED, UNDECIDED, "negative_addend"),
        ("B1 3; B2 2", "黄曲霉毒素B1+B2≤4%", FAIL, "misses_limit"),
        ("0.02;0.02;0.02;0.02;0.01", "总和≤0.1%", PASS, "meets_limit"),
        ("0.03±0.01; 0.02; 0.01", NAMED, UNDECIDED, "uncertainty_of_one"),
    ],
)
def test_sums(value, limit, verdict, code):
    judgement = judge(value, "%", limit)

    assert (judgement.verdict, judgement.reason.code) == (verdict, code)


def test_a_detection_limit_bounds_what_was_not_found():
    assert judge("DBP 0.03; BBP 未检出; DEHP 0.05", "%", NAMED, lod="0.01%").verdict is PASS
    assert judge("未检出; 未检出; 未检出", "%", NAMED, lod="0.03%").verdict is PASS


def test_each_result_of_a_sum_may_have_its_unit():
    assert judge("0.03%, 0.02%, 300 mg/kg", "", NAMED).verdict is PASS
    assert judge("0.03%, 0.02%, 600 mg/kg", "", NAMED).verdict is FAIL


def test_the_uncertainty_of_a_sum_stands_in_its_column_as_a_number():
    def verdict(uncertainty: str) -> tuple[Verdict, str]:
        found = judge("0.05; 0.04; 0.03", "%", NAMED, uncertainty=uncertainty, rule="enforcement")
        return found.verdict, found.reason.code

    assert verdict("0.03 %") == (PASS, "not_beyond_uncertainty")
    assert verdict("100 mg/kg") == (FAIL, "beyond_uncertainty")
    assert verdict("Urel=10%") == (UNDECIDED, "uncertainty_of_one")


def test_what_is_drawn_of_a_sum_is_the_sum():
    compared = judge("DBP 0.03; BBP <0.01; DEHP 0.05", "%", NAMED).compared

    assert compared
    assert [tuple(map(str, ends)) for ends in compared.values] == [("0.08", "0.09")]
