"""How often the published interval holds the true rate: 2,000 samples of the program's own draw, rates from 10 to 90 %.

A frame that holds the same market many times over, each a group of strata of its own, is drawn once a seed: so each
group is a sample that the draw made as it makes any. In the market each stratum has so many nonconforming listings as
its rate says, alike in all strata or far apart; sizes, and parts of them that are drawn, differ much.

A row counts the samples whose interval holds the rate: 1,900 of 2,000 are wanted, and the bar is two points (40) off.
The peer, samplics, has an environment of its own, named by `PEER_PYTHON`; without it its rows are left out, and said to
be. `python -m tests.benchmarks.intervals` measures these alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from math import exp, log
from pathlib import Path
from typing import NamedTuple

import duckdb

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design
from quality.campaigns.sampling import draw
from quality.figures.rates import Interval
from quality.figures.stratified import Stratum, stratified
from tests.benchmarks.measure import Row, as_markdown

SIZES, DRAWN = (800, 400, 200, 60), (40, 30, 50, 30)  # of these listings so many: by weights of 20, 13, 4 and 2
GROUPS, SEEDS = 500, 4
RATES = tuple(Decimal(tenth) / 10 for tenth in range(1, 10))
APART = 1.0  # of the logits of the first and the last stratum from the rate: 0.1 goes from 0.04 to 0.23
WANTED, OFF = 0.95, 0.02
PEERS_PROGRAM = Path(__file__).with_name("peer_intervals.py")

Counts = tuple[int, ...]  # nonconforming found, by stratum


class Market(NamedTuple):
    name: str
    rate: Decimal  # what it was made for; `true` is what whole numbers made of it
    nonconforming: Counts

    @property
    def true(self) -> Decimal:
        return Decimal(sum(self.nonconforming)) / sum(SIZES)


def markets() -> list[Market]:
    found = []
    for apart, name in ((0.0, "alike in all strata"), (APART, "far apart between strata")):
        for rate in RATES:
            middle = log(float(rate) / (1 - float(rate)))
            logits = [middle + apart * (2 * place / (len(SIZES) - 1) - 1) for place in range(len(SIZES))]
            counts = (round(size / (1 + exp(-logit))) for size, logit in zip(SIZES, logits, strict=True))
            found.append(Market(name, rate, tuple(counts)))
    return found


def samples(folder: Path, groups: int, seeds: int) -> Iterator[list[list[int]]]:
    """Numbers of the listings drawn, from 0 within their stratum; by stratum, one sample after the other."""
    frame = folder / "frame.parquet"
    with duckdb.connect() as con:
        strata = " UNION ALL ".join(
            f"SELECT g || '-{place}-' || i AS listing_id, 'g' || g AS group_name, 's{place}' AS part "
            f"FROM range({groups}) a(g), range({size}) b(i)"
            for place, size in enumerate(SIZES)
        )
        con.execute(f"COPY ({strata}) TO '{frame}' (FORMAT parquet)")
    fixed = {f"g{group}/s{place}": n for group in range(groups) for place, n in enumerate(DRAWN)}
    design = Design(strata=("group_name", "part"), method=Method.FIXED, fixed=fixed)
    for seed in range(seeds):
        drawn: dict[str, list[list[int]]] = {str(group): [[] for _ in SIZES] for group in range(groups)}
        for unit in draw(frame, design, f"seed {seed}"):
            group, place, number = unit.listing_id.split("-")
            drawn[group][int(place)].append(int(number))
        yield from drawn.values()


def found_in(sample: list[list[int]], market: Market) -> Counts:
    return tuple(
        sum(number < first for number in numbers) for numbers, first in zip(sample, market.nonconforming, strict=True)
    )


@cache
def interval_of(found: Counts) -> Interval:
    estimate = stratified(map(Stratum, SIZES, DRAWN, found))
    assert estimate is not None
    return estimate.interval


def held(drawn: list[list[list[int]]]) -> dict[Market, int]:
    """In how many of these samples the interval holds the rate of the market."""
    return {
        market: sum(low <= market.true <= high for low, high in (interval_of(found_in(s, market)) for s in drawn))
        for market in markets()
    }


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        drawn = list(samples(Path(folder), GROUPS, SEEDS))
    found = [row_of(market, count, len(drawn)) for market, count in held(drawn).items()]
    return found + beside_the_peer(drawn)


def row_of(market: Market, count: int, of: int) -> Row:
    what = f"intervals of {of:,} drawn samples that hold the rate: {market.rate:.0%}, {market.name}"
    wanted = WANTED * of
    return Row(what, "95 % of them; ratio: of two points off", "none", count, wanted, off(count, of) / OFF, 1, "")


def off(count: int, of: int) -> float:
    return abs(count / of - WANTED)


def beside_the_peer(drawn: list[list[list[int]]]) -> list[Row]:
    """The same samples at 10 %: whose intervals are further off, and what one costs."""
    python = os.environ.get("PEER_PYTHON")
    if not python or subprocess.run([python, "-c", "import samplics"], capture_output=True, check=False).returncode:
        print("· no peer: PEER_PYTHON names no Python that has samplics", file=sys.stderr)
        return []
    found, both = [], [market for market in markets() if market.rate == RATES[0]]
    for market in both:
        counts = [found_in(sample, market) for sample in drawn]
        interval_of.cache_clear()
        began = time.perf_counter()
        ours = sum(low <= market.true <= high for low, high in map(interval_of, counts))
        each = (time.perf_counter() - began) / interval_of.cache_info().misses
        theirs, their_each = peers_answer(python, market, counts)
        what = f"the same samples, {market.rate:.0%}, {market.name}: intervals that hold the rate"
        ratio = off(ours, len(counts)) / max(off(theirs, len(counts)), 1 / len(counts))
        found.append(Row(what, "samplics; ratio: of its points off", "none", ours, theirs, ratio, 1, ""))
        found.append(
            Row(f"one such interval, {market.name}", "samplics", "none", each, their_each, each / their_each, 2)
        )
    return found


def peers_answer(python: str, market: Market, counts: list[Counts]) -> tuple[int, float]:
    """How many of its intervals hold the rate, and the seconds that one took."""
    told: Mapping[str, object] = {"sizes": SIZES, "drawn": DRAWN, "true": float(market.true), "counts": counts}
    said = subprocess.run(
        [python, "-W", "ignore", str(PEERS_PROGRAM)],
        input=json.dumps(told), capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    if said.returncode:
        raise RuntimeError(said.stderr[-2000:])
    count, seconds = said.stdout.split()
    return int(count), float(seconds)


if __name__ == "__main__":
    print(as_markdown(rows()))
