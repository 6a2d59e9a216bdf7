"""What is looked up is, to the last word, what the rules would have said."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.standards.judgement import judge, worked_out
from quality.standards.lookup import AFTER, Terms, looked_up
from quality.standards.verdicts import Judgement

# fmt: off
LIMITS = ["≤5.0 mg/kg", "<5 mg/kg", "≥5mg/kg", ">5", "10～15", "2~7 %", "100±5 g", "≤100 μg/kg", "≤0.05 g/100g", 
          "不得检出",
          "不得使用", "符合", "≤-3", "n=1, c=0, m=5", "n=5, c=2, m=5, M=10", "总和≤5", "5",
          "", "≤1 kcal", "≤3,5", "≤5 CFU/g"]
UNITS = ["", "mg/kg", "g/kg", "%", "g", "kJ", "CFU/g", "unheard of", "=1"]
BEHIND = ["", "", " mg/kg", "mg/kg", "%", "e3", "×103", "±0.6", "/25g", "³", " g 5", "次", "(湿重)", "kJ", "；8"]
# fmt: on
DIGITS = st.one_of(
    st.sampled_from(["0", "5", "5.0", "5.00", "4.4", "5.6", "10", "15", "0.1", "0.10", "95", "105", "500", "0.005"]),
    st.decimals(0, 200, places=3).map(lambda number: format(number, "f")),
    st.integers(0, 10**14).map(str),
)


def all_of(judgement: Judgement) -> dict[str, Any]:
    said = [(reason.code, str(reason.text)) for reason in (judgement.reason, *judgement.notes)]
    return judgement._asdict() | {"reason": said, "notes": len(judgement.notes), "printed": str(judgement.compared)}


def warmed(sign: str, behind: str, terms: Terms) -> None:
    for number in range(AFTER):
        looked_up(f"{sign}{number}{behind}", terms, worked_out)


@given(
    st.sampled_from(["", "", "<", " < "]), DIGITS, st.sampled_from(BEHIND),
    st.tuples(
        st.sampled_from(UNITS), st.sampled_from(LIMITS),
        st.sampled_from(["", "", "0.6", "0.6 mg/kg", "12%", "Urel=5%", "x"]),
        st.sampled_from(["", "0.5", "/"]), st.sampled_from(["", "1.5"]),
        st.sampled_from(["", "simple", "guard_band", "non_binary", "enforcement", "other"]),
    ),
)  # fmt: skip
def test_looking_up_says_the_same_as_working_out(sign, digits, behind, terms):
    warmed(sign.strip(), behind.strip(), terms)
    value, (unit, limit, uncertainty, lod, loq, rule) = f"{sign}{digits}{behind}", terms

    found = judge(value, unit, limit, uncertainty=uncertainty, lod=lod, loq=loq, rule=rule)

    assert all_of(found) == all_of(worked_out(value, *terms))


@pytest.mark.parametrize("rule", ["simple", "guard_band", "non_binary", "enforcement"])
@pytest.mark.parametrize("sign", ["", "<"])
def test_at_every_point_where_a_verdict_changes(rule, sign):
    terms = ("mg/kg", "≤5.0 mg/kg", "0.6", "", "", rule)
    warmed(sign, "", terms)

    for point in ("0", "4.4", "5", "5.6"):
        for step in ("-0.0001", "0", "0.0001"):
            value = f"{sign}{Decimal(point) + Decimal(step)}"
            found = looked_up(value, terms, worked_out)
            assert found is None or all_of(found) == all_of(worked_out(value, *terms))
            assert found is not None or "-" in value


@pytest.mark.parametrize("value", ["未检出", "符合", "不符合", "ND", "阳性", ""])
def test_words_are_said_often_and_remembered(value):
    for limit in LIMITS:
        for _again in range(2):
            assert all_of(judge(value, "mg/kg", limit)) == all_of(
                worked_out(value, "mg/kg", limit, "", "", "", "simple")
            )


def test_what_does_not_divide_is_worked_out():
    terms = ("kJ", "≤1 kcal", "", "", "", "simple")
    warmed("", "", terms)

    assert looked_up("3", terms, worked_out) is None
    assert judge("3", "kJ", "≤1 kcal").verdict == "pass"
