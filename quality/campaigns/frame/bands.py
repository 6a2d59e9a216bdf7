"""Strata by a number: what a price or a sale falls into, as docs/decisions/0050-a-design-grows.md says."""

from __future__ import annotations

from typing import NamedTuple

from quality.campaigns.frame.engine import text

NONE = "none"  # of a row without the number


class Band(NamedTuple):
    """`edges` are whole numbers above 0, rising: a number that is an edge belongs above it."""

    column: str
    edges: tuple[int, ...]

    @property
    def values(self) -> list[str]:
        """From the lowest, `none` last: `<5000`, `5000-19999`, `>=20000`, `none`."""
        between = [f"{low}-{high - 1}" for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return [f"<{self.edges[0]}", *between, f">={self.edges[-1]}", NONE]

    def value_of(self, number: str) -> str:
        """SQL for the value of a number, itself SQL for a text of digits, empty or NULL."""
        whole = f"TRY_CAST({number} AS BIGINT)"
        cases = "".join(
            f" WHEN {whole} < {edge} THEN {text(value)}" for edge, value in zip(self.edges, self.values, strict=False)
        )
        return f"CASE{cases} WHEN {whole} IS NULL THEN '{NONE}' ELSE {text(self.values[-2])} END"


Bands = tuple[tuple[str, Band], ...]  # by the name of the stratum column that each makes


class Reads(NamedTuple):
    """What a design reads of a frame besides `listing_id`, in the order of `frame.csv`; `size` "" is none."""

    strata: tuple[str, ...] = ()
    bands: Bands = ()
    size: str = ""
