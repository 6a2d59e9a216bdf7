"""Sampling plans of two and three classes, judged on what laboratories report."""

from __future__ import annotations

import pytest

from quality.standards.judgement import Verdict, judge

PASS, FAIL, UNDECIDED = Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED
THREE_CLASSES = "n=5, c=2, m=10⁴, M=10⁵"


@pytest.mark.parametrize(
    ("value", "limit", "verdict", "code"),
    [
        ("3.7×104, 4.6×104, 4.4×104, 3.7×104, 3.4×104", "n=5, c=2, m=10000, M=100000", FAIL, "plan_above_m"),
        ("1.8×102, 3.7×102, 3.2×102, 2.7×102, 3.1×102", "n=5, c=2, m=100, M=1000", FAIL, "plan_above_m"),
        ("3.1×105, 6.2×105, 7.9×105, 1.2×106, 1.1×105 CFU/g", "n=5, c=2, m=2.5×104, M=105CFU/g", FAIL, "plan_above_m"),
        (
            "270000CFU/g；＜10CFU/g；27000CFU/g；2800000CFU/g；25CFU/g",
            "n=5，c=2，m=104CFU/g，M=105CFU/g",
            FAIL,
            "plan_above_m",
        ),
        ("3.7, 4.6, 4.4, 3.7, 3.4 ×10⁴", THREE_CLASSES, FAIL, "plan_above_m"),  # DOMAIN §2.7: five above m
        ("(3.7、4.6、4.4、3.7、3.4)×104 CFU/g", THREE_CLASSES, FAIL, "plan_above_m"),
        ("(1、2、1、2、1)×10⁴", THREE_CLASSES, PASS, "plan_met"),
        ("3, 4, 4, 3, 3×10⁴", THREE_CLASSES, UNDECIDED, "ambiguous_power"),
        ("10, 20, 30, 40, 5×10²", THREE_CLASSES, PASS, "plan_met"),
        ("10, 20, 30, 40, 50", THREE_CLASSES, PASS, "plan_met"),
        ("10000, 10000, 10000, 100000, 100000", THREE_CLASSES, PASS, "plan_met"),
        ("10, 20, 30, 40, 100001", THREE_CLASSES, FAIL, "plan_above_most"),
        ("20000, 20000, 20000, 40, 50", THREE_CLASSES, FAIL, "plan_above_m"),
        ("20000, 20000, 30, 40", THREE_CLASSES, UNDECIDED, "wrong_count"),
        ("999999", THREE_CLASSES, UNDECIDED, "wrong_count"),
        ("<10, <10, <10, 20000, 20000", THREE_CLASSES, PASS, "plan_met"),
        ("<20000, <10, <10, 20000, 20000", THREE_CLASSES, UNDECIDED, "plan_open"),
        ("<20000, <10, <10, <10, 200000", THREE_CLASSES, FAIL, "plan_above_most"),
        ("<200000, 1, 1, 1, 1", THREE_CLASSES, UNDECIDED, "plan_open"),
        ("≥100000, 1, 1, 1, 1", THREE_CLASSES, UNDECIDED, "plan_open"),
        (">100001, 1, 1, 1, 1", THREE_CLASSES, FAIL, "plan_above_most"),
        ("未检出, 1, 1, 1, 1", THREE_CLASSES, UNDECIDED, "no_bound"),
        ("检出, 1, 1, 1, 1", THREE_CLASSES, UNDECIDED, "needs_number"),
        ("10, 10, 10", "n=3, c=0, m=10", PASS, "plan_met"),
        ("10, 11, 10", "n=3, c=0, m=10", FAIL, "plan_above_m"),
        ("10, 11, 10", "n=3, c=1, m=10", PASS, "plan_met"),
        ("未检出、未检出、未检出", "n=3, c=0, m=0/25g, M=-", PASS, "plan_met"),
        ("未检出/25g、检出/25g、未检出/25g", "n=3, c=0, m=0/25g", FAIL, "plan_above_m"),
        ("0, 0, 1", "n=3, c=0, m=0", FAIL, "plan_above_m"),
    ],
)
def test_sampling_plans(value, limit, verdict, code):
    judgement = judge(value, "", limit)

    assert (judgement.verdict, judgement.reason.code) == (verdict, code)


def test_a_plan_pays_no_heed_to_uncertainty_but_to_units():
    assert judge("10,20,30", "CFU/g", "n=3,c=0,m=100CFU/g", uncertainty="0.2", rule="guard_band").verdict is PASS
    assert judge("10,20,30", "CFU/100g", "n=3,c=0,m=1CFU/g").verdict is PASS
    assert judge("10,20,30", "CFU/mL", "n=3,c=0,m=100CFU/g").reason.code == "incommensurable"
    assert [note.code for note in judge("10,20,30", "", "n=3,c=0,m=100CFU/g").notes] == ["results_without_unit"]
    assert judge("10,20,30", "", "n=3,c=0,m=100foo").reason.code == "unit_missing"
    assert judge("未检出,20,30", "CFU/g", "n=3,c=0,m=100", lod="10").verdict is PASS
