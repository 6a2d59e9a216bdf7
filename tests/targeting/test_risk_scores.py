"""A score is the sum of what it says of itself, rises with what is known and with its weights, and hides nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.core.errors import Invalid
from quality.targeting.risk.scores import Facts, Part, parts_of, points_of, score_of
from quality.targeting.risk.weights import FIRST, Weights, changes, from_told, read_weights

NUMBERS = st.none() | st.integers(0, 1 << 40)
FACTS = st.builds(
    lambda tested, share, **more: Facts(tested=tested, bad=tested and tested * share // 100, **more),
    tested=st.none() | st.integers(0, 10_000),
    share=st.integers(0, 100),
    complaints=NUMBERS,
    price_fen=NUMBERS,
    median_fen=NUMBERS,
    monthly_sales=NUMBERS,
    known_days=NUMBERS,
)
WEIGHTS = st.fixed_dictionaries({part: st.integers(0, 1_000) for part in Part})


@given(FACTS, WEIGHTS)
def test_the_parts_that_are_shown_add_up_to_the_score(facts, weights):
    parts = parts_of(facts, weights)

    assert [each.part for each in parts] == list(Part)
    assert sum(each.points for each in parts) == score_of(facts, weights)
    assert all(0 <= each.points <= each.weight for each in parts)


@given(FACTS, WEIGHTS)
def test_what_is_not_known_gives_nothing_and_says_so(facts, weights):
    for each in parts_of(facts, weights):
        assert each.share is None or 0 <= each.share <= 1_000
        assert each.points == 0 or each.share is not None
    assert {each.part for each in parts_of(Facts(), weights) if each.share is None} == set(Part)


@given(FACTS, WEIGHTS, st.sampled_from(list(Part)), st.integers(0, 1_000))
def test_more_weight_never_lowers_a_score(facts, weights, part, more):
    assert score_of(facts, weights | {part: weights[part] + more}) >= score_of(facts, weights)


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_larger_share_never_gives_fewer_points(weight, low, high):
    low, high = sorted((low, high))
    assert points_of(weight, low) <= points_of(weight, high)


# fmt: off
WORSE = [
    ("bad",           st.integers(0, 50),    {"tested": 50}),
    ("complaints",    st.integers(0, 5_000), {}),
    ("monthly_sales", st.integers(0, 1 << 20), {}),
]
BETTER = [
    ("tested",     st.integers(20, 5_000),  {"bad": 20}),
    ("price_fen",  st.integers(1, 100_000), {"median_fen": 50_000}),
    ("known_days", st.integers(0, 5_000),   {}),
]
# fmt: on


@given(st.data(), WEIGHTS)
def test_each_part_moves_one_way(data, weights):
    for moves, sign in ((WORSE, 1), (BETTER, -1)):
        for fact, numbers, besides in moves:
            less, more = sorted(data.draw(st.tuples(numbers, numbers), label=fact))
            first, second = (score_of(Facts(**besides, **{fact: number}), weights) for number in (less, more))
            assert first * sign <= second * sign, fact


# fmt: off
SHARES_OF: list[Any] = [
    (Part.FINDINGS,   Facts(bad=1, tested=1),                         500),
    (Part.FINDINGS,   Facts(bad=2, tested=2),                         666),
    (Part.FINDINGS,   Facts(bad=0, tested=5),                           0),
    (Part.FINDINGS,   Facts(bad=0, tested=0),                        None),
    (Part.COMPLAINTS, Facts(complaints=0),                              0),
    (Part.COMPLAINTS, Facts(complaints=2),                            500),
    (Part.PRICE,      Facts(price_fen=7_000, median_fen=10_000),        0),
    (Part.PRICE,      Facts(price_fen=4_500, median_fen=10_000),      500),
    (Part.PRICE,      Facts(price_fen=1_000, median_fen=10_000),    1_000),
    (Part.PRICE,      Facts(price_fen=1_000),                        None),
    (Part.PRICE,      Facts(price_fen=0, median_fen=10_000),         None),
    (Part.SALES,      Facts(monthly_sales=0),                           0),
    (Part.SALES,      Facts(monthly_sales=1_000),                     588),
    (Part.SALES,      Facts(monthly_sales=1 << 30),                 1_000),
    (Part.NEWNESS,    Facts(known_days=0),                          1_000),
    (Part.NEWNESS,    Facts(known_days=90),                           500),
    (Part.NEWNESS,    Facts(known_days=400),                            0),
]
# fmt: on


@pytest.mark.parametrize(("part", "facts", "share"), SHARES_OF)
def test_what_each_part_makes_of_what_is_known(part, facts, share):
    assert {each.part: each.share for each in parts_of(facts, FIRST.points)}[part] == share


# --- weights ---

POINTS = {part.value: "10" for part in Part}


def codes_of(points=POINTS, edges=("20", "40"), floor="1"):
    with pytest.raises(Invalid) as refused:
        read_weights(points, edges, floor)
    return {(each.field, each.code) for each in refused.value.problems}


def test_weights_are_read_and_told_as_they_were():
    read = read_weights(POINTS | {"sales": " 0 "}, ("20", "40"), 3)

    assert read == Weights({part: 0 if part is Part.SALES else 10 for part in Part}, (20, 40), 3)
    assert from_told(read.told()) == read
    assert read.band.values == ["<20", "20-39", ">=40", "none"]


def test_a_part_that_an_edition_did_not_know_has_no_weight_in_it():
    assert from_told({"points": {"findings": 5}, "edges": [1], "floor": 1}).points[Part.PRICE] == 0


# fmt: off
WRONG_WEIGHTS: list[Any] = [
    ({"points": POINTS | {"price": "-1"}},               ("price", "negative")),
    ({"points": POINTS | {"price": "ten"}},              ("price", "not_a_number")),
    ({"points": POINTS | {"price": "1.5"}},              ("price", "not_a_number")),
    ({"points": POINTS | {"price": True}},               ("price", "missing")),
    ({"points": POINTS | {"price": "1001"}},             ("price", "too_much")),
    ({"points": {"price": "1"}},                         ("sales", "missing")),
    ({"points": POINTS | {"luck": "1"}},                 ("luck", "unknown_part")),
    ({"points": dict.fromkeys(POINTS, "0")},             ("findings", "no_weight")),
    ({"edges": ()},                                      ("edges", "missing")),
    ({"edges": range(1, 11)},                            ("edges", "missing")),
    ({"edges": ("40", "20")},                            ("edges", "not_rising")),
    ({"edges": ("0", "20")},                             ("edges", "not_rising")),
    ({"edges": ("51",)},                                 ("edges", "too_high")),
    ({"floor": "0"},                                     ("floor", "no_floor")),
    ({"floor": ""},                                      ("floor", "missing")),
]
# fmt: on


@pytest.mark.parametrize(("given", "wrong"), WRONG_WEIGHTS)
def test_weights_that_cannot_be_are_refused_by_their_field(given, wrong):
    assert wrong in codes_of(**given)


def test_every_wrong_field_is_named_at_once():
    assert {field for field, _code in codes_of(dict.fromkeys(POINTS, "x"), ("y",), "z")} == {*Part, "edges", "floor"}


def test_the_difference_between_two_editions_is_what_changed():
    other = FIRST._replace(points=FIRST.points | {Part.PRICE: 20}, edges=(30,))

    assert list(changes(FIRST, FIRST)) == []
    assert [(each.field, each.old, each.new) for each in changes(FIRST, other)] == [
        ("price", "15", "20"), ("edges", "20, 40", "30"),
    ]  # fmt: skip
