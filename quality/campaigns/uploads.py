"""Frame files that were uploaded and not taken in yet: each kept in a folder of its own, for its sender only.

Nothing of them is in the database before `take_in`. A folder holds the file as it came, its good rows as Parquet, its
problems, and what the dry run found; its name says of which campaign and person it is, so that nobody else finds it.
A big file is looked at by a job: its folder holds what is asked of it, then who takes it, then what was found or why
nothing could be.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from flask_babel import force_locale
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.frame import REFUSALS, Demands, ImportReport, keep
from quality.campaigns.frame.annotated import annotate
from quality.campaigns.frame.dry_run import REFUSED, DryRun, dry_run, read_dry_run
from quality.campaigns.models import Campaign
from quality.campaigns.operations import known_platforms, set_frame
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import Text, _
from quality.core.workflow import stale
from quality.people.actor import Actor

FOLDER = "uploads"  # in the folder of frames
KEPT = timedelta(days=1)
MOST_BYTES = 256 << 20  # of one file
MOST_KEPT = 3  # uploads of one person: the oldest goes
KINDS = {".csv", ".xlsx", ".parquet"}
CHUNK = 1 << 20
TOKEN = re.compile(r"[0-9a-f]{32}")
FOUND = "upload.json"
ASKED, TAKEN, FAILED = "asked.json", "taken.json", "failed.json"  # of a big one, in this order
SOON = {".csv": 32 << 20, ".parquet": 32 << 20, ".xlsx": 4 << 20}  # bytes that are looked at in a second or two
LOST = timedelta(minutes=15)  # after which nobody works on what was taken any more
LANGUAGES = ("zh", "en")


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
    token = secrets.token_hex(16)
    folder = folder_of(frames, campaign, by, token)
    arriving = folder.with_name(f".{folder.name}")  # found by nobody before it is whole
    arriving.mkdir(parents=True, mode=0o700)
    try:
        size = _keep(sent, arriving / f"source{kind_of(name)}")
        _look_or_ask(session, campaign, arriving, name=name, size=size)
        arriving.replace(folder)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    _throw_away_the_oldest(frames, by)
    return token


def look_again(session: Session, campaign: Campaign, upload: Upload) -> None:
    """The same file against the plan as it is now."""
    _look_or_ask(session, campaign, upload.folder, name=upload.name, size=upload.size)


def _look_or_ask(session: Session, campaign: Campaign, folder: Path, *, name: str, size: int) -> None:
    asked = {
        "version": campaign.version,
        "name": name,
        "size": size,
        "ends_at": (clock.now() + KEPT).isoformat(),
        "strata": parse_design(campaign.design).strata,
        "platforms": list(known_platforms(session)),
        "cap_fen": campaign.price_cap_fen,
    }
    if size <= SOON[kind_of(name)]:
        _look(folder, asked)
    else:
        _write(folder, ASKED, asked)
        (folder / FOUND).unlink(missing_ok=True)


def _look(folder: Path, asked: dict[str, Any]) -> None:
    demands = Demands(tuple(asked["strata"]), tuple(asked["platforms"]))
    run = dry_run(folder / f"source{kind_of(asked['name'])}", folder, demands, asked["cap_fen"])
    kept = {name: asked[name] for name in ("version", "name", "size", "ends_at")}
    _write(folder, FOUND, kept | {"run": json.loads(run.as_json())})


def _write(folder: Path, name: str, told: dict[str, Any]) -> None:
    """Whole or not at all."""
    written = folder / f".{name}"
    written.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    written.replace(folder / name)


def look_at_what_waits(frames: Path, now: datetime) -> int:
    """The dry run of each big file that nobody works on; how many. Of two workers one takes it."""
    looked = 0
    for folder in _folders(frames):
        taken = folder / TAKEN
        with suppress(FileNotFoundError):
            if _touched(taken) + LOST <= now:
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
            _write(folder, FAILED, asked | {"problems": [(each.field, _said(each.text)) for each in wrong.problems]})
        taken.unlink(missing_ok=True)
        looked += 1
    return looked


def _said(text: Text) -> dict[str, str]:
    """In every language, because who will read it is not here."""
    said = {}
    for language in LANGUAGES:
        with force_locale(language):
            said[language] = str(text)
    return said


def waiting(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Waiting | None:
    """Their own big file, before it is looked at or when it could not be."""
    folder = folder_of(frames, campaign, by, token)
    for name in (ASKED, TAKEN, FAILED) if TOKEN.fullmatch(token) else ():
        with suppress(FileNotFoundError):
            told, since = json.loads((folder / name).read_text(encoding="utf-8")), _touched(folder / name)
            return Waiting(token, folder, told["name"], told["size"], since, name == TAKEN, told.get("problems", []))
    return None


def find(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Upload:
    """Their own, of this campaign, as long as it is kept."""
    folder = folder_of(frames, campaign, by, token)
    upload = _read(folder, token) if TOKEN.fullmatch(token) else None
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
    gone = 0
    for folder in _folders(frames):
        upload = None if folder.name.startswith(".") else _read(folder, folder.name.rpartition("-")[2])
        with suppress(FileNotFoundError):  # another worker was first
            ends_at = upload.ends_at if upload else _touched(folder) + KEPT
            if ends_at <= now:
                shutil.rmtree(folder)
                gone += 1
    return gone


def kind_of(name: str) -> str:
    return Path(name).suffix.lower()


def folder_of(frames: Path, campaign: Campaign, by: Actor, token: str) -> Path:
    return frames / FOLDER / f"{campaign.id}-{by.id}-{token}"


def _folders(frames: Path) -> Iterator[Path]:
    place = frames / FOLDER
    return iter(sorted(place.iterdir()) if place.is_dir() else [])


def _keep(sent: BinaryIO, path: Path) -> int:
    size = 0
    with path.open("wb") as kept:
        while chunk := sent.read(CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                most = _("Send at most %(most)s MB; a larger frame is imported on the server", most=MOST_BYTES >> 20)
                raise Invalid(FieldProblem("file", "too_big", most))
            kept.write(chunk)
    return size


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


def _throw_away_the_oldest(frames: Path, by: Actor) -> None:
    own = [each for each in _folders(frames) if re.fullmatch(rf"\d+-{by.id}-[0-9a-f]{{32}}", each.name)]
    for folder in sorted(own, key=_touched)[:-MOST_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _touched(folder: Path) -> datetime:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
