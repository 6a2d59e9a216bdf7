"""How long it takes where some still wait: figures that others published, and laws."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.figures.survival import Quantile, Spell, kaplan_meier, quantile

# Remissions in weeks, E. J. Freireich et al., Blood 21 (1963) 699–716; those that lasted at the end were not done.
DONE, LASTING = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
TREATED = [*(Spell(week, True) for week in DONE), *(Spell(week, False) for week in LASTING)]
OTHERS = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
PUBLISHED = [  # as SAS LIFETEST prints them: week, still waiting, standard error
    (6, "0.8571", "0.0764"), (7, "0.8067", "0.0869"), (10, "0.7529", "0.0963"), (13, "0.6902", "0.1068"),
    (16, "0.6275", "0.1141"), (22, "0.5378", "0.1282"), (23, "0.4482", "0.1346"),
]  # fmt: skip
spells = st.lists(st.builds(Spell, st.integers(0, 60), st.booleans()), max_size=40)


def test_the_curve_is_the_one_that_is_published() -> None:
    """The same by statsmodels 0.15.0 (`SurvfuncRight.summary`); intervals by lifelines 0.30.3 (`KaplanMeierFitter`)."""
    steps = kaplan_meier(TREATED)

    assert [(s.time, str(round(s.waiting, 4)), str(round(s.error, 4))) for s in steps] == PUBLISHED
    assert [(s.at_risk, s.done) for s in steps[:2]] == [(21, 3), (17, 1)]
    around = [tuple(str(round(end, 6)) for end in s.interval) for s in (steps[0], steps[-1]) if s.interval]
    assert around == [("0.619718", "0.951552"), ("0.188052", "0.680143")]


def test_medians_have_the_intervals_that_are_published() -> None:
    """SAS LIFETEST with conftype=loglog: 23 (13, none) and 8 (4, 11).

    The same by lifelines 0.30.3 (`median_survival_times` of its confidence interval) and by statsmodels 0.15.0
    (`SurvfuncRight.quantile_ci(.5, method="cloglog")`).
    """
    assert quantile(kaplan_meier(TREATED)) == Quantile(23, 13, None)
    assert quantile(kaplan_meier(Spell(week, True) for week in OTHERS)) == Quantile(8, 4, 11)


def test_of_nothing_and_of_what_all_still_waits_there_is_no_median() -> None:
    assert kaplan_meier([]) == kaplan_meier([Spell(5, False)]) == []
    assert quantile([]) == Quantile(None, None, None)


def test_what_never_was_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        kaplan_meier([Spell(-1, True)])
    with pytest.raises(ValueError, match="1"):
        quantile([], Decimal(1))


@given(spells)
def test_it_never_rises_and_lies_within_its_interval(found: list[Spell]) -> None:
    steps = kaplan_meier(found)
    shares = [step.waiting for step in steps]

    assert shares == sorted(shares, reverse=True)
    for step in steps:
        assert 0 <= step.waiting < 1
        if step.interval:
            assert 0 <= step.interval.low <= step.waiting <= step.interval.high <= 1


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_where_none_waits_it_is_what_was_counted(times: list[int]) -> None:
    for step in kaplan_meier(Spell(time, True) for time in times):
        still = sum(time > step.time for time in times)
        assert step.waiting == pytest.approx(Decimal(still) / len(times), abs=Decimal("1e-25"))
