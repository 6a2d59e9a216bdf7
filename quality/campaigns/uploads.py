"""Frame files that were uploaded and not taken in yet: each kept in a folder of its own, for its sender only.

Nothing of them is in the database before `take_in`. A folder holds the file as it came, its good rows as Parquet, its
problems, and what the dry run found (core/shelf.py). A big file is looked at by a job.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.categories import known_categories
from quality.campaigns.design import parse_design
from quality.campaigns.frame import REFUSALS, Demands, ImportReport, keep
from quality.campaigns.frame.annotated import annotate
from quality.campaigns.frame.dry_run import REFUSED, DryRun, dry_run, read_dry_run
from quality.campaigns.frame.headings import NOTHING, meaning
from quality.campaigns.frame.kept import HASHES, PORTRAIT, SIZES, bring, hash_of
from quality.campaigns.frame.portrait import portrait_of
from quality.campaigns.frame.several import Given, together
from quality.campaigns.models import Campaign, Frame, FrameSource, LayerKind
from quality.campaigns.operations import design_for_another, known_platforms, layers_of, set_frame
from quality.core import clock, shelf
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.shelf import Waiting
from quality.core.words import _, in_each_language
from quality.core.workflow import stale
from quality.people.actor import Actor

FOLDER = "uploads"  # in the folder of frames
MOST_BYTES = 256 << 20  # of one file
TOO_BIG = _("Send at most %(most)s MB; a larger frame is imported on the server", most=MOST_BYTES >> 20)
KINDS = {".csv", ".xlsx", ".parquet"}
# what stays the same however often it is looked at
OF_THE_FILE = ("name", "size", "kind", "source_id", "mapping", "files", "expected", "renamed")
MOST_FILES = 20  # of one frame
STEPS = 3  # of a look: its rows, what they look like together, the hash of frame.csv
BEGINS = "begins.json"  # the heading and the first rows
# bytes looked at within the request: some ten thousand rows; what is bigger goes to the job, which says how far it is
SOON = {".csv": 4 << 20, ".parquet": 2 << 20, ".xlsx": 512 << 10}


class Upload(NamedTuple):
    """`version` is that of the campaign when the file was looked at: its strata and platforms were asked of it."""

    token: str
    folder: Path
    version: int
    name: str  # of the file, as its sender called it
    size: int  # bytes
    ends_at: datetime
    run: DryRun
    kind: str  # the end of the file's name: a frame that is there is Parquet, whatever file it came from
    source_id: int | None  # where the file comes from, if its sender said so
    mapping: dict[str, str]  # what was said of its headings
    files: list[Given]  # one, or the several that are one frame
    expected: int | None  # rows, as its sender counts
    renamed: dict[str, str]  # what categories are to be called

    @property
    def is_open(self) -> bool:
        """Whether something was found that is no mistake for certain."""
        return bool(self.run.strange.rows or self.run.lacking or self.run.open_ends)


class Sheet(NamedTuple):
    """How a file that was sent begins, and what is said of its headings."""

    folder: Path
    told: dict[str, Any]
    heading: list[str]
    rows: list[list[str]]  # the first of them

    @property
    def mapping(self) -> dict[str, str]:
        return dict(self.told.get("mapping") or {})


def receive(
    session: Session,
    campaign: Campaign,
    sent: BinaryIO,
    name: str,
    *,
    by: Actor,
    frames: Path,
    source: FrameSource | None = None,
    mapping: Mapping[str, str] = NOTHING,
    waits_for_columns: bool = False,
    more: Sequence[tuple[BinaryIO, str]] = (),
    expected: int | None = None,
    renamed: Mapping[str, str] = NOTHING,
) -> str:
    """Keep a file, or with `more` several that are one frame, and look at it, or, if it is big, leave that to the job;
    its token.

    What headings mean is told by `mapping`, and else as it is remembered of the `source`. One that is no table, or asks
    for too much, is `Invalid` and not kept. One that lacks a column only, while some of its headings are understood,
    is kept if it `waits_for_columns`: its sender says on the next page what the others mean.
    """
    known = dict(source.mapping if source else {}) | dict(mapping)
    files = [(sent, name), *more]
    if any(kind_of(each) not in KINDS for _sent, each in files):
        raise Invalid(FieldProblem("file", "unknown_table", _("Send a table as CSV, XLSX or Parquet")))
    if len(files) > MOST_FILES:
        raise Invalid(FieldProblem("file", "too_many_files", _("Send at most %(most)s files", most=MOST_FILES)))

    def fill(folder: Path) -> None:
        size, kept = 0, []
        for place, (stream, each) in enumerate(files):
            size += shelf.keep(stream, folder / _source(place, kind_of(each)), MOST_BYTES - size, TOO_BIG)
            kept.append([each, kind_of(each)])
        told: dict[str, Any] = {"name": together(_names([each for each, _kind in kept])), "size": size, "files": kept}
        told |= {"kind": kind_of(name), "mapping": known, "expected": expected, "renamed": dict(renamed)}
        told["source_id"] = source.id if source else None
        try:
            _look_or_ask(session, campaign, folder, told)
            if source and mapping:
                _remember(source, mapping)
        except Invalid as wrong:
            if not waits_for_columns or not _lacks_a_column_only(folder, wrong):
                raise
            _fail(folder, told | {"version": campaign.version, "ends_at": shelf.kept_until()}, wrong)

    return shelf.put(frames / FOLDER, campaign.id, by.id, fill)


def _source(place: int, kind: str) -> str:
    return f"source{kind}" if not place else f"source-{place + 1}{kind}"


def _names(names: Sequence[str]) -> list[str]:
    """Each by another name, though two may be called the same."""
    return [each if names.count(each) == 1 else f"{each} ({place})" for place, each in enumerate(names, 1)]


def _files(folder: Path, told: dict[str, Any]) -> list[Given]:
    files = told.get("files") or [[told["name"], _kind(told)]]
    names = _names([name for name, _kind in files])
    return [Given(folder / _source(place, kind), names[place]) for place, (_name, kind) in enumerate(files)]


def choose(session: Session, campaign: Campaign, frame: Frame, *, by: Actor, frames: Path) -> str:
    """Look at a frame that the agency has already as if it came anew: this plan may ask more of it. Its token."""
    stored = frames / f"{frame.sha256}.parquet"
    if not stored.is_file():
        raise Invalid(FieldProblem("frame", "not_there", _("The file of this frame is not kept here any more")))

    def fill(folder: Path) -> None:
        _link(stored, folder / "source.parquet")
        told = {"name": frame.name, "size": stored.stat().st_size, "kind": ".parquet", "source_id": frame.source_id}
        _look_or_ask(session, campaign, folder, told)

    return shelf.put(frames / FOLDER, campaign.id, by.id, fill)


def _link(stored: Path, path: Path) -> None:
    try:
        os.link(stored, path)
    except OSError:  # a file system without links
        shutil.copyfile(stored, path)


def look_again(session: Session, campaign: Campaign, upload: Upload, renamed: Mapping[str, str] = NOTHING) -> None:
    """The same file against the plan as it is now, with what else its sender says of its categories."""
    told = {name: getattr(upload, name) for name in OF_THE_FILE}
    told["files"] = [[given.name, given.path.suffix] for given in upload.files]
    followed = {old: renamed.get(new, new) for old, new in upload.renamed.items()}
    _look_or_ask(session, campaign, upload.folder, told | {"renamed": dict(renamed) | followed})


def sheet_of(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Sheet:
    """How their own file begins, once it was looked at, whatever came of it."""
    folder = shelf.folder_of(frames / FOLDER, campaign.id, by.id, token)
    for name in (shelf.FAILED, shelf.FOUND) if shelf.TOKEN.fullmatch(token) else ():
        with suppress(FileNotFoundError):
            told = json.loads((folder / name).read_text(encoding="utf-8"))
            begins = json.loads((folder / BEGINS).read_text(encoding="utf-8"))
            return Sheet(folder, told, begins["heading"], begins["rows"])
    raise NotFound(token[:32])


def say_columns(session: Session, campaign: Campaign, sheet: Sheet, mapping: Mapping[str, str]) -> None:
    """Look at it once more with what its sender says of its headings; a file's source remembers that."""
    told = {name: sheet.told.get(name) for name in OF_THE_FILE} | {"mapping": dict(mapping), "kind": _kind(sheet.told)}
    try:
        _look_or_ask(session, campaign, sheet.folder, told)
    except Invalid as wrong:
        _fail(sheet.folder, told | {"version": campaign.version, "ends_at": shelf.kept_until()}, wrong)
        raise
    (sheet.folder / shelf.FAILED).unlink(missing_ok=True)
    if source := session.get(FrameSource, told["source_id"] or 0):
        _remember(source, mapping)


def _remember(source: FrameSource, mapping: Mapping[str, str]) -> None:
    source.mapping = dict(source.mapping) | dict(mapping)
    source.used_at = clock.now()


def _lacks_a_column_only(folder: Path, wrong: Invalid) -> bool:
    codes = {problem.code for problem in wrong.problems}
    if not codes <= {"column_missing", "column_doubled"} or not (folder / BEGINS).is_file():
        return False
    return any(map(meaning, json.loads((folder / BEGINS).read_text(encoding="utf-8"))["heading"]))


def _fail(folder: Path, told: dict[str, Any], wrong: Invalid) -> None:
    said = [(each.field, in_each_language(each.text)) for each in wrong.problems]
    shelf.write(folder, shelf.FAILED, told | {"problems": said})
    (folder / shelf.FOUND).unlink(missing_ok=True)


def _look_or_ask(session: Session, campaign: Campaign, folder: Path, told: dict[str, Any]) -> None:
    design = design_for_another(session, campaign)
    asked = told | {
        "version": campaign.version,
        "ends_at": shelf.kept_until(),
        "strata": design.columns,
        "design": design.canonical_json(),
        "platforms": list(known_platforms(session)),
        "cap_fen": None if campaign.price_cap_fen is None else campaign.price_cap_fen // campaign.pieces,  # of one
        "categories": known_categories(session, campaign),
    }
    if told["size"] <= SOON[told["kind"]]:
        _look(folder, asked)
    else:
        shelf.ask(folder, asked)


def _look(folder: Path, asked: dict[str, Any]) -> None:
    def begins(heading: Sequence[str], rows: list[list[str]]) -> None:
        shelf.write(folder, BEGINS, {"heading": list(heading), "rows": rows})

    mapping = asked.get("mapping") or {}
    design = parse_design(asked["design"]) if "design" in asked else None  # none: it waits since before this was asked
    demands = Demands(
        tuple(asked["strata"]),
        tuple(asked["platforms"]),
        mapping,
        begins,
        size=design.size if design else "",
        expected=asked.get("expected"),
        categories=asked.get("categories"),
        renamed=asked.get("renamed") or {},
    )
    shelf.tell(folder, "rows", 0, STEPS)
    run = dry_run(_files(folder, asked), folder, demands, asked["cap_fen"])
    if run.sha256:
        frozen = folder / f"{run.sha256}.parquet"
        shelf.tell(folder, "profile", 1, STEPS)
        portrait_of(frozen)
        shelf.tell(folder, "hash", 2, STEPS)
        if design:
            hash_of(frozen, design.reads)
    (folder / shelf.PROGRESS).unlink(missing_ok=True)
    kept = {name: asked.get(name) for name in ("version", "ends_at", *OF_THE_FILE)}
    shelf.write(folder, shelf.FOUND, kept | {"run": json.loads(run.as_json())})


def look_at_what_waits(frames: Path, now: datetime) -> int:
    return shelf.look_at_what_waits(frames / FOLDER, now, _look)


def waiting(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Waiting | None:
    return shelf.waiting(frames / FOLDER, campaign.id, by.id, token)


def find(campaign: Campaign, token: str, *, by: Actor, frames: Path) -> Upload:
    """Their own, of this campaign, as long as it is kept."""
    folder, told = shelf.find(frames / FOLDER, campaign.id, by.id, token)
    ends_at, run = shelf.ends_at(told), read_dry_run(told["run"])
    name, size = told["name"], told["size"]
    said = told.get("mapping") or {}
    return Upload(
        token, folder, told["version"], name, size, ends_at, run, _kind(told), told.get("source_id"), said,
        _files(folder, told), told.get("expected"), told.get("renamed") or {},
    )  # fmt: skip


def _kind(told: dict[str, Any]) -> str:
    """Of what was sent before this was noted, the name says it."""
    return told.get("kind") or kind_of(told["name"])


def annotated(upload: Upload, out: Path, place: int = 0) -> str:
    """Write the file at this place with its reasons; returns its media type. `NotFound` where there is none."""
    if not 0 <= place < len(upload.files):
        raise NotFound(str(place))
    of_several = place if len(upload.files) > 1 else None
    return annotate(upload.files[place].path, upload.folder / REFUSED, out, upload.run.named, of_several)


def is_taken_in(campaign: Campaign, upload: Upload) -> bool:
    """Whether its good rows are the campaign's frame already."""
    return upload.run.sha256 is not None and campaign.frame_sha256 == upload.run.sha256


def clears_scores(session: Session, campaign: Campaign, upload: Upload) -> bool:
    """Whether taking it in takes scores away: they are those of the frame before."""
    return LayerKind.SCORES in layers_of(session, campaign) and not is_taken_in(campaign, upload)


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
        strange=run.strange,
        renamed=upload.renamed,
    )
    bring(upload.folder / path.name, frames, HASHES, SIZES, PORTRAIT)
    given = upload.source_id
    set_frame(session, campaign, imported, by=by, frames=frames, version=version, source_id=given)


def throw_away_old(frames: Path, now: datetime) -> int:
    return shelf.throw_away_old(frames / FOLDER, now)


def kind_of(name: str) -> str:
    return Path(name).suffix.lower()
