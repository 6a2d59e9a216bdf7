"""The key of the record is handed over to the next one, or revoked: for `mingcha record hand-over` and `revoke-key`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.config import Malformed, Settings, key, new_key
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.handover import Statement, fingerprint, handed_over, keep, public_of, revoked
from quality.core.roots import folder_of
from quality.core.words import _
from quality.publication.epoch import raise_with


def print_handed_over(session: Session, settings: Settings, file: Path) -> None:
    """The present key signs for the one in `file`, which is made if it is not there."""
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as made:
            made.write(new_key() + "\n")
    old = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key)
    new = Ed25519PrivateKey.from_private_bytes(secret_in(file))
    if public_of(old) == public_of(new):
        raise Refused("same_key", _("That is the present key: nothing is handed over"))
    path = publish(session, settings, handed_over(old, new, clock.now()))
    click.echo(_("Signed by both keys, and published at /proof/keys.json: %(path)s", path=path))
    click.echo(
        _(
            "The next fingerprint, to be printed where the present one was: sha256:%(found)s",
            found=fingerprint(public_of(new)),
        )
    )
    click.echo(
        _(
            "Now in .env: RECORD_SIGNING_KEY as in %(file)s, and in RECORD_EARLIER_KEYS also %(old)s; then restart",
            file=file,
            old=public_of(old),
        )
    )


def print_revoked(session: Session, settings: Settings, file: Path) -> None:
    """The key in `file` signs that it vouches for nothing any more."""
    gone = Ed25519PrivateKey.from_private_bytes(secret_in(file))
    path = publish(session, settings, revoked(gone, clock.now()))
    click.echo(_("Revoked, and published at /proof/keys.json: %(path)s", path=path))
    if gone.private_bytes_raw() == settings.record_signing_key:
        click.echo(
            _("It is the present key: make another, and print its fingerprint; nobody can follow to it from this one")
        )


def publish(session: Session, settings: Settings, statement: Statement) -> Path:
    """Beside the roots, and with them public once the caller commits: no row tells of it."""
    folder = folder_of(session, settings.roots_folder)
    path = keep(folder, statement)
    raise_with(session)
    return path


def secret_in(file: Path) -> bytes:
    """The 32 bytes in base64, as they stand in RECORD_SIGNING_KEY; nothing of them is ever said."""
    try:
        return key(file.read_text(encoding="ascii", errors="replace").strip().removeprefix("RECORD_SIGNING_KEY="))
    except Malformed as wrong:
        raise Invalid(FieldProblem(file.name, "malformed", wrong.text)) from wrong
