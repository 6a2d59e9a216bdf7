"""Proofs of published results: checked with no database and no network."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from quality.cli.verbs import File, group, verb
from quality.core.words import _

COPY = _("The result's copy as you fetched it, to be compared in place of the one in the proof")
KEY = _("The agency's public key (base64) or its fingerprint (sha256), as you know it from elsewhere; may be repeated")
ROOTS = _("Roots that you kept: a file of one day, or the list roots.json")


@group(_("Proofs of published results"))
def proof() -> None: ...


@verb(_("Check a proof link by link; 1 if one is broken, 2 if something is missing to be sure"), of=proof)
@click.argument("proof_file", metavar="PROOF.json", type=File)
@click.option("--copy", "copy_file", type=File, metavar="COPY.json", help=cast(str, COPY))
@click.option("--key", "keys", multiple=True, metavar="KEY", help=cast(str, KEY))
@click.option("--roots", "roots_file", type=File, metavar="ROOTS.json", help=cast(str, ROOTS))
@click.pass_context
def verify(
    context: click.Context, proof_file: Path, copy_file: Path | None, keys: tuple[str, ...], roots_file: Path | None
) -> None:
    from quality.pages.proven import print_checked

    context.exit(print_checked(proof_file, copy_file, keys, roots_file))
