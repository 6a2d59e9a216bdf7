"""A rate by strata: the figures of DOMAIN.md §4, what others published, and laws of the interval that we publish."""

from __future__ import annotations

from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.figures.rates import wilson
from quality.figures.stratified import Group, Stratum, expected, standardised, stratified, weights

DOMAIN = [Stratum(4421, 100, 91), Stratum(1018, 50, 35), Stratum(755, 50, 26)]
ENDLESS = 10**15
Z_90 = Decimal("1.6448536269514722")


def test_estimate_and_standard_error_are_those_of_the_domain() -> None:
    """DOMAIN §4, as R `survey` has them; the unweighted rate, 152 of 200, is another.

    By samplics 0.6.0, `TaylorEstimator(PopParam.mean)` with weights N/n and `fpc` 1 − n/N for each stratum:
    0.8279480142072974 and 0.024344780089656293.
    """
    found = stratified(DOMAIN)

    assert found is not None
    assert found.value == pytest.approx(Decimal("0.8279480142072974"), abs=Decimal("1e-12"))
    assert found.error == pytest.approx(Decimal("0.024344780089656293"), abs=Decimal("1e-12"))
    assert found.of == 200
    assert found.interval.low < found.value < found.interval.high


@pytest.mark.parametrize(("hits", "of"), [(7, 50), (0, 20), (20, 20), (81, 263)])
def test_one_stratum_of_an_endless_frame_has_the_interval_of_wilson(hits: int, of: int) -> None:
    found = stratified([Stratum(ENDLESS, of, hits)])

    assert found is not None
    assert found.interval == pytest.approx(wilson(hits, of), abs=Decimal("1e-12"))
    assert found.effective == pytest.approx(Decimal(of), abs=Decimal("1e-10"))


def test_it_lies_by_the_stratified_wilson_interval_that_others_publish() -> None:
    """R `tern` 0.9, prop_strat_wilson: six centres of equal weight, 90 %: 0.4190436–0.5789733.

    Theirs takes the variance at the estimate, and no effective size: two differences that are small here.
    """
    found = stratified(map(Stratum, [ENDLESS] * 6, (22, 18, 17, 17, 14, 12), (12, 7, 5, 9, 8, 8)), Z_90)

    assert found is not None
    assert found.interval == pytest.approx((Decimal("0.4190436"), Decimal("0.5789733")), abs=Decimal("0.003"))


def test_where_nothing_was_found_the_interval_ends_where_one_sample_of_all_would() -> None:
    four = stratified([Stratum(ENDLESS, 30, 0)] * 4)

    assert four is not None
    assert {four.value, four.error, four.interval.low} == {Decimal(0)}
    assert four.interval.high == pytest.approx(wilson(0, 120).high, rel=Decimal("0.03"))


def test_a_hit_in_a_small_stratum_does_not_hide_how_little_was_seen_of_the_big_one() -> None:
    """Wald has 0–0.0005, and an effective size by the variance 20,551 for 80 tested."""
    found = stratified([Stratum(4000, 30, 0), Stratum(60, 50, 1)])

    assert found is not None
    assert found.interval.high == pytest.approx(wilson(0, 30).high, abs=Decimal("0.002"))


def test_what_is_taken_whole_has_no_error() -> None:
    every = stratified([Stratum(40, 40, 3), Stratum(1, 1, 1)])

    assert every is not None
    assert every.interval == (every.value, every.value)
    assert (every.error, every.effective) == (Decimal(0), None)
    assert expected([(40, 40), (1, 1)], Decimal("0.1")) == (Decimal("0.1"), Decimal("0.1"))


@pytest.mark.parametrize("strata", [[], [Stratum(2, 1, 0)], [Stratum(2, 0, 0), Stratum(9, 5, 1)]])
def test_one_of_several_or_none_says_nothing_of_how_they_differ(strata: list[Stratum]) -> None:
    assert stratified(strata) is None
    assert expected([(size, of) for size, of, _hits, _out in strata], Decimal("0.1")) is None


@pytest.mark.parametrize("stratum", [Stratum(5, 6, 1), Stratum(5, 3, 4), Stratum(5, 3, -1), Stratum(0, 0, 0)])
def test_nonsense_is_refused(stratum: Stratum) -> None:
    with pytest.raises(ValueError, match=" of "):
        stratified([stratum])
    with pytest.raises(ValueError, match="2"):
        expected([(9, 3)], Decimal(2))


def test_who_could_not_be_tested_is_shared_out_within_the_stratum() -> None:
    """1,000 listings, 40 drawn, 32 tested: each stands for 31.25; and so the estimate is by Σ weight · hits."""
    assert weights({"a": (1000, 32), "b": (60, 0)}) == {"a": Decimal("31.25"), "b": None}
    found = stratified(DOMAIN)
    assert found is not None
    by_weight = sum((stratum.weight * stratum.hits for stratum in DOMAIN), Decimal(0)) / (4421 + 1018 + 755)
    assert by_weight == pytest.approx(found.value, abs=Decimal("1e-20"))


@st.composite
def a_stratum(draw: st.DrawFn) -> Stratum:
    size = draw(st.integers(2, 5_000))
    of = draw(st.integers(2, min(size, 120)))
    return Stratum(size, of, draw(st.integers(0, of)))


strata = st.lists(a_stratum(), min_size=1, max_size=6)
QUICK = settings(max_examples=50, deadline=None)


@QUICK
@given(strata)
def test_the_interval_holds_the_rate_and_lies_between_none_and_all(those: list[Stratum]) -> None:
    found = stratified(those)
    assert found is not None
    assert 0 <= found.interval.low <= found.value <= found.interval.high <= 1
    is_known = all(stratum.is_whole for stratum in those)
    assert (found.interval.low == found.interval.high) == is_known


@QUICK
@given(strata)
def test_the_order_of_strata_means_nothing_and_what_is_counted_the_other_way_is_mirrored(those: list[Stratum]) -> None:
    found, turned = stratified(those), stratified(reversed(those))
    mirrored = stratified(each._replace(hits=each.of - each.hits) for each in those)
    assert found is not None
    assert turned is not None
    assert mirrored is not None
    assert turned.interval == pytest.approx(found.interval, abs=Decimal("1e-11"))
    assert mirrored.interval.low == pytest.approx(1 - found.interval.high, abs=Decimal("1e-11"))
    assert mirrored.error == pytest.approx(found.error, abs=Decimal("1e-20"))


def by_halving(those: list[Stratum], end: int) -> float:
    """The same end by another way: halving for the t at which it lies z of its own standard errors off."""
    frame, sampled = sum(s.size for s in those), [s for s in those if not s.is_whole]
    n, z = sum(s.of for s in sampled), 1.959963984540054
    parts = [(s.size / frame, int(s.hits) / s.of, (s.of - 1) * n / (n - 1) / (1 - s.of / s.size)) for s in sampled]

    def moved(t: float) -> list[float]:
        sign = 2 * end - 1
        return [
            min(
                1.0,
                max(0.0, (p + t * t / 2 / m + sign * t * sqrt(p * (1 - p) / m + t * t / 4 / m / m)) / (1 + t * t / m)),
            )
            for _weight, p, m in parts
        ]

    def is_beyond(t: float) -> bool:
        ends = moved(t)
        way = sum(weight * abs(there - p) for (weight, p, _m), there in zip(parts, ends, strict=True))
        variance = sum(w * w * there * (1 - there) / m for (w, _p, m), there in zip(parts, ends, strict=True))
        return way > z * sqrt(variance)

    low, high = 0.0, z
    for _turn in range(60):
        low, high = (low, (low + high) / 2) if is_beyond((low + high) / 2) else ((low + high) / 2, high)
    sums = sum(weight * there for (weight, _p, _m), there in zip(parts, moved(high), strict=True))
    return sums + sum(s.size / frame * int(s.hits) / s.of for s in those if s.is_whole)


@QUICK
@given(strata)
def test_an_end_lies_as_far_off_as_its_own_standard_errors_say(those: list[Stratum]) -> None:
    found = stratified(those)
    assert found is not None
    for end in (0, 1):
        assert float(found.interval[end]) == pytest.approx(by_halving(those, end), abs=1e-7)


@QUICK
@given(st.lists(st.tuples(st.integers(60, 5_000), st.integers(8, 60)), min_size=1, max_size=6), st.integers(5, 95))
def test_what_a_plan_may_expect_is_what_such_findings_would_give(plan: list[tuple[int, int]], percent: int) -> None:
    """To a tenth of the width, and mostly to a hundredth."""
    rate = Decimal(percent) / 100
    planned = expected(plan, rate)
    found = stratified(Stratum(size, of, of * rate) for size, of in plan)
    assert planned is not None
    assert found is not None
    if planned.high > planned.low:
        ratio = (planned.high - planned.low) / (found.interval.high - found.interval.low)
        assert ratio == pytest.approx(1, abs=Decimal("0.1"))


# --- at a mix that is given ---


def test_groups_that_weigh_what_they_hold_are_the_whole_frame() -> None:
    found = standardised(Group(stratum.size, (stratum,)) for stratum in DOMAIN)

    assert found is not None
    assert (round(found.value, 6), round(found.error, 7)) == (Decimal("0.827948"), Decimal("0.0243448"))
    assert found.interval == pytest.approx(stratified(DOMAIN).interval, abs=Decimal("1e-25"))


def test_a_rate_at_a_standard_mix_is_the_one_in_the_book() -> None:
    """Two groups, 20 of 100 and 5 of 50, at weights of 1 to 3: (0.2 + 3 · 0.1)/4, and Σ w² p(1 − p)/(n − 1)."""
    found = standardised([Group(1, (Stratum(ENDLESS, 100, 20),)), Group(3, (Stratum(ENDLESS, 50, 5),))])

    assert found is not None
    assert found.value == Decimal("0.125")
    by_hand = sqrt((0.25**2) * 0.2 * 0.8 / 99 + (0.75**2) * 0.1 * 0.9 / 49)
    assert float(found.error) == pytest.approx(by_hand, rel=1e-9)
    assert found.interval.low < found.value < found.interval.high


def test_a_group_without_weight_counts_for_nothing_and_one_without_an_answer_leaves_none() -> None:
    one = Group(2, (Stratum(ENDLESS, 30, 3),))

    assert standardised([one, Group(0, (Stratum(9, 1, 1),))]) == standardised([one])
    assert standardised([one, Group(1, (Stratum(9, 1, 1),))]) is None
    assert standardised([]) is None


# --- what turns out not to belong to what is sampled ---


def by_hand(strata: list[Stratum]) -> tuple[float, float]:
    """R = Ŷ/Ẑ and its standard error by Cochran's 5A.14, from the values of each unit that was seen: y of what is
    nonconforming, z of what belongs, and the deviations y − Rz."""
    hits, belong = (sum(s.size * many / s.seen for s, many in those) for those in (
        [(s, int(s.hits)) for s in strata], [(s, s.of) for s in strata],
    ))  # fmt: skip
    rate, variance = hits / belong, 0.0
    for s in strata:
        values = [1 - rate] * int(s.hits) + [-rate] * (s.of - int(s.hits)) + [0.0] * s.out
        middle = sum(values) / s.seen
        squares = sum((value - middle) ** 2 for value in values) / (s.seen - 1)
        variance += s.size**2 * (1 - s.seen / s.size) * squares / s.seen
    return rate, variance**0.5 / belong


def test_a_stratum_weighs_by_what_belongs_and_the_error_is_that_of_a_domain() -> None:
    strata = [Stratum(4000, 60, 6, 60), Stratum(1000, 50, 20, 10), Stratum(500, 40, 4)]
    found = stratified(strata)
    assert found is not None
    rate, error = by_hand(strata)
    assert float(found.value) == pytest.approx(rate)
    assert error < float(found.error) < error * 1.02, "the variance within is divided by m − 1, not by m − m/n"
    assert [float(s.in_scope) for s in strata] == pytest.approx([2000, 1000 * 50 / 60, 500])
    plain = stratified([s._replace(out=0) for s in strata])
    assert plain is not None
    assert float(found.value) > float(plain.value) + 0.02, "half of the biggest stratum does not belong"


def test_what_does_not_belong_anywhere_alike_changes_no_weight_and_one_rate_adds_no_error() -> None:
    for strata in ([Stratum(900, 30, 3, 15), Stratum(300, 30, 3, 15)], [Stratum(900, 40, 4, 9)]):
        found, size = stratified(strata), sum(s.in_scope for s in strata)
        alone = stratified([Stratum(int(s.in_scope), s.of, s.hits) for s in strata])
        assert found is not None and alone is not None
        assert found.value == pytest.approx(alone.value)
        assert float(found.error) == pytest.approx(float(alone.error), rel=0.01), size


def test_a_stratum_of_which_nothing_belongs_weighs_nothing_and_a_single_look_says_nothing() -> None:
    rest = Stratum(900, 30, 3)
    assert stratified([rest, Stratum(500, 0, 0, 2)]) == stratified([rest])
    assert stratified([rest, Stratum(500, 0, 0, 1)]) is None
    assert stratified([rest, Stratum(500, 1, 0, 7)]) is None
    whole = stratified([Stratum(8, 5, 1, 3)])
    assert whole is not None
    assert whole.interval.low == whole.interval.high == whole.value == Decimal("0.2")
    assert not whole.error
    with pytest.raises(ValueError, match="of"):
        stratified([Stratum(8, 5, 1, 4)])


@QUICK
@given(strata, st.data())
def test_the_interval_holds_the_rate_whatever_does_not_belong(those: list[Stratum], data: st.DataObject) -> None:
    some = [s._replace(out=data.draw(st.integers(0, s.size - s.of))) for s in those]
    found, groups = stratified(some), standardised([Group(1, tuple(some)), Group(2, tuple(those))])
    assert found is not None and groups is not None
    for each in (found, groups):
        assert 0 <= each.interval.low <= each.value <= each.interval.high <= 1
    alone = standardised([Group(3, tuple(some))])
    assert alone is not None and alone.interval == pytest.approx(found.interval, abs=Decimal("1e-11"))
