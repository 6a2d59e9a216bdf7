"""What is worked out of a frozen frame once, and kept beside it: it never changes.

A frame of millions is sorted for its hash and counted by its strata by a job, not while somebody waits for a page: who
needs what nobody has worked out yet leaves a note beside the frame, is told so, and finds it there a moment later.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask_babel import get_locale

from quality.campaigns.frame.bands import Band, Reads
from quality.campaigns.frame.drawable import counted, drawable
from quality.campaigns.frame.drawable import hash_of as hash_of_opened
from quality.campaigns.frame.listings import platforms_in
from quality.campaigns.frame.noted import SAID
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _, in_each_language

HASHES = ".hashes.json"  # after the frame's sha256: the hash of its frame.csv by the columns that are read
SIZES = ".sizes.json"  # how many listings each stratum has, by the same
WRONG = ".wrong.json"  # why it cannot be drawn by them
DUE = ".due.json"  # what the job is to work out
PORTRAIT = ".portrait.json"  # what it looks like as a whole
PLATFORMS = ".platforms.json"  # whom it names
BESIDE = (HASHES, SIZES, WRONG, DUE, PORTRAIT, PLATFORMS, SAID)
SOON = 32 << 20  # bytes of a frame that is worked out within a second or two
BEING_COUNTED = FieldProblem(
    "frame",
    "being_counted",
    _("The frame is big and is counted by its strata for the first time: look again in a minute"),
)


def hash_of(frame: Path, reads: Reads) -> str:
    """Hex sha256 of `frame.csv`, however long it takes."""
    known = read(frame, HASHES)
    if _key(reads) not in known:
        known[_key(reads)] = _work_out(frame, reads)
    return str(known[_key(reads)])


def hash_when_ready(frame: Path, reads: Reads) -> str | None:
    """The same; None for a big frame of which the job has been asked for it now. `Invalid` if it cannot be drawn so."""
    if _is_ready(frame, reads):
        return hash_of(frame, reads)
    return None


def sizes_when_ready(frame: Path, reads: Reads) -> dict[str, int]:
    """How many listings each stratum has, by its name; `Invalid` says it where that is not counted yet."""
    known = read(frame, SIZES).get(_key(reads))
    if known is None and not _is_ready(frame, reads):
        raise Invalid(BEING_COUNTED)
    if known is None:
        _work_out(frame, reads)
        known = read(frame, SIZES)[_key(reads)]
    return {stratum: int(size) for stratum, size in known.items()}


def platforms_of(frame: Path) -> list[str]:
    """The platforms that a frozen frame names, sorted."""
    known = read(frame, PLATFORMS)
    if "platforms" not in known:
        known = {"platforms": platforms_in(frame)}
        write(frame, PLATFORMS, known)
    return [str(platform) for platform in known["platforms"]]


def work_out_one(frames: Path) -> bool:
    """What somebody has asked for and is not worked out yet, of one frame in a folder; whether there was one.

    A crash loses the note; whoever looks again leaves another.
    """
    due = next(iter(sorted(frames.glob(f"[!.]*{DUE}"))), None)
    if due is None:
        return False
    stem, taken = due.name.removesuffix(DUE), due.with_name(f".{due.name}.{os.getpid()}")
    try:
        due.rename(taken)
    except FileNotFoundError:  # another process was first
        return False
    frame = next((each for each in (frames / f"{stem}.parquet", frames / stem) if each.is_file()), None)
    for reads in map(_as_reads, json.loads(taken.read_text(encoding="utf-8")).values() if frame else ()):
        assert frame is not None
        try:
            hash_of(frame, reads)
        except Invalid as wrong:
            said = [[each.field, each.code, in_each_language(each.text)] for each in wrong.problems]
            write(frame, WRONG, read(frame, WRONG) | {_key(reads): said})
    taken.unlink()
    return True


def _work_out(frame: Path, reads: Reads) -> str:
    with drawable(frame, reads) as opened:
        sizes, hashed = counted(opened), hash_of_opened(opened, reads)
    plain = _key(Reads(reads.strata, reads.bands))
    write(frame, SIZES, read(frame, SIZES) | {plain: sizes, _key(reads): sizes})
    write(frame, HASHES, read(frame, HASHES) | {_key(reads): hashed})
    return hashed


def _is_ready(frame: Path, reads: Reads) -> bool:
    """Whether it is worked out, or soon can be. If not, the job is asked."""
    if _key(reads) in read(frame, HASHES) or not frame.is_file() or frame.stat().st_size <= SOON:
        return True
    if wrong := read(frame, WRONG).get(_key(reads)):
        raise Invalid(*(FieldProblem(field, code, _in_the_readers_language(said)) for field, code, said in wrong))
    asked = read(frame, DUE)
    if _key(reads) not in asked:
        write(frame, DUE, asked | {_key(reads): reads})
    return False


def _in_the_readers_language(said: dict[str, str]) -> str:
    locale = get_locale()
    return said[locale.language if locale else "en"]


def _key(reads: Reads) -> str:
    size = [{"size": reads.size}] if reads.size else []
    return json.dumps([*reads.strata, *reads.bands, *size], ensure_ascii=False)


def _as_reads(written: list[Any]) -> Reads:
    strata, bands, size = written
    made = tuple((str(name), Band(str(column), tuple(edges))) for name, (column, edges) in bands)
    return Reads(tuple(strata), made, str(size))


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
