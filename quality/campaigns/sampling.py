"""The seeded draw: a stratum's units in the order of sha256(seed,listing_id), the first drawn, the next in reserve.

It needs no order of rows and no random generator; a few lines of any language repeat it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from functools import lru_cache
from math import isqrt
from pathlib import Path
from typing import NamedTuple

from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.bands import Bands
from quality.campaigns.frame.drawable import drawable, hash_of, strata_columns
from quality.campaigns.frame.engine import Engine, fetched
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

DIGESTS = 1 << 256
ALL = "g"  # sorts after every hex digit
SLACK = 6  # standard deviations by which the bound on digests lies above the units that are needed


class DrawRole(StrEnum):
    MAIN = "main"
    RESERVE = "reserve"


class DrawnUnit(NamedTuple):
    """One listing of the draw. `rank` counts from 1 within the stratum; the reserve goes on where the main ends."""

    stratum: str
    role: DrawRole
    rank: int
    listing_id: str
    digest: str


def draw(frame: Path, design: Design, seed: str) -> list[DrawnUnit]:
    """All drawn units by stratum (UTF-8 bytes), main before reserve, rank; `frame` is CSV (UTF-8) or Parquet."""
    with drawing(frame, design, seed) as opened:
        return list(opened.units())


@lru_cache(maxsize=256)
def sizes_of(frame: Path, strata: tuple[str, ...], bands: Bands = ()) -> Mapping[str, int]:
    """How many listings each stratum has, by its name. A frozen frame never changes, so that this is read once."""
    with drawable(frame, strata, bands) as opened:
        return dict(sorted(_sizes(opened).items()))


def _sizes(opened: Engine) -> dict[str, int]:
    opened.con.execute("SELECT stratum, size FROM stratum")
    return {str(stratum): int(str(size)) for stratum, size in fetched(opened.con)}


class Written(NamedTuple):
    units: int
    below_minimum: Mapping[str, int]  # strata that were taken whole, with their sizes


def draw_to_file(frame: Path, design: Path, seed: str, out: Path) -> Written:
    """Write the draw as CSV and say how many units it has. The same call gives the same bytes."""
    if out.exists() and any(out.samefile(read) for read in (frame, design) if read.exists()):
        raise Invalid(FieldProblem("out", "same_file", _("Write the draw to a file of its own")))
    try:
        plan = parse_design(design.read_bytes())
    except OSError as problem:
        raise Invalid(
            FieldProblem("design", "no_such_file", _("There is no file %(name)s", name=str(design)))
        ) from problem
    drawn = 0
    with drawing(frame, plan, seed) as opened:
        units, below = opened.units(), plan.below_minimum(opened.sizes)
        try:
            with out.open("w", encoding="utf-8", newline="") as written:
                lines = csv.writer(written, lineterminator="\n")
                lines.writerow(DrawnUnit._fields)
                for unit in units:
                    lines.writerow(unit)
                    drawn += 1
        except OSError as problem:
            raise Invalid(
                FieldProblem("out", "not_written", _("Choose another place to write to: %(why)s", why=str(problem)))
            ) from problem
    return Written(drawn, below)


class Drawing(NamedTuple):
    """A frame that was looked at, and what its design takes of each stratum: everything wrong has been said."""

    opened: Engine
    design: Design
    seed: str
    sizes: Mapping[str, int]
    main: Mapping[str, int]

    def frame_hash(self) -> str:
        """Of the frame as it is drawn from, as `frame/drawable.frame_hash`."""
        return hash_of(self.opened, self.design.strata)

    def units(self) -> Iterator[DrawnUnit]:
        """One by one; by then the whole frame has been read."""
        reserve = self.design.reserve
        taken = {stratum: min(n + reserve, self.sizes[stratum]) for stratum, n in self.main.items()}
        _choose(self, taken)
        return _ranked(self.opened, self.main, taken)


@contextmanager
def drawing(frame: Path, design: Design, seed: str) -> Iterator[Drawing]:
    if not seed or not _is_whole(seed):
        raise Invalid(FieldProblem("seed", "missing", _("Give the seed: a text that is not empty")))
    with drawable(frame, design.strata, design.bands) as opened:
        sizes = _sizes(opened)
        yield Drawing(opened, design, seed, sizes, design.allocate(sizes))


def _choose(drawing: Drawing, taken: Mapping[str, int]) -> None:
    """Table `chosen`: the smallest digests of each stratum, and a few too many.

    Digests are uniform, so a bound lets through little more than is needed, and only that is kept and sorted.
    Should it once let through too little, everything is kept.
    """
    needed = {stratum: n for stratum, n in taken.items() if n}
    if not _choose_below(drawing, needed, [_bound(n, drawing.sizes[stratum]) for stratum, n in needed.items()]):
        _choose_below(drawing, needed, [ALL] * len(needed))


def _choose_below(drawing: Drawing, needed: Mapping[str, int], bounds: list[str]) -> bool:
    """Fill `chosen` with the digests below the bound of their stratum, and say whether they are enough.

    Few rows come as far as their stratum, for the largest bound is asked first; and strata are told apart by their
    columns, for to join the names of every row costs more than to compare them.
    """
    con, columns = drawing.opened.con, strata_columns(drawing.design.strata)
    con.execute(
        "CREATE OR REPLACE TABLE bound AS SELECT * FROM stratum JOIN "
        "(SELECT unnest(?) AS stratum, unnest(?) AS needed, unnest(?) AS digest) USING (stratum)",
        [list(needed), list(needed.values()), bounds],
    )
    con.execute(
        "CREATE OR REPLACE TABLE chosen AS SELECT b.stratum, h.listing_id, h.digest FROM "
        "(FROM (SELECT *, sha256(? || ',' || listing_id) AS digest FROM frame) WHERE digest < ?) h "
        f"JOIN bound b ON {''.join(f'h.{column} = b.{column} AND ' for column in columns)}h.digest < b.digest",
        [drawing.seed, max(bounds, default="")],
    )
    short = con.execute(
        "SELECT 1 FROM bound b LEFT JOIN (SELECT stratum, count(*) AS n FROM chosen GROUP BY stratum) c "
        "USING (stratum) WHERE coalesce(c.n, 0) < b.needed LIMIT 1"
    )
    return not short.fetchall()


def _bound(needed: int, size: int) -> str:
    """Hex digest below which about `needed` of `size` uniform digests lie, and hardly ever fewer."""
    expected = needed + SLACK * (isqrt(needed) + 1) + SLACK * SLACK
    return ALL if expected >= size else f"{DIGESTS * max(0, expected) // size:064x}"


def _ranked(opened: Engine, main: Mapping[str, int], taken: Mapping[str, int]) -> Iterator[DrawnUnit]:
    opened.con.execute("SELECT stratum, listing_id, digest FROM chosen ORDER BY stratum, digest")
    present, rank = None, 0
    for stratum, listing_id, digest in fetched(opened.con):
        present, rank = str(stratum), rank + 1 if stratum == present else 1
        if rank <= taken[present]:
            role = DrawRole.MAIN if rank <= main[present] else DrawRole.RESERVE
            yield DrawnUnit(present, role, rank, str(listing_id), str(digest))


def _is_whole(seed: str) -> bool:
    try:
        seed.encode()
    except UnicodeEncodeError:
        return False
    return True
