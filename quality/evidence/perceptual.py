"""Which pictures look alike: 64 bits of each by which it is known again after it was made smaller, paler or turned.

pHash, as `imagehash.phash` reckons it (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions",
2010, 3.2.1): the picture in 32 by 32 grey points, its cosine transform, of that the 8 by 8 slowest waves, each a one
where it is above their median. Two are near where few bits differ. Pure, but for Pillow that opens the picture.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import mul
from statistics import median
from typing import NamedTuple

SIDE, WAVES = 32, 8  # points of a side; slowest waves of either direction
BITS = WAVES * WAVES
BANDS, OF_A_BAND = 4, 16  # a hash is looked up by four pieces of sixteen bits
NEAR = 7  # bits that may differ: then one of the four pieces differs by one at most, see `pieces_near`
NEAR_TURNED = 3  # of a turned one: then one of its pieces is the same, and turning costs next to nothing
FLAT = 4.0  # grey levels, of 256: what varies by less is a wall, a black screen, an empty page
# Rows of the cosine transform (DCT-II), without its constant factor, which no comparison with a median feels
COSINES = [[math.cos(math.pi * wave * (2 * at + 1) / (2 * SIDE)) for at in range(SIDE)] for wave in range(WAVES)]

Grid = Sequence[Sequence[float]]


class Hashes(NamedTuple):
    """Of one picture as it stands, and turned by one, two and three quarters clockwise: 64 bits each."""

    upright: int
    right: int
    over: int
    left: int


def hashes_of(data: bytes) -> Hashes | None:
    """Of a picture that we made, so it opens; None where there is nothing on it to know it by."""
    from PIL import Image  # noqa: PLC0415 - a start does without

    with Image.open(io.BytesIO(data)) as opened:
        grey = opened.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    points = grey.tobytes()
    return hashes_of_points([points[row * SIDE : (row + 1) * SIDE] for row in range(SIDE)])


def hashes_of_points(rows: Sequence[Sequence[int]]) -> Hashes | None:
    """Of 32 rows of 32 grey points, 0 to 255."""
    if is_flat(list(chain.from_iterable(rows))):
        return None
    across = [[dot(row, wave) for row in rows] for wave in COSINES]
    waves: Grid = [[dot(column, wave) for column in across] for wave in COSINES]
    found = []
    for _turn in range(4):
        found.append(above_the_median(waves))
        waves = turned(waves)
    return Hashes(*found)


def is_flat(points: Sequence[int]) -> bool:
    """Whether their standard deviation is below `FLAT`; in whole numbers, for `statistics` takes as long for it as the
    transform takes.
    """
    many, squares = len(points), sum(each * each for each in points)
    return many * squares - sum(points) ** 2 < (FLAT * many) ** 2


def dot(one: Iterable[float], other: Iterable[float]) -> float:
    total: float = sum(map(mul, one, other))
    return total


def turned(waves: Grid) -> Grid:
    """The transform of the same picture a quarter further, clockwise.

    Its columns are the rows from below: so the waves change places, and those across that are odd change their sign.
    """
    return [[(-waves[down][across] if down % 2 else waves[down][across]) for down in range(WAVES)]
            for across in range(WAVES)]  # fmt: skip


def above_the_median(waves: Grid) -> int:
    flat = list(chain.from_iterable(waves))
    middle = median(flat)
    return int("".join("1" if each > middle else "0" for each in flat), 2)


def distance(one: int, other: int) -> int:
    """How many of the 64 bits differ, of hashes as they are or as they are kept."""
    return ((one ^ other) & ALL).bit_count()


def pieces(bits: int) -> tuple[int, ...]:
    """The four pieces of sixteen bits, the highest first."""
    return tuple(bits >> OF_A_BAND * place & (1 << OF_A_BAND) - 1 for place in reversed(range(BANDS)))


def pieces_near(bits: int) -> list[list[int]]:
    """For each of the four places the 17 pieces that something near may have there.

    Of 7 bits that differ, spread over 4 pieces, one piece has at most 1 (Norouzi, Punjani and Fleet, "Fast Search in
    Hamming Space with Multi-Index Hashing", 2012, proposition 1). So whatever is near stands under one of these. Of 3
    bits one piece has none: what is near to a turned picture stands under that one's own pieces.
    """
    return [[piece, *(piece ^ flip for flip in FLIPS)] for piece in pieces(bits)]


FLIPS = [1 << bit for bit in range(OF_A_BAND)]
SIGN, ALL = 1 << BITS - 1, (1 << BITS) - 1


def kept(bits: int) -> int:
    """As a database keeps 64 bits: from -2⁶³ on."""
    return bits - 2 * SIGN if bits & SIGN else bits


def read(number: int) -> int:
    return number & ALL
