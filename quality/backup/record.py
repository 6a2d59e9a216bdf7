"""Whether the record is whole, in words: for `mingcha record verify`, and at the end of a restore."""

from __future__ import annotations

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from quality.core.config import Settings
from quality.core.record import Verified, verify
from quality.core.words import _


def verified(session: Session, settings: Settings) -> Verified:
    """The record of this database, with the roots that our own keys signed."""
    ours = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key).public_key().public_bytes_raw()
    return verify(session, settings.roots_folder, [ours, *(settings.record_earlier_keys or ())])


def print_verified(seen: Verified) -> int:
    """0 if it is whole, else 1 and the first broken link."""
    click.echo(
        _(
            "%(events)s events of %(subjects)s subjects, %(roots)s signed roots",
            events=seen.events,
            subjects=seen.subjects,
            roots=seen.roots,
        )
    )
    if seen.broken:
        what, subject, seq = seen.broken
        said = _("Broken: %(what)s, %(subject)s, event %(seq)s", what=what, subject=subject, seq=seq or "-")
        click.echo(said, err=True)
        return 1
    click.echo(_("The record is whole"))
    return 0
