"""Files that were sent and do not count yet: each in a folder of its own, for its sender only, and not for long.

A folder's name says of what and of whom it is, and holds a random token, so that nobody else finds it. It is whole or
absent: it arrives under another name and is renamed. What was found in it stands in its file `FOUND`, with the moment
until which it is kept.

A big one is looked at by a job: its folder holds what is asked of it, then who takes it and how far that is, then what
was found or why nothing could be.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, in_each_language

KEPT = timedelta(days=1)
MOST_KEPT = 3  # of one person: the oldest goes
CHUNK = 1 << 20
TOKEN = re.compile(r"[0-9a-f]{32}")
FOUND = "upload.json"
ASKED, TAKEN, FAILED, PROGRESS = "asked.json", "taken.json", "failed.json", "progress.json"  # of a big one
LOST = timedelta(minutes=15)  # after which nobody works on what was taken any more


class Waiting(NamedTuple):
    """A big one that is not looked at yet, or that cannot be: `problems` say why, field and sentence by language."""

    token: str
    folder: Path
    name: str
    size: int  # bytes
    since: datetime
    is_taken: bool  # somebody works on it
    step: str  # empty: not begun, or not told
    done: int  # rows, of so many; of 0 it is not known
    of: int
    problems: list[tuple[str, dict[str, str]]]


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


def throw_away(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def throw_away_old(place: Path, now: datetime) -> int:
    """What nobody confirmed in time, and what was cut short while it arrived. Says how many."""
    gone = 0
    for folder in folders(place):
        said = None if folder.name.startswith(".") else noted(folder)
        try:
            if (ends_at(said) if said else touched(folder) + KEPT) <= now:
                shutil.rmtree(folder)
                gone += 1
        except FileNotFoundError:  # another worker was first
            continue
    return gone


def touched(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def kept_until() -> str:
    """For what is noted or asked now."""
    return (clock.now() + KEPT).isoformat()


def noted(folder: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        told: dict[str, Any] = json.loads((folder / FOUND).read_text(encoding="utf-8"))
        return told
    return None


def ends_at(told: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(told["ends_at"])


def find(place: Path, of: object, by: object, token: str) -> tuple[Path, dict[str, Any]]:
    """Their own, as long as it is kept, and what was found in it. Of anybody else's nobody learns that it is there."""
    folder = folder_of(place, of, by, token)
    told = noted(folder) if TOKEN.fullmatch(token) else None
    if told is None or ends_at(told) <= clock.now():
        raise NotFound(token[:32])
    return folder, told


# --- big ones ---


def ask(folder: Path, asked: dict[str, Any]) -> None:
    """Leave it to the job. `asked` says its name and size, and what else the job must know."""
    write(folder, ASKED, asked)
    (folder / FOUND).unlink(missing_ok=True)


def tell(folder: Path, step: str, done: int = 0, of: int = 0) -> None:
    """How far the job is."""
    write(folder, PROGRESS, {"step": step, "done": done, "of": of})


def look_at_what_waits(place: Path, now: datetime, look: Callable[[Path, dict[str, Any]], object]) -> int:
    """Have each looked at that nobody works on; how many. Of two workers one takes it; what is `Invalid` is noted."""
    looked = 0
    for folder in folders(place):
        taken = folder / TAKEN
        with suppress(FileNotFoundError):
            if touched(taken) + LOST <= now:
                taken.replace(folder / ASKED)
        try:
            (folder / ASKED).replace(taken)
            taken.touch()
            asked = json.loads(taken.read_text(encoding="utf-8"))
        except FileNotFoundError:  # nothing is asked, another was first, or it is thrown away
            continue
        try:
            look(folder, asked)
        except Invalid as wrong:
            said = [(each.field, in_each_language(each.text)) for each in wrong.problems]
            write(folder, FAILED, asked | {"problems": said})
        for name in (TAKEN, PROGRESS):
            (folder / name).unlink(missing_ok=True)
        looked += 1
    return looked


def waiting(place: Path, of: object, by: object, token: str) -> Waiting | None:
    """Their own big one, before it is looked at or when it could not be."""
    folder = folder_of(place, of, by, token)
    for name in (ASKED, TAKEN, FAILED) if TOKEN.fullmatch(token) else ():
        with suppress(FileNotFoundError):
            told, since = json.loads((folder / name).read_text(encoding="utf-8")), touched(folder / name)
            step: dict[str, Any] = {"step": "", "done": 0, "of": 0}
            with suppress(FileNotFoundError):
                step = json.loads((folder / PROGRESS).read_text(encoding="utf-8"))
            return Waiting(
                token, folder, told["name"], told["size"], since, name == TAKEN,
                step["step"], step["done"], step["of"], told.get("problems", []),
            )  # fmt: skip
    return None
