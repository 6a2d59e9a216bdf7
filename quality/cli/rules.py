"""What the rules say: a due date, the calendar of working days, a verdict."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast

import click

from quality.cli.verbs import File, group, program, verb
from quality.core.words import _


@verb(_("The due date of a clock and its arithmetic; START is a moment like 2026-09-30T10:00:00+08:00"))
@click.argument("rule")
@click.argument("start")
@click.option("--json", "as_json", is_flag=True)
def due(rule: str, start: str, as_json: bool) -> None:
    from quality.clocks.command import due_command, due_text

    click.echo(json.dumps(due_command(rule, start), ensure_ascii=False) if as_json else due_text(rule, start))


@group(_("The calendar of working days"))
def calendar() -> None: ...


@verb(_("Draft YEAR from FILE (lines like: off 2027-02-05 – 2027-02-11), and list every clock that it would move"),
      of=calendar)  # fmt: skip
@click.argument("year", type=int)
@click.argument("source_file", metavar="FILE", type=File)
@click.option("--source", required=True, help=cast(str, _("Number or title of the State Council's notice")))
def enter(year: int, source_file: Path, source: str) -> None:
    from quality.clocks.entering import draft_year

    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        draft_year(session, year, source_file, source)
        session.commit()


@verb(_("Judge the values of a CSV file against their limits: the same rows, with verdict and reason"))
@click.argument("source", type=File)
def judge(source: Path) -> None:
    from quality.standards.judge_file import judge_table

    judge_table(source, sys.stdout)
