"""Files that were sent and do not count yet: each in a folder of its own, for its sender only, and not for long.

A folder's name says of what and of whom it is, and holds a random token, so that nobody else finds it. It is whole or
absent: it arrives under another name and is renamed.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text

KEPT = timedelta(days=1)
MOST_KEPT = 3  # of one person: the oldest goes
CHUNK = 1 << 20
TOKEN = re.compile(r"[0-9a-f]{32}")


def put(place: Path, of: object, by: object, fill: Callable[[Path], None]) -> str:
    """A new folder of `of` and `by` that `fill` fills; its token. What `fill` refuses leaves nothing behind."""
    token = secrets.token_hex(16)
    folder = folder_of(place, of, by, token)
    arriving = folder.with_name(f".{folder.name}")  # found by nobody before it is whole
    arriving.mkdir(parents=True, mode=0o700)
    try:
        fill(arriving)
        arriving.replace(folder)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    throw_away_the_oldest(place, by)
    return token


def keep(sent: BinaryIO, path: Path, most: int, too_big: Text) -> int:
    """Write what was sent to `path`; how many bytes."""
    size = 0
    with path.open("wb") as kept:
        while chunk := sent.read(CHUNK):
            size += len(chunk)
            if size > most:
                raise Invalid(FieldProblem("file", "too_big", too_big))
            kept.write(chunk)
    return size


def write(folder: Path, name: str, told: dict[str, Any]) -> None:
    """As JSON, whole or not at all."""
    written = folder / f".{name}"
    written.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    written.replace(folder / name)


def folder_of(place: Path, of: object, by: object, token: str) -> Path:
    return place / f"{of}-{by}-{token}"


def folders(place: Path) -> Iterator[Path]:
    return iter(sorted(place.iterdir()) if place.is_dir() else [])


def throw_away_the_oldest(place: Path, by: object) -> None:
    own = [each for each in folders(place) if re.fullmatch(rf"\d+-{by}-[0-9a-f]{{32}}", each.name)]
    for folder in sorted(own, key=touched)[:-MOST_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def throw_away_old(place: Path, ends_at: Callable[[Path], datetime | None], now: datetime) -> int:
    """What nobody confirmed in time, and what was cut short while it arrived. Says how many."""
    gone = 0
    for folder in folders(place):
        said = None if folder.name.startswith(".") else ends_at(folder)
        try:
            if (said or touched(folder) + KEPT) <= now:
                shutil.rmtree(folder)
                gone += 1
        except FileNotFoundError:  # another worker was first
            continue
    return gone


def touched(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
