"""A capsule checked from the command line: `mingcha capsule verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from quality.capsules.archive import PIECE, Archive, Broken
from quality.capsules.checking import Checked, Found, Known, Told, check
from quality.capsules.words import MEANS, VARIANTS, said
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _

EXITS = {Found.HOLDS: 0, Found.BROKEN: 1, Found.UNKNOWN: 2}


class Folder:
    """A capsule that was unpacked: the files of one folder."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def names(self) -> list[str]:
        return sorted(each.name for each in self._place.iterdir() if each.is_file())

    def size(self, name: str) -> int:
        return (self._place / name).stat().st_size

    def pieces(self, name: str) -> Iterator[bytes]:
        with (self._place / name).open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def checked(place: Path, known: Known) -> Checked:
    if place.is_dir():
        return check(Folder(place), known)
    try:
        with place.open("rb") as file:
            return check(Archive(file), known)
    except Broken as broken:
        return Checked(broken.problem, Told())


def print_verified(place: Path, known: Known, *, as_json: bool) -> int:
    """0 if it is what the agency signed, 1 and the first thing that is wrong, 2 if the key was not given."""
    found = checked(place, known)
    if as_json:
        click.echo(json.dumps(told_as_json(found), ensure_ascii=False, indent=1))
        return EXITS[found.found]
    click.echo(MEANS[found.found])
    if found.problem:
        click.echo(f"  {said(found.problem)}", err=True)
    for line in lines_of(found):
        click.echo(f"  {line}")
    return EXITS[found.found]


def lines_of(found: Checked) -> list[Text]:
    told = found.told
    if not told.number:
        return []
    lines = [
        _(
            "Capsule of %(number)s (%(variant)s), by %(agency)s, asked for %(at)s",
            number=told.number,
            variant=VARIANTS.get(told.variant, told.variant),
            agency=told.agency,
            at=told.asked_at,
        ),
        _("Signed by sha256:%(key)s", key=told.fingerprint),
    ]
    if found.problem:
        return lines
    lines.append(
        _(
            "%(files)s files, %(left)s left out; %(events)s events, of %(withheld)s the digest only; "
            "%(proved)s of %(chains)s chains under a signed root",
            files=told.files,
            left=told.left_out,
            events=told.events,
            withheld=told.withheld,
            proved=told.proved,
            chains=told.chains,
        )
    )
    return [*lines, of_stamp(told)]


def of_stamp(told: Told) -> Text:
    if told.awaited:
        return _(
            "No time stamp: one was asked of %(who)s, and is not in this file; the agency may have it now",
            who=told.awaited,
        )
    if told.stamp is None:
        return _("No time stamp")
    trust = {
        True: _("by an authority that you gave"),
        False: _("by an authority that you did not give"),
        None: _("by an authority that was not compared with any: give its certificate with --authority"),
    }
    return _(
        "Time stamp of %(at)s by %(who)s, %(trust)s",
        at=told.stamp.at,
        who=told.stamp.authority,
        trust=trust[told.stamp.trusted],
    )


def told_as_json(found: Checked) -> dict[str, object]:
    problem = found.problem
    told = found.told._asdict() | {"stamp": found.told.stamp._asdict() if found.told.stamp else None}
    wrong = problem._asdict() | {"text": said(problem)} if problem else None
    return {"found": found.found, "problem": wrong, **told}


def certificates_in(paths: tuple[Path, ...]) -> list[bytes]:
    from asn1crypto import pem, x509  # noqa: PLC0415

    held = []
    for path in paths:
        raw = path.read_bytes()
        try:
            every = [each for _kind, _heads, each in pem.unarmor(raw, multiple=True)] if pem.detect(raw) else [raw]
            for each in every:
                x509.Certificate.load(each, strict=True).subject.native  # noqa: B018
        except (ValueError, TypeError) as unreadable:
            text = _("There is no certificate in this file")
            raise Invalid(FieldProblem(path.name, "unreadable", text)) from unreadable
        held += every
    return held
