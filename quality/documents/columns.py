"""How wide the columns of a table on paper are, from what stands in them: pure.

A press that finds that out by itself tries every word of every cell for where it may break, and takes half of a
dossier's time for it: hashes and addresses may break anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LEAST, MOST, BESIDE = (
    6,
    40,
    2,
)  # half-width characters that a column is counted for, however little or much stands in it; and the margins
WIDE = {"W", "F"}  # of two half-width characters (Unicode Standard Annex #11)


def breadth(text: str) -> int:
    """Of the longest line, in half-width characters."""
    lines = text.split("\n")
    return max(sum(2 if unicodedata.east_asian_width(each) in WIDE else 1 for each in line) for line in lines)


def widths(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """The share of each column in percent of the table, by its broadest cell."""
    lines = [line for line in (head, *rows) if line]
    broadest = [
        min(MOST, max(LEAST, *(BESIDE + breadth(line[place]) for line in lines if place < len(line))))
        for place in range(max(map(len, lines), default=0))
    ]
    return [round(100 * each / sum(broadest), 2) for each in broadest]
