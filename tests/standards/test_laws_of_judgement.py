"""What must hold of every judgement, whatever the figures."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quality.standards.judgement import Judgement, Rule, Verdict, judge

ORDER = [Verdict.PASS, Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL, Verdict.FAIL]
FIGURES = st.decimals(min_value=-(10**6), max_value=10**6, places=3).map(lambda number: format(number, "f"))
SPREADS = st.decimals(min_value=0, max_value=10**4, places=3).map(lambda number: format(number, "f"))
COUNTS = st.integers(1, 10**6)
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


# fmt: off
SCALES = [  # two spellings of one dimension, and what one of the first is in the second
    ("g/kg", "mg/kg", "1000"), ("mg/kg", "μg/kg", "1000"), ("%", "g/kg", "10"), ("mg/kg", "mg/100g", "0.1"),
    ("g/100mL", "g/L", "10"), ("kN", "N", "1000"), ("mm", "μm", "1000"), ("h", "min", "60"), ("mg/L", "ug/mL", "1"),
    ("CFU/g", "CFU/25g", "25"), ("J", "kJ", "0.001"), ("Bq/kg", "Bq/g", "0.001"), ("毫克/千克", "ppm", "1"),
]
# fmt: on


@given(st.tuples(FIGURES, FIGURES), st.sampled_from(["≤{}", "≥{}"]), SPREADS, RULES, st.sampled_from(SCALES))
def test_converting_a_unit_never_changes_a_verdict(figures, form, spread, rule, scale):
    value, limit = figures
    unit, other, times = scale

    def in_the_other(text: str) -> str:
        return format(Decimal(text) * Decimal(times), "f")

    against = f"{form.format(limit)} {unit}"
    here = judge(value, unit, against, uncertainty=f"{spread}{unit}" if unit != "%" else spread, rule=rule)
    there = judge(in_the_other(value), other, against, uncertainty=in_the_other(spread) + other, rule=rule)

    assert here.verdict is there.verdict is not Verdict.UNDECIDED


@given(st.tuples(FIGURES, FIGURES), st.tuples(FIGURES, FIGURES), SPREADS, RULES)
def test_further_beyond_a_range_is_never_judged_better(values, ends, spread, rule):
    low, high = sorted(ends, key=Decimal)
    middle = (Decimal(low) + Decimal(high)) / 2
    inner, outer = sorted(values, key=lambda text: abs(Decimal(text) - middle))
    better, worse = (judge(value, "g", f"≥{low}且≤{high} g", uncertainty=spread, rule=rule) for value in (inner, outer))

    assert severity(better) <= severity(worse)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=5, max_size=5), COUNTS, COUNTS, st.integers(0, 5))
def test_more_germs_are_never_judged_better(pairs, one, other, c):
    m, most = sorted((one, other))
    plan = f"n=5, c={c}, m={m}, M={most} CFU/g"
    better, worse = (judge("; ".join(str(choose(pair)) for pair in pairs), "CFU/g", plan) for choose in (min, max))

    assert severity(better) <= severity(worse)


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=2, max_size=6), COUNTS, st.booleans())
def test_more_of_a_part_never_makes_a_sum_better(pairs, limit, is_bound):
    def verdict(choose) -> Judgement:
        parts = [f"{'<' if is_bound and not place else ''}{choose(pair)}" for place, pair in enumerate(pairs)]
        return judge("; ".join(parts), "mg/kg", f"总和≤{limit} mg/kg")

    openness = [Verdict.PASS, Verdict.UNDECIDED, Verdict.FAIL]
    assert openness.index(verdict(min).verdict) <= openness.index(verdict(max).verdict)


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
