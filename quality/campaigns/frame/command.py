"""What `mingcha frame import` prints."""

from __future__ import annotations

import json
from pathlib import Path

import click

from quality.campaigns.frame import import_frame
from quality.campaigns.frame.headings import NOTHING, read_mapping
from quality.campaigns.frame.noted import note
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

MAY_BE_CUT_OFF = _("The last line of the file has no end: it may have been cut off; compare the number of rows")


def print_import(source: Path, folder: Path, mapping: Path | None = None) -> None:
    report = import_frame(source, folder, _read(mapping) if mapping else NOTHING)
    note(report, folder)
    click.echo(
        _(
            "Rows: %(rows)s, frozen: %(frozen)s, refused: %(refused)s",
            rows=report.rows,
            frozen=report.accepted,
            refused=report.refused,
        )
    )
    if report.ends_open:
        click.echo(str(MAY_BE_CUT_OFF), err=True)
    for problem in report.problems:
        shown = problem.as_problem()
        click.echo(f"{shown.field}: {shown.text}")
    if report.refused_file:
        click.echo(_("All refused rows: %(path)s", path=str(report.refused_file)))
    click.echo(f"sha256 {report.sha256}\n{report.path}")


def _read(mapping: Path) -> dict[str, str]:
    try:
        told = json.loads(mapping.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as problem:
        raise Invalid(FieldProblem("map", "bad_mapping", _("Write the file as JSON in UTF-8"))) from problem
    return read_mapping(told, "map")
