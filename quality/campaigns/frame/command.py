"""What `mingcha frame import` prints."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from quality.campaigns.frame import ImportReport, import_frame
from quality.campaigns.frame.engine import Engine
from quality.campaigns.frame.headings import NOTHING, read_mapping
from quality.campaigns.frame.noted import note
from quality.campaigns.frame.several import unwatched
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.workbooks.texts import BLANKS

MAY_BE_CUT_OFF = _("The last line of the file has no end: it may have been cut off; compare the number of rows")
SECONDS = 0.5  # between two looks at how far it is
LINE = "\r\x1b[K"  # to the beginning of the terminal's line, and nothing in it


def print_import(
    sources: Sequence[Path],
    folder: Path,
    mapping: Path | None = None,
    categories: Path | None = None,
    expected: int | None = None,
) -> None:
    """Counts, reasons, files and sha256 go to stdout; what a person should look at, and how far it is, to stderr."""
    report = import_frame(
        sources,
        folder,
        _read(mapping) if mapping else NOTHING,
        categories=_read_categories(categories) if categories else None,
        expected=expected,
        watch=watched if sys.stderr.isatty() else unwatched,
    )
    note(report, folder)
    click.echo(
        _(
            "Rows: %(rows)s, frozen: %(frozen)s, refused: %(refused)s",
            rows=report.rows,
            frozen=report.accepted,
            refused=report.refused,
        )
    )
    for said in _to_look_at(report):
        click.echo(str(said), err=True)
    for problem in report.problems:
        shown = problem.as_problem()
        click.echo(f"{shown.field}: {shown.text}")
    if report.refused_file:
        click.echo(_("All refused rows: %(path)s", path=str(report.refused_file)))
    for path in report.to_mend:
        click.echo(_("The same as they were, to be mended: %(path)s", path=str(path)))
    click.echo(f"sha256 {report.sha256}\n{report.path}")


def _to_look_at(report: ImportReport) -> Iterator[Text]:
    """What is no mistake for certain."""
    if len(report.open_ends) == 1 and report.source == report.open_ends[0]:
        yield MAY_BE_CUT_OFF
    else:
        yield from (_("%(file)s: %(what)s", file=file, what=MAY_BE_CUT_OFF) for file in report.open_ends)
    for file, column in report.lacking:
        yield _("%(file)s has no column %(column)s: it is empty in its rows", file=file, column=column)
    for category, rows, nearest in report.strange.categories:
        if nearest:
            yield _(
                "Category %(name)s is not in the list, in %(rows)s rows; is it %(other)s?",
                name=category,
                rows=rows,
                other=nearest,
            )
        else:
            yield _("Category %(name)s is not in the list, in %(rows)s rows", name=category, rows=rows)
    if report.strange.more:
        yield _("%(count)s further categories are not in the list", count=report.strange.more)


@contextmanager
def watched(opened: Engine, name: str) -> Iterator[None]:
    """A line on the terminal that says which file is read and how far that is; it is gone when the file is read."""
    is_done, said = threading.Event(), _("Looking at %(file)s", file=name)

    def say() -> None:
        while not is_done.wait(SECONDS):
            percent = opened.con.query_progress()
            far = f" {percent:.0f} %" if percent >= 0 else ""
            click.echo(f"{LINE}{said}{far}", nl=False, err=True)

    watching = threading.Thread(target=say, daemon=True)
    click.echo(f"{LINE}{said}", nl=False, err=True)
    watching.start()
    try:
        yield
    finally:
        is_done.set()
        watching.join()
        click.echo(LINE, nl=False, err=True)


def _read(mapping: Path) -> dict[str, str]:
    try:
        told = json.loads(mapping.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as problem:
        raise Invalid(FieldProblem("map", "bad_mapping", _("Write the file as JSON in UTF-8"))) from problem
    return read_mapping(told, "map")


def _read_categories(listed: Path) -> list[str]:
    try:
        lines = listed.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as problem:
        text = _("Write the categories in UTF-8, one a line")
        raise Invalid(FieldProblem("categories", "bad_categories", text)) from problem
    found = [each for line in lines if (each := line.strip(BLANKS))]
    if not found:
        raise Invalid(FieldProblem("categories", "empty", _("Write the categories in UTF-8, one a line")))
    return found
