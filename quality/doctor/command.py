"""What `mingcha doctor` prints, and with what it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from quality.core.surroundings import CHECKOUT, everything_given
from quality.core.words import _
from quality.doctor import kept, machine, reached, told
from quality.doctor.finding import Finding, Level

MARKS = {Level.OK: _("OK"), Level.WARNING: _("WARNING"), Level.FAULT: _("FAULT")}


def examine() -> Iterator[Finding]:
    """Each as soon as it is known: some take seconds."""
    seen, found = told.read(everything_given(), CHECKOUT / ".env")
    yield from found
    for room in (told, machine, kept, reached):
        yield from room.look(seen)


def print_findings(*, as_json: bool) -> int:
    """1 if there is a fault."""
    found = []
    for each in examine():
        found.append(each)
        if not as_json:
            click.echo(in_words(each))
    if as_json:
        click.echo(json.dumps([as_object(each) for each in found], ensure_ascii=False, indent=1))
    else:
        click.echo(summary(found))
    return int(any(each.level is Level.FAULT for each in found))


def in_words(found: Finding) -> str:
    line = f"{MARKS[found.level]}  {found.said}"
    return f"{line}\n    → {found.remedy}" if found.remedy else line


def as_object(found: Finding) -> dict[str, str | None]:
    remedy = None if found.remedy is None else str(found.remedy)
    return {"about": found.about, "level": found.level.value, "said": str(found.said), "remedy": remedy}


def summary(found: list[Finding]) -> str:
    faults, warnings = (sum(each.level is level for each in found) for level in (Level.FAULT, Level.WARNING))
    return str(_("%(faults)s faults, %(warnings)s warnings", faults=faults, warnings=warnings))
