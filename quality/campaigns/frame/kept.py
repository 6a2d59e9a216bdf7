"""What is worked out of a frozen frame once, and kept beside it: it never changes."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from quality.campaigns.frame.bands import Reads
from quality.campaigns.frame.drawable import frame_hash
from quality.campaigns.frame.noted import SAID

HASHES = ".hashes.json"  # after the frame's sha256: the hash of its frame.csv by the columns of the strata
PORTRAIT = ".portrait.json"  # what it looks like as a whole
BESIDE = (HASHES, PORTRAIT, SAID)


def hash_of(frame: Path, reads: Reads) -> str:
    """Hex sha256 of `frame.csv`. A frame of millions is sorted for it once, by the job that looked at its file, not
    while somebody waits for a page."""
    size = [{"size": reads.size}] if reads.size else []
    key = json.dumps([*reads.strata, *reads.bands, *size], ensure_ascii=False)
    known = read(frame, HASHES)
    if key not in known:
        known[key] = frame_hash(frame, reads)
        write(frame, HASHES, known)
    return str(known[key])


def read(frame: Path, what: str) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        told: dict[str, Any] = json.loads(beside(frame, what).read_text(encoding="utf-8"))
        return told
    return {}


def write(frame: Path, what: str, told: dict[str, Any]) -> None:
    """Whole or not at all; of two that write at once one stays, and says the same."""
    path = beside(frame, what)
    arriving = path.with_name(f".{path.name}.{id(told)}")
    arriving.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    arriving.replace(path)


def bring(frame: Path, store: Path, *kinds: str) -> None:
    """What was worked out beside a frame that is not taken in yet goes with it."""
    for what in kinds:
        told = read(frame, what)
        if told:
            there = store / frame.name
            write(there, what, read(there, what) | told)


def beside(frame: Path, what: str) -> Path:
    return frame.with_name(frame.name.removesuffix(".parquet") + what)
