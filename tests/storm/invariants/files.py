"""What must be true of the files: in the vault, in the record, and of each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import sessionmaker

from quality.core import record, roots
from quality.core.db import Base
from quality.documents.models import Document
from quality.evidence.jobs import discard_what_no_row_names, remove_discarded_bytes
from quality.evidence.models import Derived, Discarded, Exhibit
from quality.evidence.vault import APART
from tests.storm.invariants.ground import Check, Place

AT_ONCE = 1 << 20


def record_is_broken(place: Place) -> list[str]:
    """As `mingcha record verify` looks: chains, heads, statuses, notes, and the signed roots beside the database."""
    key = Ed25519PrivateKey.from_private_bytes(place.settings.record_signing_key).public_key()
    public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    found = record.verify(place.session, place.settings.roots_folder, [public])
    return [str(found.broken)] if found.broken else []


def no_root_was_signed(place: Place) -> list[str]:
    folder = roots.folder_of(place.session, place.settings.roots_folder)
    return [] if list(folder.glob("*.json")) else [f"no daily root lies in {folder.name}"]


def columns(where: str) -> list[Any]:
    return [c for table in Base.metadata.tables.values() for c in table.c if c.info.get("vault") == where]


def named(place: Place, where: str = "kept") -> dict[str, str]:
    """Every sha256 of which a row says that its bytes are there, and which row."""
    found: dict[str, str] = {}
    for column in columns(where):
        for sha256 in place.session.scalars(sa.select(column).where(column.is_not(None)).distinct()):
            found.setdefault(sha256, f"{column.table.name}.{column.name}")
    return found


def is_lost(place: Place) -> list[str]:
    """Whatever a row names is there, byte for byte."""
    wrong = []
    for sha256, row in named(place).items():
        try:
            with place.vault.open(sha256) as file:
                digest = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
        except FileNotFoundError:
            wrong.append(f"{sha256} ({row}) is not in the vault")
            continue
        if digest != sha256:
            wrong.append(f"{sha256} ({row}) is {digest} in the vault")
    return wrong


def lies_there(folder: Path) -> Iterator[str]:
    for path in folder.glob("[0-9a-f][0-9a-f]/*/*"):
        yield path.name


def unnamed(place: Place) -> set[str]:
    """Bytes that no row names."""
    folder = place.vault_folder
    if folder is None:
        now = timedelta(0)
        apart = set(place.vault.apart().older_than(now)) - named(place, "apart").keys()
        return (set(place.vault.older_than(now)) - named(place).keys()) | apart
    quarantine = set(lies_there(folder / APART)) - named(place, "apart").keys()
    return (set(lies_there(folder)) - named(place).keys()) | quarantine


def is_orphaned(place: Place) -> list[str]:
    """Bytes of uploads that were cut off may lie there for a day; then the program finds and removes them itself."""
    sweep_up(place)
    return [f"{sha256} lies in the vault, no row names it" for sha256 in sorted(unnamed(place))]


def sweep_up(place: Place) -> None:
    """What the daily jobs do, a few days later: nobody has to wait for it."""
    sessions = sessionmaker(place.session.get_bind())
    place.session.rollback()
    discard_what_no_row_names(sessions, place.vault, place.now, older_than=timedelta(0))
    for _ in range(1000):
        removed = remove_discarded_bytes(sessions, place.vault, place.now + timedelta(days=2))
        if not removed and not sessions().scalar(sa.select(sa.func.count(Discarded.sha256))):
            break
    place.session.expire_all()


def document_has_no_bytes(place: Place) -> list[str]:
    """After the calm every document that was asked for is made, but for those that were withdrawn before."""
    unmade = sa.select(Document).where(Document.sha256.is_(None), Document.withdrawn_at.is_(None))
    waiting = place.session.scalars(unmade)
    return [f"{each.kind} {each.number} ({each.language}) was never made" for each in waiting]


def exhibit_of_nothing(place: Place) -> list[str]:
    """What proves a case belongs to a case that is there."""
    wrong = []
    for table in place.session.scalars(sa.select(Exhibit.subject_type).distinct()):
        subject = Base.metadata.tables[table]
        lost = sa.select(Exhibit.id).where(
            Exhibit.subject_type == table, Exhibit.subject_id.not_in(sa.select(subject.c.id))
        )
        wrong += [f"exhibit {key} proves a {table} that is not there" for key in place.session.scalars(lost)]
    return wrong


def copy_of_nothing(place: Place) -> list[str]:
    there = named(place)
    copies = place.session.scalars(sa.select(Derived.original).distinct())
    return [f"a copy of {sha256}, which nobody holds" for sha256 in copies if sha256 not in there]


OF_FILES = {
    "record": Check("the record verifies", record_is_broken),
    "roots": Check("a daily root was signed, and fits", no_root_was_signed),
    "lost": Check("whatever a row names lies in the vault, with its sha256", is_lost),
    "documents": Check("no document is without its bytes", document_has_no_bytes),
    "exhibits": Check("every exhibit proves a case that is there", exhibit_of_nothing),
    "orphans": Check("nothing is orphaned in the vault once its day of grace is over", is_orphaned),
    "copies": Check("no copy is left of a picture that is gone", copy_of_nothing),
}
