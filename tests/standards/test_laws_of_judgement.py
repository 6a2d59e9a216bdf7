"""What must hold of every judgement, whatever the figures."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quality.standards.judgement import Judgement, Rule, Verdict, judge

ORDER = [Verdict.PASS, Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL, Verdict.FAIL]
FIGURES = st.decimals(min_value=-(10**6), max_value=10**6, places=3).map(lambda number: format(number, "f"))
SPREADS = st.decimals(min_value=0, max_value=10**4, places=3).map(lambda number: format(number, "f"))
RULES = st.sampled_from(list(Rule))
CELLS = st.text("0123456789.<≤≥>±%×^-~,;= nNcCmM未检出不得符合使用mgkg/μLCFU", max_size=25) | st.text(max_size=25)


def severity(judgement: Judgement) -> int:
    return ORDER.index(judgement.verdict)


@given(FIGURES, FIGURES, FIGURES, SPREADS, RULES)
def test_a_larger_value_is_never_better_under_an_upper_limit(one, other, limit, spread, rule):
    low, high = sorted((one, other), key=Decimal)
    for sign in "≤<":
        better, worse = (judge(value, "g", f"{sign}{limit}", uncertainty=spread, rule=rule) for value in (low, high))
        assert severity(better) <= severity(worse)


@given(FIGURES, FIGURES, SPREADS, RULES)
def test_a_lower_limit_is_an_upper_one_in_the_mirror(value, limit, spread, rule):
    def mirrored(text: str) -> str:
        return format(-Decimal(text), "f")

    for upper, lower in (("≤", "≥"), ("<", ">")):
        one = judge(value, "g", f"{upper}{limit}", uncertainty=spread, rule=rule)
        other = judge(mirrored(value), "g", f"{lower}{mirrored(limit)}", uncertainty=spread, rule=rule)
        assert one.verdict is other.verdict


@given(FIGURES, st.sampled_from(["≤{}", "<{}", "≥{}", ">{}"]), FIGURES, SPREADS)
def test_what_the_guard_band_passes_simple_passes_and_what_simple_passes_enforcement_passes(value, form, limit, spread):
    guard, simple, enforcement, graded = (
        judge(value, "g", form.format(limit), uncertainty=spread, rule=rule)
        for rule in (Rule.GUARD_BAND, Rule.SIMPLE, Rule.ENFORCEMENT, Rule.NON_BINARY)
    )

    assert severity(guard) >= severity(simple) >= severity(enforcement)
    assert graded.verdict.conforms == simple.verdict.conforms


@given(FIGURES, FIGURES)
def test_the_unit_of_the_value_makes_no_difference(value, limit):
    in_grams = judge(value, "g/kg", f"≤{limit} g/kg")
    in_milligrams = judge(format(Decimal(value).scaleb(3), "f"), "mg/kg", f"≤{limit} g/kg")

    assert in_grams.verdict is in_milligrams.verdict


@given(SPREADS.filter(lambda text: Decimal(text) > 0), FIGURES)
def test_a_bound_passes_only_if_every_value_below_it_would(bound, limit):
    at_most = judge(f"<{bound}", "g", f"≤{limit}")

    assert (at_most.verdict is Verdict.PASS) == (judge(bound, "g", f"≤{limit}").verdict is Verdict.PASS)
    assert at_most.verdict is not Verdict.FAIL


@given(value=CELLS, unit=CELLS, limit=CELLS, uncertainty=CELLS, lod=CELLS, loq=CELLS, rule=RULES.map(str) | CELLS)
def test_no_row_raises_and_every_verdict_has_its_reason(value, unit, limit, **others):
    judgement = judge(value, unit, limit, **others)

    assert judgement.reason.code
    assert str(judgement.reason.text)


@given(
    value=CELLS,
    limit=st.sampled_from(["≤5 mg/kg", "不得检出", "符合", "n=2,c=1,m=10,M=100", "1～2", "≥3"]),
    given=CELLS,
)
def test_no_result_raises_against_a_readable_limit(value, limit, given):
    for rule in Rule:
        judgement = judge(value, "", limit, uncertainty=given, lod=given, rule=rule)
        assert all(str(reason.text) for reason in (judgement.reason, *judgement.notes))
