"""A chain of custody is whole, or says at which hand-over it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.purchases.cold import Range, asked_for
from quality.purchases.custody import gaps, may_be_explained

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    given_by: str
    taken_by: str
    at: datetime
    seal_no: str = "YZ-1-A"
    seal_intact: bool = True
    giver_is_silent: bool = False
    taker_is_silent: bool = False
    parcel_no: str = ""
    tenths_celsius: int | None = None
    explanation: str = ""


WHOLE = [
    Step("person:3", "store:YZ", START),
    Step("store:YZ", "courier:顺达快递", START + timedelta(days=1), parcel_no="SD-1"),
    Step("courier:顺达快递", "laboratory:5", START + timedelta(days=2)),
]


def found(steps: list[Step]) -> list[tuple[int, str]]:
    return [(gap.step, gap.reason.code) for gap in gaps(steps, seal_no="YZ-1-A", sealed_by="person:3")]


def test_a_whole_chain_has_no_gap() -> None:
    assert found(WHOLE) == []


def test_who_sealed_it_and_gave_it_to_nobody_still_holds_it() -> None:
    assert found([]) == []


@pytest.mark.parametrize(
    ("step", "change", "code"),
    [
        (0, {"given_by": "person:4"}, "holder_differs"),
        (1, {"given_by": "store:QH"}, "holder_differs"),
        (2, {"seal_no": "YZ-1-B"}, "seal_differs"),
        (2, {"seal_intact": False}, "seal_broken"),
        (1, {"at": START - timedelta(seconds=1)}, "out_of_order"),
    ],
)
def test_each_break_is_named_where_it_is(step: int, change: dict[str, object], code: str) -> None:
    broken = [replace(one, **change) if place == step else one for place, one in enumerate(WHOLE)]  # type: ignore[arg-type]
    assert found(broken) == [(step, code)]


def test_several_breaks_are_all_named_in_words() -> None:
    broken = replace(WHOLE[1], given_by="person:9", seal_no="X", seal_intact=False, at=START - timedelta(days=1))
    steps = [WHOLE[0], broken, WHOLE[2]]
    assert found(steps) == [(1, "seal_differs"), (1, "seal_broken"), (1, "holder_differs"), (1, "out_of_order")]
    said = " ".join(str(gap.reason.text) for gap in gaps(steps, seal_no="YZ-1-A", sealed_by="person:3"))
    for told in ("store:YZ", "person:9", "X", "YZ-1-A"):
        assert told in said


@given(st.integers(0, 2))
def test_a_hand_over_that_was_left_out_is_a_gap_after_it(left_out: int) -> None:
    kept = [step for place, step in enumerate(WHOLE) if place != left_out]
    assert found(kept) == ([] if left_out == 2 else [(left_out, "holder_differs")])


@pytest.mark.parametrize(
    ("change", "code"), [({"giver_is_silent": True}, "giver_silent"), ({"taker_is_silent": True}, "taker_silent")]
)
def test_a_side_that_nobody_confirmed_is_a_gap(change: dict[str, Any], code: str) -> None:
    assert found([replace(WHOLE[0], **change), *WHOLE[1:]]) == [(0, code)]


def test_a_parcel_that_arrives_under_another_number_is_a_gap() -> None:
    sent = WHOLE[1]
    assert found([WHOLE[0], sent, replace(WHOLE[2], parcel_no="SD-1")]) == []
    assert found([WHOLE[0], sent, WHOLE[2]]) == [], "who reads the seal need not read the parcel"
    assert found([WHOLE[0], sent, replace(WHOLE[2], parcel_no="SD-2")]) == [(2, "parcel_differs")]
    assert found([WHOLE[0], replace(sent, parcel_no=""), WHOLE[2]]) == [(1, "no_parcel")]


@pytest.mark.parametrize(
    ("tenths", "codes"), [(-10, ["wrong_temperature"]), (0, []), (100, []), (101, ["wrong_temperature"])]
)
def test_a_temperature_beyond_what_its_category_asks_for_is_a_gap(tenths: int, codes: list[str]) -> None:
    steps = [replace(WHOLE[0], tenths_celsius=tenths)]
    told = gaps(steps, seal_no="YZ-1-A", sealed_by="person:3", kept_at=asked_for("冷藏食品"))
    assert [gap.reason.code for gap in told] == codes
    assert "0 to 10 °C" in "".join(str(gap.reason.text) for gap in told) or not codes


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        (Range(20, 80), []),
        (Range(0, 100), []),
        (Range(0, 101), ["unfit_place"]),
        (Range(-200, 50), ["unfit_place"]),
        (Range(None, 100), ["unfit_place"]),
        (Range(0, None), ["unfit_place"]),
    ],
)
def test_a_place_that_is_not_kept_as_its_category_asks_is_a_gap(place: Range, codes: list[str]) -> None:
    steps, store = [replace(WHOLE[0], taken_by="store:C-1")], {"store:C-1": place}
    kept_at = asked_for("冷藏食品")
    told = gaps(steps, seal_no="YZ-1-A", sealed_by="person:3", kept_at=kept_at, places=store)
    assert [gap.reason.code for gap in told] == codes
    assert gaps(steps, seal_no="YZ-1-A", sealed_by="person:3", places=store) == []


def test_a_category_that_asks_for_no_temperature_has_no_range() -> None:
    assert asked_for("儿童玩具") is None
    frozen = asked_for("冷冻水产")
    assert frozen is not None
    assert (-180 in frozen, -179 in frozen) == (True, False)


def test_an_explanation_answers_for_a_gap_and_never_for_a_seal() -> None:
    broken = replace(WHOLE[0], taker_is_silent=True, seal_intact=False, explanation="交接人住院")
    told = gaps([broken], seal_no="YZ-1-A", sealed_by="person:3")
    assert {gap.reason.code: gap.is_explained for gap in told} == {"seal_broken": False, "taker_silent": True}
    assert [may_be_explained(gap) for gap in told] == [False, False]
