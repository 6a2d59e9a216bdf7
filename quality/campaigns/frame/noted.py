"""What an import found, written beside the frame: the command has no database to tell it to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from quality.campaigns.frame.engine import engine, text

if TYPE_CHECKING:
    from quality.campaigns.frame import ImportReport

SAID = ".import.json"  # after the sha256


class Counted(NamedTuple):
    """What a file was, without the file."""

    name: str
    encoding: str
    rows: int
    accepted: int
    refused_file: str | None


def note(imported: ImportReport, frames: Path) -> None:
    """Write beside a frame what its import found: the command has no database to tell it to."""
    beside = frames / f"{imported.sha256}{SAID}"
    if not beside.exists():
        told: dict[str, Any] = {
            "name": imported.source,
            "encoding": imported.encoding,
            "rows": imported.rows,
            "accepted": imported.accepted,
            "refused_file": imported.refused_file.name if imported.refused_file else None,
        }
        arriving = beside.with_name(f".{beside.name}")
        arriving.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        arriving.replace(beside)


def counted(stored: Path) -> Counted:
    """As it was noted; a frame that was imported before there were notes is counted."""
    beside = stored.with_name(stored.name.removesuffix(".parquet") + SAID)
    if beside.is_file():
        said = Counted(**json.loads(beside.read_text(encoding="utf-8")))
        is_there = said.refused_file and (stored.parent / said.refused_file).is_file()
        return said if is_there else said._replace(refused_file=None)
    rows = rows_of(stored)
    return Counted(f"{stored.name[:12]}.parquet", "parquet", rows, rows, None)


def rows_of(frame: Path) -> int:
    with engine(frame) as opened:
        asked = f"SELECT count(*) FROM read_parquet({text(opened.source)})"
        return int(opened.con.execute(asked).fetchall()[0][0])
