"""How one subject stands in the day's root, asked without reading the others: the tree of a kind, laid out in a file.

The file is made of the root's heads and can be made again; it lies beside them under a name with a dot, so that no
backup carries it. A question reads some dozens of hashes of it, however many leaves there are.
"""

from __future__ import annotations

import gzip
import json
import mmap
import os
import struct
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from quality.core.merkle import LEFT, RIGHT, SIZE, Leaf, Neighbours, blind_of, hashes_of, levels_of

ENTRY = struct.Struct(">QQ32s")  # id, seq, digest: of each subject of the kind, in the order of its ids
KEPT = 2  # the newest, and the one that somebody may be reading
EARLIER = 6  # of days that were asked for


class Stands(NamedTuple):
    """Where a subject's last event of that day stands under the root."""

    day: str
    seq: int
    digest: str
    blind: str
    path: Neighbours


class Level(NamedTuple):
    """The part of a level that the kind's paths touch."""

    size: int  # nodes of the whole level
    first: int  # which of them is kept first
    nodes: bytes


def lay_out(folder: Path, kind: str) -> Path | None:
    """The tree of `kind` under the newest root; None if it is there, or that root's leaves are not blinded."""
    newest = max(folder.glob("*.json"), default=None)
    laid = _lay_out(folder, kind, newest.stem, f".{newest.stem}.{kind}.tree") if newest else None
    if laid:
        for old in sorted(folder.glob(f".*.{kind}.tree"))[:-KEPT]:
            old.unlink(missing_ok=True)
    return laid


def lay_out_earlier(folder: Path, kind: str, day: str) -> Path | None:
    """The same under the root of `day`, under a name of its own: somebody kept that root, and asks by it.

    The last few that were asked for are kept. `FileNotFoundError`: there is no root of that day, or its heads were
    archived away.
    """
    laid = _lay_out(folder, kind, day, earlier_name(kind, day))
    if laid:
        for old in sorted(folder.glob(f".*.{kind}.earlier"), key=lambda path: path.stat().st_mtime)[:-EARLIER]:
            old.unlink(missing_ok=True)
    return laid


def earlier_name(kind: str, day: str) -> str:
    return f".{day}.{kind}.earlier"


def _lay_out(folder: Path, kind: str, day: str, name: str) -> Path | None:
    target = folder / name
    if target.exists():
        return None
    secret, leaves = heads_in(folder / json.loads((folder / f"{day}.json").read_bytes())["heads"])
    if not secret:
        return None
    draft = target.with_suffix(f".{os.getpid()}.{threading.get_ident()}.part")
    with draft.open("wb") as file:
        file.writelines(_laid_out(day, kind, secret, leaves))
    draft.rename(target)
    return target


def _laid_out(day: str, kind: str, secret: bytes, leaves: Sequence[Leaf]) -> Iterator[bytes]:
    first = bisect_left(leaves, kind, key=lambda leaf: leaf[0])
    own = [leaf for leaf in leaves[first:] if leaf[0] == kind]
    levels = [_touched(level, first >> up, (first + len(own) - 1) >> up) for up, level in _numbered(secret, leaves)]
    about = {
        "day": day,
        "secret": secret.hex(),
        "first": first,
        "entries": len(own),
        "levels": [(level.size, level.first, len(level.nodes) // SIZE) for level in levels],
    }
    yield json.dumps(about).encode() + b"\n"
    for _kind, key, seq, digest in own:
        yield ENTRY.pack(key, seq, bytes.fromhex(digest))
    for level in levels:
        yield level.nodes


def _numbered(secret: bytes, leaves: Sequence[Leaf]) -> Iterator[tuple[int, bytes]]:
    return enumerate(levels_of(hashes_of(leaves, secret)))


def _touched(level: bytes, first: int, last: int) -> Level:
    low, high = max(first - 1, 0), last + 2
    return Level(len(level) // SIZE, low, level[low * SIZE : high * SIZE])


def stands(folder: Path, kind: str, key: int) -> Stands | None:
    """How the subject stood under the newest root whose tree is laid out; None if it was not there yet."""
    for path in sorted(folder.glob(f".*.{kind}.tree"), reverse=True):
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return _stands(mapped, kind, key)
        except FileNotFoundError:  # a newer one took its place meanwhile
            continue
    return None


def stood(folder: Path, kind: str, key: int, day: str) -> Stands | None:
    """How it stood under the root of that day, whose tree `lay_out_earlier` has laid out; None if it was not there."""
    path = folder / earlier_name(kind, day)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        return _stands(mapped, kind, key)


def _stands(mapped: mmap.mmap, kind: str, key: int) -> Stands | None:
    at = mapped.find(b"\n") + 1
    about = json.loads(mapped[:at])
    count = about["entries"]
    found = bisect_left(range(count), key, key=lambda n: ENTRY.unpack_from(mapped, at + n * ENTRY.size)[0])
    if found == count:
        return None
    there, seq, digest = ENTRY.unpack_from(mapped, at + found * ENTRY.size)
    if there != key:
        return None
    blind = blind_of(bytes.fromhex(about["secret"]), kind, key)
    path = _path(mapped, at + count * ENTRY.size, about["levels"], about["first"] + found)
    return Stands(about["day"], seq, digest.hex(), blind, path)


def _path(mapped: mmap.mmap, at: int, levels: Sequence[tuple[int, int, int]], place: int) -> Neighbours:
    path: Neighbours = []
    for size, first, kept in levels[:-1]:
        beside = place ^ 1
        if beside < size:
            start = at + (beside - first) * SIZE
            path.append((LEFT if beside < place else RIGHT, mapped[start : start + SIZE].hex()))
        at, place = at + kept * SIZE, place >> 1
    return path


def heads_in(path: Path) -> tuple[bytes, list[Leaf]]:
    """The day's secret (none in the oldest), and every head in the order of the leaves."""
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    secret = bytes.fromhex(json.loads(lines[0])["secret"]) if lines and lines[0].startswith("{") else b""
    return secret, [_leaf(line) for line in (lines[1:] if secret else lines)]


def _leaf(line: str) -> Leaf:
    kind, key, seq, digest = json.loads(line)
    return kind, int(key), int(seq), digest
