"""Proofs of published results: checked with no database and no network."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from quality.cli.verbs import File, group, program, verb
from quality.core.words import _

COPY = _("The result's copy as you fetched it, to be compared in place of the one in the proof")
KEY = _("The agency's public key (base64) or its fingerprint (sha256), as you know it from elsewhere; may be repeated")
OVERS = _("Hand-overs and revocations of keys, as in keys.json, beside those that the proof carries")
ROOTS = _("Roots that you kept: a file of one day, or the list roots.json")


@group(_("Proofs of published results"))
def proof() -> None: ...


@verb(_("Check a proof link by link; 1 if one is broken, 2 if something is missing to be sure"), of=proof)
@click.argument("proof_file", metavar="PROOF.json", type=File)
@click.option("--copy", "copy_file", type=File, metavar="COPY.json", help=cast(str, COPY))
@click.option("--key", "keys", multiple=True, metavar="KEY", help=cast(str, KEY))
@click.option("--keys", "statements", type=File, metavar="KEYS.json", help=cast(str, OVERS))
@click.option("--roots", "roots_file", type=File, metavar="ROOTS.json", help=cast(str, ROOTS))
@click.pass_context
def verify(
    context: click.Context,
    proof_file: Path,
    *,
    copy_file: Path | None,
    keys: tuple[str, ...],
    statements: Path | None,
    roots_file: Path | None,
) -> None:
    from quality.pages.proven import Beside, print_checked

    context.exit(print_checked(proof_file, keys, Beside(copy_file, roots_file, statements)))


@verb(_("Lay out the root of DAY (2026-11-27), so that results are proved by it at ?root=DAY"), of=proof)
@click.argument("day", metavar="DAY")
def day(day: str) -> None:
    from quality.pages.proven import lay_out_day

    with program() as app:
        lay_out_day(app.extensions["sqlalchemy"].session(), app.config["SETTINGS"], day)


# --- evidence capsules ---

PLACE = click.Path(exists=True, path_type=Path)
AUTHORITY = _("The time-stamping authority's certificate (PEM or DER), or what issued it; may be repeated")


@group(_("Evidence capsules: all that proves a sample, in one signed file"))
def capsule() -> None: ...


@verb(
    _("Check a capsule, or the folder it was unpacked into; 1 and the first thing that is wrong"),
    of=capsule,
    name="verify",
)
@click.argument("file", metavar="FILE", type=PLACE)
@click.option("--key", "keys", multiple=True, metavar="KEY", help=cast(str, KEY))
@click.option("--keys", "statements", type=File, metavar="KEYS.json", help=cast(str, OVERS))
@click.option("--authority", "authorities", multiple=True, type=File, metavar="CERT", help=cast(str, AUTHORITY))
@click.option("--json", "as_json", is_flag=True)
@click.pass_context
def verify_capsule(
    context: click.Context,
    file: Path,
    *,
    keys: tuple[str, ...],
    statements: Path | None,
    authorities: tuple[Path, ...],
    as_json: bool,
) -> None:
    from quality.capsules.checking import Known
    from quality.capsules.command import certificates_in, print_verified
    from quality.pages.proven import overs_in

    known = Known(keys, overs_in(statements) if statements else [], certificates_in(authorities))
    context.exit(print_verified(file, known, as_json=as_json))


@verb(_("Say, signed by the key in FILE (PEM) itself, that it vouches for no capsule any more"), of=capsule)
@click.argument("file", metavar="FILE", type=File)
def revoke_key(file: Path) -> None:
    from quality.capsules.keys import revoke

    with program() as app:
        revoke(app.extensions["sqlalchemy"].session(), app.config["SETTINGS"], file)
    click.echo(_("Revoked, and published at /proof/capsules/keys.json"))


@verb(_("Make the next key by which the agency CODE signs; the one before hands over to it"), of=capsule)
@click.argument("code", metavar="CODE")
def key(code: str) -> None:
    from quality.capsules.keys import renew

    with program() as app:
        session = app.extensions["sqlalchemy"].session()
        made, path = renew(session, app.config["SETTINGS"], code)
        session.commit()
    said = _(
        "%(path)s signs from now on; the hand-over to it stands at /proof/capsules/keys.json: sha256:%(found)s",
        path=path,
        found=made.fingerprint,
    )
    click.echo(said)
