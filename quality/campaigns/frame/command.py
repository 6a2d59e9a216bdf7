"""What `mingcha frame import` prints."""

from __future__ import annotations

from pathlib import Path

import click

from quality.campaigns.frame import import_frame
from quality.campaigns.frame.noted import note
from quality.core.words import _


def print_import(source: Path, folder: Path) -> None:
    report = import_frame(source, folder)
    note(report, folder)
    click.echo(
        _(
            "Rows: %(rows)s, frozen: %(frozen)s, refused: %(refused)s",
            rows=report.rows,
            frozen=report.accepted,
            refused=report.refused,
        )
    )
    for problem in report.problems:
        shown = problem.as_problem()
        click.echo(f"{shown.field}: {shown.text}")
    if report.refused_file:
        click.echo(_("All refused rows: %(path)s", path=str(report.refused_file)))
    click.echo(f"sha256 {report.sha256}\n{report.path}")
