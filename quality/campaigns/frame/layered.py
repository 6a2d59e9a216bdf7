"""The file that a draw reads where it is not the whole frame: rows are left out of it, columns are added to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from quality.campaigns.frame import keep
from quality.campaigns.frame.engine import Engine, engine, fetched, text
from quality.campaigns.frame.kept import read, write
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

if TYPE_CHECKING:
    from quality.campaigns.models import Campaign

LAYER, DRAWN = ".layer", ".drawn"  # Parquet too, after its sha256: but no frame of anybody's
LAYERED = ".layered.json"  # beside a frame: which file it became with which layers
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def stored(frames: Path, frame_sha256: str, drawn_from: str | None) -> Path:
    """The file that is drawn from, in the folder of frames."""
    return frames / (f"{drawn_from}{DRAWN}" if drawn_from else f"{frame_sha256}.parquet")


def file_to_draw(campaign: Campaign, frames: Path) -> Path:
    """Of a campaign that has a frame. Who looks for products or shops reads the whole frame instead."""
    return stored(frames, str(campaign.frame_sha256), campaign.drawn_from)


@contextmanager
def laying(frame: Path, *beside: Path) -> Iterator[Engine]:
    """A connection with the view `whole`, all columns of a frozen frame: for whoever works out a layer of it."""
    with engine(frame, *beside) as opened:
        opened.con.execute(f"CREATE VIEW whole AS FROM read_parquet({text(opened.source)})")
        yield opened


def keep_layer(opened: Engine, query: str, frames: Path) -> str:
    """Write what `query` brings, with `listing_id` first and once each, as a layer; its sha256."""
    made = opened.scratch / "layer"
    opened.con.execute(f"COPY ({query}) TO {text(made)} {PARQUET}")
    kept, sha256 = keep(made, frames, LAYER)
    kept.touch()  # as below
    return sha256


def layer_file(frames: Path, sha256: str) -> Path:
    return frames / f"{sha256}{LAYER}"


def layered(frame: Path, *, without: Sequence[str] = (), added: Sequence[str] = ()) -> str | None:
    """The sha256 of a frozen frame without the rows of the layers `without`, with the columns of those `added` to it,
    kept as `stored` says; None where that is the frame itself.

    A row that an added layer does not name has nothing in its columns. `Invalid` where no row remains, or where the
    frame has a column of that name already. It is worked out once: of a frame of millions by the job that worked out
    its layers, not while somebody waits for a page.
    """
    if not (without or added):
        return None
    key = " ".join([*without, "+", *added])
    known = read(frame, LAYERED)
    if key not in known or not stored(frame.parent, "", known[key]).is_file():
        known[key] = _laid(frame, without, added)
        write(frame, LAYERED, read(frame, LAYERED) | {key: known[key]})
    stored(frame.parent, "", known[key]).touch()  # else a job may throw it away before a campaign names it
    return str(known[key])


def _laid(frame: Path, without: Sequence[str], added: Sequence[str]) -> str:
    files = {sha256: layer_file(frame.parent, sha256).resolve() for sha256 in (*without, *added)}
    with laying(frame, *files.values()) as opened:
        columns, joins, there = ["whole.*"], [], _columns(opened, text(opened.source))
        for number, sha256 in enumerate(added):
            given = _columns(opened, text(files[sha256]))[1:]
            _refuse_doubled(given, there)
            there += given
            columns.append(f"a{number}.* EXCLUDE (listing_id)")
            joins.append(f"LEFT JOIN read_parquet({text(files[sha256])}) a{number} USING (listing_id)")
        gone = "".join(
            f" ANTI JOIN read_parquet({text(files[sha256])}) g{number} USING (listing_id)"
            for number, sha256 in enumerate(without)
        )
        made = opened.scratch / "drawn"
        query = f"SELECT {', '.join(columns)} FROM (FROM whole{gone}) AS whole {' '.join(joins)}"
        [(rows,)] = opened.con.execute(f"COPY ({query}) TO {text(made)} {PARQUET}").fetchall()
        if not rows:
            raise Invalid(FieldProblem("frame", "nothing_left", _("Nothing remains of the frame to be drawn from")))
        return keep(made, frame.parent, DRAWN)[1]


def _columns(opened: Engine, file: str) -> list[str]:
    opened.con.execute(f"SELECT column_name FROM (DESCRIBE FROM read_parquet({file}))")
    return [str(row[0]) for row in fetched(opened.con)]


def _refuse_doubled(given: Sequence[str], there: Sequence[str]) -> None:
    seen = {column.casefold() for column in there}
    wrong = [column for column in given if column.casefold() in seen]
    if wrong:
        said = _("The frame has a column %(column)s of its own: give it another name", column=wrong[0])
        raise Invalid(FieldProblem(wrong[0], "column_doubled", said))
