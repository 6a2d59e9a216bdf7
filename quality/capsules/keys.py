"""The key by which an agency signs its capsules: Ed25519, `CODE.pem` (PKCS#8) in the folder AGENCY_KEYS.

An agency without one signs with the installation's key, that of the record, which is always there and public. A new
key takes the place of the one before by a hand-over that both sign (`core/handover.py`), so that whoever noted either
can follow to the other; hand-overs lie beside the record's roots, in a folder of their own, and so in every backup.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy.orm import Session, joinedload

from quality.capsules.models import CapsuleKey
from quality.core import clock
from quality.core.alone import alone_in
from quality.core.config import Settings
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.handover import fingerprint, handed_over, keep, kept, public_of, revoked
from quality.core.roots import folder_of
from quality.core.words import _
from quality.people.models import Organisation, OrganisationKind

FOLDER = "agencies"  # beside the roots: hand-overs of agencies' keys are no business of the proofs of results


class Key(NamedTuple):
    private: Ed25519PrivateKey
    public: str  # base64
    is_own: bool

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public)


def key_for(settings: Settings, agency_code: str) -> Key:
    """The agency's, or the installation's. One that cannot be used is refused, and nothing is signed."""
    path = settings.agency_keys / f"{agency_code}.pem"
    if path.is_file():
        own = read(path)
        return Key(own, public_of(own), True)
    record = Ed25519PrivateKey.from_private_bytes(settings.record_signing_key)
    return Key(record, public_of(record), False)


def read(path: Path) -> Ed25519PrivateKey:
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, OSError, UnsupportedAlgorithm) as problem:
        raise Refused("bad_key", _("%(file)s must hold an Ed25519 key without a password", file=path.name)) from problem
    if not isinstance(found, Ed25519PrivateKey):
        raise Refused("bad_key", _("%(file)s must hold an Ed25519 key without a password", file=path.name))
    return found


def note_use(session: Session, agency_id: int, key: Key, now: datetime) -> None:
    row = insert_into(session, CapsuleKey).values(
        agency_id=agency_id,
        fingerprint=key.fingerprint,
        key=key.public,
        is_own=key.is_own,
        first_used_at=now,
        last_used_at=now,
    )
    session.execute(row.on_conflict_do_update(index_elements=["agency_id", "fingerprint"], set_={"last_used_at": now}))


def keys_used(session: Session) -> Sequence[CapsuleKey]:
    """Every key that ever signed a capsule here, by agency, the newest first."""
    asked = sa.select(CapsuleKey).options(joinedload(CapsuleKey.agency))
    return session.scalars(asked.order_by(CapsuleKey.agency_id, CapsuleKey.last_used_at.desc())).all()


def current_keys(session: Session, settings: Settings) -> dict[str, str]:
    """The public key by which each agency that ever signed would sign now. One whose file is broken signs nothing."""
    codes = session.scalars(sa.select(Organisation.code).where(Organisation.id.in_(sa.select(CapsuleKey.agency_id))))
    found = {}
    for code in codes:
        with suppress(Refused):
            found[code] = key_for(settings, code).public
    return found


def statements_of(session: Session, settings: Settings) -> list[dict[str, str]]:
    """Every hand-over and revocation by which one comes to an agency's key: of agencies, and of the record."""
    folder = folder_of(session, settings.roots_folder)
    return [*kept(folder), *kept(folder / FOLDER)]


def renew(session: Session, settings: Settings, agency_code: str) -> tuple[Key, Path]:
    """Make the agency's next key, which the one it signs with now hands over to. The earlier file is kept aside."""
    named = sa.select(Organisation).where(
        Organisation.code == agency_code, Organisation.kind == OrganisationKind.AGENCY
    )
    if session.scalars(named).one_or_none() is None:
        raise Invalid(FieldProblem("CODE", "unknown", _("There is no agency with the code %(code)s", code=agency_code)))
    settings.agency_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone_in(settings.agency_keys):
        before, new = key_for(settings, agency_code), Ed25519PrivateKey.generate()
        path = settings.agency_keys / f"{agency_code}.pem"
        keep(folder_of(session, settings.roots_folder) / FOLDER, handed_over(before.private, new, clock.now()))
        draft = path.with_suffix(".part")
        write_secret(draft, new)
        if before.is_own:
            path.rename(path.with_name(f"{agency_code}.{before.fingerprint[:16]}.earlier"))
        draft.rename(path)
    return Key(new, public_of(new), True), path


def revoke(session: Session, settings: Settings, path: Path) -> None:
    """The key in this file says itself that it vouches for nothing any more: whoever else has it could use it too."""
    keep(folder_of(session, settings.roots_folder) / FOLDER, revoked(read(path), clock.now()))


def write_secret(path: Path, key: Ed25519PrivateKey) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
