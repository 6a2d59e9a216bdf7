"""The seeded draw: a stratum's units in the order of sha256(seed,listing_id), the first drawn, the next in reserve.

It needs no order of rows and no random generator; a few lines of any language repeat it. Where the design names a size
the order is that of campaigns/order_sampling.py, from the same digests; where it names the permanent numbers of an
earlier campaign, one part of each stratum comes before the other (campaigns/numbers.py).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from quality.campaigns import choosing
from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.bands import Bands, Reads
from quality.campaigns.frame.drawable import counted, drawable
from quality.campaigns.frame.engine import Engine, fetched
from quality.campaigns.frame.kept import sizes_when_ready
from quality.campaigns.order_sampling import Chances
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

OUT = ("stratum", "role", "rank", "listing_id", "digest")


class DrawRole(StrEnum):
    MAIN = "main"
    RESERVE = "reserve"


class DrawnUnit(NamedTuple):
    """One listing of the draw. `rank` counts from 1 within the stratum; the reserve goes on where the main ends.

    `inclusion` is how likely it was to be in the main sample, where that is not the same for all of the stratum.
    """

    stratum: str
    role: DrawRole
    rank: int
    listing_id: str
    digest: str
    inclusion: Fraction | None = None


def draw(frame: Path, design: Design, seed: str) -> list[DrawnUnit]:
    """All drawn units by stratum (UTF-8 bytes), main before reserve, rank; `frame` is CSV (UTF-8) or Parquet."""
    with drawing(frame, design, seed) as opened:
        return list(opened.units())


@lru_cache(maxsize=256)
def sizes_of(frame: Path, strata: tuple[str, ...], bands: Bands = ()) -> Mapping[str, int]:
    """How many listings each stratum has, by its name. A frozen frame never changes, so that this is read once.

    Of a big one `Invalid` may say that it is being counted (frame/kept.py).
    """
    return sizes_when_ready(frame, Reads(strata, bands))


@lru_cache(maxsize=64)
def spread_of(frame: Path, design: str) -> Decimal | None:
    """How unequal the chances of all listings are, as figures/unequal.py wants it; `design` is its JSON, with a size.

    None where a stratum is left out: then nothing is said of the whole frame.
    """
    plan = parse_design(design)
    with drawable(frame, plan.reads) as opened:
        sizes = counted(opened)
        main = plan.allocate(sizes)
        asked = choosing.Asked(opened, plan.strata, "", sizes, main)
        return choosing.spread_by_size(asked, choosing.chances_by_size(asked, main)) if all(main.values()) else None


class Written(NamedTuple):
    units: int
    below_minimum: Mapping[str, int]  # strata that were taken whole, with their sizes


def draw_to_file(frame: Path, design: Path, seed: str, out: Path, opener: Opener | None = None) -> Written:
    """Write the draw as CSV and say how many units it has. The same call gives the same bytes, by any engine."""
    if out.exists() and any(out.samefile(read) for read in (frame, design) if read.exists()):
        raise Invalid(FieldProblem("out", "same_file", _("Write the draw to a file of its own")))
    try:
        plan = parse_design(design.read_bytes())
    except OSError as problem:
        raise Invalid(
            FieldProblem("design", "no_such_file", _("There is no file %(name)s", name=str(design)))
        ) from problem
    drawn = 0
    with (opener or drawing)(frame, plan, seed) as opened:
        units, below = opened.units(), plan.below_minimum(opened.sizes)
        try:
            with out.open("w", encoding="utf-8", newline="") as written:
                lines = csv.writer(written, lineterminator="\n")
                lines.writerow(OUT)
                for unit in units:
                    lines.writerow(unit[: len(OUT)])
                    drawn += 1
        except OSError as problem:
            raise Invalid(
                FieldProblem("out", "not_written", _("Choose another place to write to: %(why)s", why=str(problem)))
            ) from problem
    return Written(drawn, below)


class Opened(Protocol):
    """A frame that was looked at by one engine or another."""

    @property
    def sizes(self) -> Mapping[str, int]: ...
    def units(self) -> Iterator[DrawnUnit]: ...


Opener = Callable[[Path, Design, str], AbstractContextManager[Opened]]


class Drawing(NamedTuple):
    """A frame that was looked at, and what its design takes of each stratum: everything wrong has been said."""

    opened: Engine
    design: Design
    seed: str
    sizes: Mapping[str, int]
    main: Mapping[str, int]

    def units(self) -> Iterator[DrawnUnit]:
        """One by one; by then the whole frame has been read."""
        reserve = self.design.reserve
        taken = {stratum: min(n + reserve, self.sizes[stratum]) for stratum, n in self.main.items()}
        asked = choosing.Asked(self.opened, self.design.strata, self.seed, self.sizes, taken)
        chances = None
        if self.design.size:
            chances = choosing.by_size(asked, self.main)
        elif self.design.numbers:
            choosing.by_numbers(asked, self.design.numbers)
        else:
            choosing.by_digest(asked)
        self.opened.con.execute("SELECT stratum, listing_id, digest, measure FROM chosen ORDER BY stratum, key, digest")
        return ranked(fetched(self.opened.con), self.main, taken, chances)


@contextmanager
def drawing(frame: Path, design: Design, seed: str, *, is_checked: bool = False) -> Iterator[Drawing]:
    refuse_no_seed(seed)
    with drawable(frame, design.reads, is_checked=is_checked) as opened:
        sizes = counted(opened)
        yield Drawing(opened, design, seed, sizes, design.allocate(sizes))


def ranked(
    rows: Iterable[Sequence[object]],
    main: Mapping[str, int],
    taken: Mapping[str, int],
    chances: Mapping[str, Chances] | None,
) -> Iterator[DrawnUnit]:
    """The units of rows (stratum, listing_id, digest, measure) that are in their order, with a few too many."""
    present, rank = None, 0
    for stratum, listing_id, digest, measure in rows:
        present, rank = str(stratum), rank + 1 if stratum == present else 1
        if rank <= taken[present]:
            role = DrawRole.MAIN if rank <= main[present] else DrawRole.RESERVE
            inclusion = chances[present].of(int(str(measure))) if chances else None
            yield DrawnUnit(present, role, rank, str(listing_id), str(digest), inclusion)


def refuse_no_seed(seed: str) -> None:
    try:
        is_whole = bool(seed.encode())
    except UnicodeEncodeError:
        is_whole = False
    if not is_whole:
        raise Invalid(FieldProblem("seed", "missing", _("Give the seed: a text that is not empty")))
