"""Two things done in turn, A B A B …, and the ratio of their medians: a machine that drifts drifts for both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table. `bar` is the most that the ratio may be."""

    what: str
    floor: str
    database: str
    ours: float
    theirs: float
    ratio: float
    bar: float
    unit: str = "s"  # of `ours` and `theirs`: seconds, "B" for bytes, or "" for a number of things

    @property
    def holds(self) -> bool:
        return self.ratio <= self.bar


def in_turn(
    ours: Callable[[], None],
    theirs: Callable[[], None],
    rounds: int,
    *,
    by: Callable[[], float] = time.perf_counter,
    before: Callable[[], None] = lambda: None,
) -> tuple[float, float, float]:
    """Medians of both, and the median of the ratios pair by pair. One round before is not counted.

    `by` is the clock; `before` makes things ready for ours, and is not timed.
    """
    pairs = []
    for turn in range(rounds + 1):
        before()
        pair = timed(ours, by), timed(theirs, by)
        if turn:
            pairs.append(pair)
    return median(a for a, _ in pairs), median(b for _, b in pairs), median(a / b for a, b in pairs)


def timed(deed: Callable[[], None], by: Callable[[], float] = time.perf_counter) -> float:
    gc.collect()
    start = by()
    deed()
    return by() - start


def as_markdown(rows: list[Row]) -> str:
    head = [
        "| what | against | database | ours, median | floor, median | ratio | bar |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    lines = [
        f"| {r.what} | {r.floor} | {r.database} | {shown(r.ours, r.unit)} | {shown(r.theirs, r.unit)} "
        f"| {r.ratio:.2f} | {r.bar:g} |"
        for r in rows
    ]
    return "\n".join([*head, *lines, ""])


def shown(measured: float, unit: str = "s") -> str:
    if not unit:
        return f"{measured:.0f}"
    if unit == "B":
        return f"{measured / 1024**2:.1f} MiB"
    return f"{measured * 1000:.2f} ms" if measured < 1 else f"{measured:.1f} s"
