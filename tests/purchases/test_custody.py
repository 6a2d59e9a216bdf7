"""A chain of custody is whole, or says at which hand-over it is not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.purchases.custody import gaps

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Step:
    given_by: str
    taken_by: str
    at: datetime
    seal_no: str = "YZ-1-A"
    seal_intact: bool = True


WHOLE = [
    Step("person:3", "store:YZ", START),
    Step("store:YZ", "courier:顺达快递", START + timedelta(days=1)),
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
    assert found(steps) == [(1, "holder_differs"), (1, "seal_differs"), (1, "seal_broken"), (1, "out_of_order")]
    said = " ".join(str(gap.reason.text) for gap in gaps(steps, seal_no="YZ-1-A", sealed_by="person:3"))
    for told in ("store:YZ", "person:9", "X", "YZ-1-A"):
        assert told in said


@given(st.integers(0, 2))
def test_a_hand_over_that_was_left_out_is_a_gap_after_it(left_out: int) -> None:
    kept = [step for place, step in enumerate(WHOLE) if place != left_out]
    assert found(kept) == ([] if left_out == 2 else [(left_out, "holder_differs")])
