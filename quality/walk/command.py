"""What `mingcha walk` shows on a terminal: a bar while it goes, then counts, addresses, and the rows left behind."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality.core import migrations
from quality.core.db import db
from quality.core.words import Text, _
from quality.documents.render import refuse_without_libraries
from quality.walk import Progress, walk
from quality.walk.doors import open_doors
from quality.walk.report import Walked

STAGES: dict[str, Text] = {
    "buy and test": _("Buying, sealing, testing, concluding"),
    "dispose": _("Notices: issued, answered, seen to be true"),
    "publish": _("Publishing"),
    "history": _("The history, day by day"),
}
WIDTH = 24
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def print_walk(app: Flask, source: Path, *, as_json: bool, into: bool) -> int:
    """Walk, show, and return the exit status: 1 if any row did not reach its proper end, 130 if it was interrupted."""
    refuse_without_libraries()
    if not sa.inspect(db.engine).has_table("event"):
        click.echo(_("The database is empty; making its tables"), err=True)
        migrations.upgrade()
    sessions, settings = sessionmaker(db.engine), app.config["SETTINGS"]
    try:
        with open_doors(app, sessions, settings) as doors:
            walked = walk(source, sessions, settings, into=into, progress=Progress(draw_bar), doors=doors)
    except KeyboardInterrupt:
        click.echo("", err=True)  # the terminal has written ^C, and perhaps half a bar
        click.echo(_("Interrupted; nothing is half done. The same command goes on from here."), err=True)
        return INTERRUPTED
    if as_json:
        click.echo(json.dumps(walked.answer, ensure_ascii=False))
    else:
        show(walked)
    for said in (*walked.notes, *walked.problems):
        click.echo(f"{said.field}: {said.text}", err=True)
    return 1 if walked.problems else 0


def draw_bar(stage: str, done: int, of: int) -> None:
    """One line that fills, on the terminal only: in a file or a pipe there is nothing to watch."""
    if not of or not sys.stderr.isatty():
        return
    filled = WIDTH * done // of
    end = "\n" if done == of else ""
    click.echo(f"\r{'█' * filled}{'░' * (WIDTH - filled)} {done}/{of} {STAGES[stage]}{end}", nl=False, err=True)


def show(walked: Walked) -> None:
    counts = {name: count for name, count in walked.answer.items() if isinstance(count, int)}
    click.echo("  ".join(f"{name} {count}" for name, count in counts.items()))
    for kind, statuses in walked.answer["by_status"].items():
        if statuses:
            click.echo(f"  {kind}: " + ", ".join(f"{status} {count}" for status, count in statuses.items()))
    for result in walked.answer["results"]:
        items = "; ".join(
            f"{line['item']} {line['value']} ({line['limit']}) {line['verdict']}" for line in result["items"]
        )
        click.echo(f"{result['address']}  {result['verdict']}  {result['platform']}  {result['product_name']}  {items}")
