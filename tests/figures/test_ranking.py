"""Places: known by hand, and laws. A joint set of ranks holds the true order wherever the intervals hold the rates."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.ranking import Place, places, simultaneous
from quality.figures.rates import NORMAL_95, Interval

shares = st.integers(0, 1000).map(lambda n: Decimal(n) / 1000)
ends = st.tuples(shares, shares, shares).map(sorted)  # low, the true rate, high


def test_who_overlaps_shares_a_place() -> None:
    around = {"a": Interval(Decimal("0.3"), Decimal("0.5")), "b": Interval(Decimal("0.2"), Decimal("0.35"))}

    assert places(around) == {"a": Place(1, 2, 2), "b": Place(1, 2, 2)}
    assert places(around | {"c": Interval(Decimal(0), Decimal("0.1"))})["c"] == Place(3, 3, 3)
    assert places({"a": around["a"]}) == {}


def test_the_level_of_several_intervals() -> None:
    """Šidák's for five comparisons at 5 %: 2.569; for one it is the usual one.

    By scipy 1.17.1, `norm.ppf((1 + .95 ** (1 / k)) / 2)`; its level for five, 1 − 0.95^(1/5) = 0.0102062, is that of
    statsmodels 0.15.0 (`multipletests(…, method="sidak")`).
    """
    assert simultaneous(1) == pytest.approx(NORMAL_95, abs=Decimal("1e-9"))
    for many, reach in ((2, "2.2364766446"), (5, "2.5687631680"), (10, "2.7996252193"), (20, "3.0159945335")):
        assert simultaneous(many) == pytest.approx(Decimal(reach), abs=Decimal("1e-9"))
    with pytest.raises(ValueError, match="0"):
        simultaneous(0)


@given(st.lists(ends, min_size=2, max_size=12))
def test_where_each_interval_holds_its_rate_every_place_is_held(found: list[list[Decimal]]) -> None:
    placed = places({key: Interval(low, high) for key, (low, _rate, high) in enumerate(found)})

    for key, (_low, rate, _high) in enumerate(found):
        above, alike = sum(r > rate for _l, r, _h in found), sum(r == rate for _l, r, _h in found)
        assert placed[key].first <= above + alike
        assert placed[key].last >= above + 1
