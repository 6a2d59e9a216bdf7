"""A table between the look and the decision: kept for its sender (core/shelf.py), as it was sent and as it was read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from quality.core import shelf
from quality.core.errors import NotFound
from quality.core.words import Text, _
from quality.people.actor import Actor
from quality.workbooks.columns import Columns
from quality.workbooks.reading import Table, read, read_again, refuse_other_kinds

TABLE = "table.json"


@dataclass(frozen=True)
class Kept:
    """One that was read. `told` is what else its room noted."""

    columns: Columns
    token: str
    folder: Path
    name: str  # of the file, as its sender called it
    size: int  # bytes
    ends_at: datetime
    kind: str  # xlsx, or the encoding of a CSV
    own: list[str]  # headings that are not read
    told: dict[str, Any]

    @property
    def source(self) -> Path:
        return source_of(self.folder, self.name)

    @property
    def table(self) -> Table:
        """As it was read when it was looked at."""
        return read_again(self.folder / TABLE, self.columns)


def source_of(folder: Path, name: str) -> Path:
    return folder / f"source{Path(name).suffix.lower()}"


def too_big(columns: Columns) -> Text:
    return _("Send at most %(most)s MB", most=columns.most_bytes >> 20)


def receive(
    sent: BinaryIO, name: str, columns: Columns, *, by: Actor, place: Path, then: Callable[[Path, int], object]
) -> str:
    """Keep a file, and `then` look at it: in which folder it is, and its size; its token.

    What is `Invalid` is not kept.
    """
    refuse_other_kinds(name)

    def fill(folder: Path) -> None:
        then(folder, shelf.keep(sent, source_of(folder, name), columns.most_bytes, too_big(columns)))

    return shelf.put(place, by.organisation_id, by.id, fill)


def look(folder: Path, name: str, columns: Columns) -> Table:
    """Read what is kept, and keep that too."""
    return read(source_of(folder, name), name, columns, folder / TABLE)


def note(folder: Path, table: Table, *, name: str, size: int, ends_at: str = "", **told: Any) -> None:
    """It can be found from now on."""
    of_the_file = {"name": name, "size": size, "kind": table.kind, "own": table.own}
    shelf.write(folder, shelf.FOUND, of_the_file | {"ends_at": ends_at or shelf.kept_until(), "told": told})


def note_again(kept: Kept, **told: Any) -> None:
    before = shelf.noted(kept.folder) or {}
    shelf.write(kept.folder, shelf.FOUND, before | {"told": kept.told | told})


def find(token: str, columns: Columns, *, by: Actor, place: Path) -> Kept:
    """Their own, as long as it is kept."""
    folder, noted = shelf.find(place, by.organisation_id, by.id, token)
    if "told" not in noted:  # an earlier program's
        raise NotFound(token[:32])
    ends_at = datetime.fromisoformat(noted.pop("ends_at"))
    return Kept(columns=columns, token=token, folder=folder, ends_at=ends_at, **noted)


def read_at_once(sent: BinaryIO, name: str, columns: Columns) -> Table:
    """Without keeping it."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        source = Path(folder) / "source"
        shelf.keep(sent, source, columns.most_bytes, too_big(columns))
        return read(source, name, columns)
