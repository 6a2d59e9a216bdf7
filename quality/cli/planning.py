"""Planning without a database: frames from files, and draws that anybody can repeat."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from quality.cli.verbs import File, group, verb
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

MAP = _("What headings mean that do not say it: an object of headings, each with its column")
CATEGORIES = _("Categories that are known, one a line: others are told")
EXPECTED = _("How many rows there are below the headings: nothing is frozen if there are more or fewer")


ENGINE = _("What reads the frame: spark is the extra mingcha[spark], for frames past one machine; the same bytes")
MASTER = _("Where Spark runs")


@group(_("Sampling frames"))
def frame() -> None: ...


@verb(_("Freeze the good rows of CSV, XLSX or Parquet files, and name the others"), of=frame, name="import")
@click.argument("sources", metavar="FILE…", type=File, nargs=-1, required=True)
@click.option("--map", "mapping", type=File, metavar="FILE.json", help=cast(str, MAP))
@click.option("--categories", type=File, metavar="FILE", help=cast(str, CATEGORIES))
@click.option("--rows", "expected", type=click.IntRange(min=1), help=cast(str, EXPECTED))
def import_frames(
    sources: tuple[Path, ...], mapping: Path | None, categories: Path | None, expected: int | None
) -> None:
    from quality.campaigns.frame.command import print_import

    print_import(sources, Settings.read().frames_folder, mapping, categories, expected)


def given_once(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> str:
    """Of two seeds the last would stand, and nobody would know that there was another."""
    if len(values) != 1:
        field = f"--{option.name}"
        raise Invalid(FieldProblem(field, "given_twice", _("Give %(option)s once: it decides the draw", option=field)))
    return values[0]


@verb(_("Draw from a frame by a design and a seed: the same call gives the same bytes"))
@click.argument("frame_file", metavar="FRAME", type=File)
@click.argument("design", type=File)
@click.option("--seed", required=True, multiple=True, callback=given_once)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", help=cast(str, ENGINE))
@click.option("--master", default="local[*]", help=cast(str, MASTER))
def draw(frame_file: Path, design: Path, seed: str, *, out: Path, engine: str, master: str) -> None:
    from quality.campaigns.sampling import draw_to_file

    opener = None
    if engine == "spark":
        from quality.campaigns.spark import on_spark

        opener = on_spark(master)
    written = draw_to_file(frame_file, design, seed, out, opener)
    for name, size in written.below_minimum.items():
        whole = _(
            "Stratum %(name)s: fewer listings than the minimum, all %(size)s are taken", name=name or "—", size=size
        )
        click.echo(whole, err=True)
    click.echo(_("Drawn: %(units)s", units=written.units))
