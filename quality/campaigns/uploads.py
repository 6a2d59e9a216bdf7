"""Frame files that were uploaded and not taken in yet: each kept in a folder of its own, for its sender only.

Nothing of them is in the database before `take_in`. A folder holds the file as it came, its good rows as Parquet, its
problems, and what the dry run found; its name says of which campaign and person it is, so that nobody else finds it.
A big file is looked at by a job: its folder holds what is asked of it, then who takes it, then what was found or why
nothing could be.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.frame import REFUSALS, Demands, ImportReport, keep
from quality.campaigns.frame.annotated import annotate
from quality.campaigns.frame.dry_run import REFUSED, DryRun, dry_run, read_dry_run
from quality.campaigns.models import Campaign
from quality.campaigns.operations import known_platforms, set_frame
from quality.core import clock, shelf
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _, in_each_language
from quality.core.workflow import stale
from quality.people.actor import Actor

FOLDER = "uploads"  # in the folder of frames
MOST_BYTES = 256 << 20  # of one file
TOO_BIG = _("Send at most %(most)s MB; a larger frame is imported on the server", most=MOST_BYTES >> 20)
KINDS = {".csv", ".xlsx", ".parquet"}
FOUND = "upload.json"
ASKED, TAKEN, FAILED = "asked.json", "taken.json", "failed.json"  # of a big one, in this order
SOON = {".csv": 32 << 20, ".parquet": 32 << 20, ".xlsx": 4 << 20}  # bytes that are looked at in a second or two
LOST = timedelta(minutes=15)  # after which nobody works on what was taken any more


class Upload(NamedTuple):
    """`version` is that of the campaign when the file was looked at: its strata and platforms were asked of it."""

    token: str
    folder: Path
    version: int
    name: str  # of the file, as its sender called it
    size: int  # bytes
    ends_at: datetime
    run: DryRun

    @property
    def source(self) -> Path:
        return self.folder / f"source{kind_of(self.name)}"


class Waiting(NamedTuple):
    """A big file that is not looked at yet, or that cannot be: `problems` say why, field and sentence."""

    token: str
    folder: Path
    name: str
    size: int  # bytes
    since: datetime
    is_taken: bool  # somebody works on it
    problems: list[tuple[str, dict[str, str]]]  # the sentence by its language


def receive(session: Session, campaign: Campaign, sent: BinaryIO, name: str, *, by: Actor, frames: Path) -> str:
    """Keep a file and look at it, or, if it is big, leave that to the job; its token.

    One that is no table, or asks for too much, is `Invalid` and not kept.
    """
    if kind_of(name) not in KINDS:
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as CSV, XLSX or Parquet")))

    def fill(folder: Path) -> None:
        size = shelf.keep(sent, folder / f"source{kind_of(name)}", MOST_BYTES, TOO_BIG)
        _look_or_ask(session, campaign, folder, name=name, size=size)

    return shelf.put(frames / FOLDER, campaign.id, by.id, fill)


def look_again(session: Session, campaign: Campaign, upload: Upload) -> None:
    """The same file against the plan as it is now."""
    _look_or_ask(session, campaign, upload.folder, name=upload.name, size=upload.size)


def _look_or_ask(session: Session, campaign: Campaign, folder: Path, *, name: str, size: int) -> None:
    asked = {
        "version": campaign.version,
        "name": name,
        "size": size,
        "ends_at": (clock.now() + shelf.KEPT).isoformat(),
        "strata": parse_design(campaign.design).strata,
        "platforms": list(known_platforms(session)),
        "cap_fen": campaign.price_cap_fen,
    }
    if size <= SOON[kind_of(name)]:
        _look(folder, asked)
    else:
        shelf.write(folder, ASKED, asked)
        (folder / FOUND).unlink(missing_ok=True)


def _look(folder: Path, asked: dict[str, Any]) -> None:
    demands = Demands(tuple(asked["strata"]), tuple(asked["platforms"]))
    run = dry_run(folder / f"source{kind_of(asked['name'])}", folder, demands, asked["cap_fen"])
    kept = {name: asked[name] for name in ("version", "name", "size", "ends_at")}
    shelf.write(folder, FOUND, kept | {"run": json.loads(run.as_json())})


def look_at_what_waits(frames: Path, now: datetime) -> int:
    """The dry run of each big file that nobody works on; how many. Of two workers one takes it."""
    looked = 0
    for folder in shelf.folders(frames / FOLDER):
        taken = folder / TAKEN
        with suppress(FileNotFoundError):
            if shelf.touched(taken) + LOST <= now:
                taken.replace(folder / ASKED)
        try:
            (folder / ASKED).replace(taken)
            taken.touch()
            asked = json.loads(taken.read_text(encoding="utf-8"))
        except FileNotFoundError:  # nothing is asked, another was first, or it is thrown away
            continue
        try:
            _look(folder, asked)
        except Invalid as wrong:
            said = [(each.field, in_each_language(each.text)) for each in wrong.problems]
            shelf.write(folder, FAILED, asked | {"problems": said})
        taken.unlink(missing_ok=True)
        looked += 1
    return looked


def waiting(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Waiting | None:
    """Their own big file, before it is looked at or when it could not be."""
    folder = folder_of(frames, campaign, by, token)
    for name in (ASKED, TAKEN, FAILED) if shelf.TOKEN.fullmatch(token) else ():
        with suppress(FileNotFoundError):
            told, since = json.loads((folder / name).read_text(encoding="utf-8")), shelf.touched(folder / name)
            return Waiting(token, folder, told["name"], told["size"], since, name == TAKEN, told.get("problems", []))
    return None


def find(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Upload:
    """Their own, of this campaign, as long as it is kept."""
    folder = folder_of(frames, campaign, by, token)
    upload = _read(folder, token) if shelf.TOKEN.fullmatch(token) else None
    if upload is None or upload.ends_at <= clock.now():
        raise NotFound(token[:32])
    return upload


def annotated(upload: Upload, out: Path) -> str:
    """Write the file with its reasons; returns its media type."""
    return annotate(upload.source, upload.folder / REFUSED, out, upload.run.named)


def is_taken_in(campaign: Campaign, upload: Upload) -> bool:
    """Whether its good rows are the campaign's frame already."""
    return upload.run.sha256 is not None and campaign.frame_sha256 == upload.run.sha256


def take_in(
    session: Session,
    campaign: Campaign,
    upload: Upload,
    *,
    by: Actor,
    leave_out: bool,
    frames: Path,
    version: int,
) -> None:
    """Make the good rows the campaign's frame: all rows, or with `leave_out` those that are right."""
    run = upload.run
    if version != campaign.version or upload.version != campaign.version:
        raise stale(session, campaign, min(version, upload.version))
    if run.sha256 is None:
        raise Invalid(FieldProblem("leave_out", "nothing_fits", _("No row fits: mend the file and upload it again")))
    if run.refused and not leave_out:
        raise Invalid(
            FieldProblem("leave_out", "wrong_rows", _("Say that the wrong rows are left out, or upload a mended file"))
        )
    path, sha256 = keep(upload.folder / f"{run.sha256}.parquet", frames, ".parquet")
    refusals = keep(upload.folder / run.refusals, frames, REFUSALS)[0] if run.refusals else None
    imported = ImportReport(
        source=upload.name,
        encoding=run.encoding,
        rows=run.rows,
        accepted=run.accepted,
        refused=run.refused,
        problems=run.problems,
        refused_file=refusals,
        path=path,
        sha256=sha256,
    )
    set_frame(session, campaign, imported, by=by, frames=frames, version=version)


def throw_away(upload: Upload | Waiting) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)


def throw_away_old(frames: Path, now: datetime) -> int:
    """What nobody confirmed in time, and what was cut short while it arrived. Says how many."""

    def ends_at(folder: Path) -> datetime | None:
        upload = _read(folder, folder.name.rpartition("-")[2])
        return upload.ends_at if upload else None

    return shelf.throw_away_old(frames / FOLDER, ends_at, now)


def kind_of(name: str) -> str:
    return Path(name).suffix.lower()


def folder_of(frames: Path, campaign: Campaign, by: Actor, token: str) -> Path:
    return shelf.folder_of(frames / FOLDER, campaign.id, by.id, token)


def _read(folder: Path, token: str) -> Upload | None:
    try:
        told = json.loads((folder / FOUND).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return Upload(
        token,
        folder,
        told["version"],
        told["name"],
        told["size"],
        datetime.fromisoformat(told["ends_at"]),
        read_dry_run(told["run"]),
    )
