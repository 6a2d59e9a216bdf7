"""Where a value, its limit and the accepted stretch stand on the bar, in percent of its width."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.pages.plots import Bar, bar_of, both_bars
from quality.standards.judgement import judge


def bar(value: str, limit: str, *, uncertainty: str = "", rule: str = "simple", lod: str = "") -> Bar:
    made = bar_of(judge(value, "mg/kg", limit, uncertainty=uncertainty, rule=rule, lod=lod), rule)
    assert made
    return made


def tones(made: Bar) -> list[str]:
    return [piece.tone for piece in made.pieces]


def test_below_an_upper_limit_is_accepted_and_above_it_rejected() -> None:
    made = bar("4.2", "≤5.0 mg/kg")

    assert tones(made) == ["accept", "reject"]
    assert made.limits[0].text == "5"
    assert made.pieces[0].width == made.limits[0].x
    assert made.dots[0].x < made.limits[0].x


def test_a_lower_limit_is_the_mirror() -> None:
    made = bar("4.2", "≥5.0 mg/kg")

    assert tones(made) == ["reject", "accept"]
    assert made.dots[0].x < made.limits[0].x


def test_a_range_is_accepted_between_its_ends() -> None:
    made = bar("12", "10～15 mg/kg")

    assert tones(made) == ["reject", "accept", "reject"]
    assert [mark.text for mark in made.limits] == ["10", "15"]


def test_the_uncertainty_guards_the_limit_on_both_sides_where_the_rule_is_not_binary() -> None:
    made = bar("4.7", "≤5.0 mg/kg", uncertainty="0.6", rule="non_binary")

    assert tones(made) == ["accept", "guard", "reject"]
    [span] = made.spans
    assert span.x1 < made.dots[0].x < span.x2
    assert made.pieces[1].x < made.dots[0].x


def test_a_guard_band_rejects_from_the_limit_less_the_uncertainty() -> None:
    made = bar("4.7", "≤5.0 mg/kg", uncertainty="0.6", rule="guard_band")

    assert tones(made) == ["accept", "reject"]
    assert made.pieces[0].width < made.limits[0].x


def test_a_bound_is_drawn_open_and_never_as_nothing() -> None:
    made = bar("<0.5", "≤5.0 mg/kg")

    assert made.dots[0].is_bound
    assert made.dots[0].x > 0


def test_a_value_far_beyond_the_limit_still_stands_on_the_bar() -> None:
    assert bar("386", "<50 mg/kg").dots[0].x <= 100


@pytest.mark.parametrize(("value", "limit"), [("符合", "符合"), ("未检出", "不得使用"), ("见附件", "≤5.0 mg/kg")])
def test_words_have_no_bar(value: str, limit: str) -> None:
    assert bar_of(judge(value, "", limit), "simple") is None


def test_a_re_inspection_stands_on_the_scale_of_the_first_test_whatever_its_unit() -> None:
    first = judge("5.7", "mg/kg", "≤5.0 mg/kg", uncertainty="0.6", rule="non_binary").compared
    again = judge("5700", "μg/kg", "≤5.0 mg/kg", uncertainty="400", rule="non_binary").compared

    both = both_bars(first, again, ("non_binary", "non_binary"))

    assert both
    assert both[0].dots == both[1].dots
    assert both[0].limits == both[1].limits
    assert both[0].spans[0].x1 < both[1].spans[0].x1
    assert both_bars(first, judge("符合", "", "符合").compared, ("simple", "simple")) is None


numbers = st.decimals(Decimal("0.01"), Decimal(10_000), places=2)


@settings(max_examples=60, deadline=None)
@given(numbers, numbers, numbers, st.sampled_from(["≤", "≥", "<", ">"]), st.sampled_from(["simple", "non_binary"]))
def test_the_pieces_fill_the_bar_and_everything_stands_on_it(value, limit, uncertainty, sign, rule) -> None:
    made = bar(str(value), f"{sign}{limit} mg/kg", uncertainty=str(uncertainty), rule=rule)

    assert sum(piece.width for piece in made.pieces) == 100
    stands = [made.limits[0].x, made.dots[0].x, made.spans[0].x1, made.spans[0].x2]
    assert all(0 <= x <= 100 for x in stands)
