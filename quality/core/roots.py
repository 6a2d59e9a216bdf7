"""The signed daily roots: beside the database, each names the one before it, and who changes the record has no key.

What of them is public: the small files `{day}.json`. The heads under a root are not, nor is the secret that blinds its
leaves (see `core/merkle.py`).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.orm import Session

from quality.core.alone import alone_in
from quality.core.clock import BEIJING, rfc3339
from quality.core.db import Installation, canonical
from quality.core.events import Event
from quality.core.merkle import Leaf, merkle_root
from quality.core.tree import heads_in

AT_ONCE = 5_000


class Broken(NamedTuple):
    """The first broken link: of which subject, at which event, and what is wrong, as a code."""

    what: str
    subject: str
    seq: int | None


def folder_of(session: Session, roots: Path) -> Path:
    """Where the roots of this database lie. Another database's would accuse it of having lost that one's subjects."""
    return roots / session.scalars(sa.select(Installation.name)).one()


def sign_root(session: Session, roots: Path, key: Ed25519PrivateKey, now: datetime) -> Path | None:
    """Write today's root and the heads under it beside the database, once a day; None when it or a later one is there.

    The heads are read in one query, so they are one moment of the record. The file is written whole or not at all.
    """
    roots = folder_of(session, roots)
    day = now.astimezone(BEIJING).date().isoformat()
    if is_signed(roots, day):
        return None
    roots.mkdir(parents=True, exist_ok=True)
    with alone_in(roots):  # of two processes at midnight the second would put its heads beside the root of the first
        return None if is_signed(roots, day) else _sign(session, roots, key, day, now)


def is_signed(roots: Path, day: str) -> bool:
    """That day, or a later one: then the clock was set back."""
    return any(path.stem >= day for path in roots.glob("*.json"))


def _sign(session: Session, roots: Path, key: Ed25519PrivateKey, day: str, now: datetime) -> Path:
    target = roots / f"{day}.json"
    leaves = sorted(_current_heads(session))
    before = sorted(roots.glob("*.json"))
    secret = secrets.token_bytes(32)
    body = {
        "count": len(leaves),
        "day": day,
        "heads": f"{day}.heads.gz",
        "previous": hashlib.sha256(before[-1].read_bytes()).hexdigest() if before else None,
        "root": merkle_root(leaves, secret),
        "signed_at": rfc3339(now),
    }
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(canonical(body).encode())
    lines = "".join(canonical(each) + "\n" for each in ({"secret": secret.hex()}, *leaves))
    _write(roots / f"{day}.heads.gz", gzip.compress(lines.encode(), mtime=0))
    signed = body | {"key": base64.b64encode(public).decode(), "signature": base64.b64encode(signature).decode()}
    _write(target, json.dumps(signed, indent=2, sort_keys=True).encode() + b"\n")
    return target


def _current_heads(session: Session) -> Iterator[Leaf]:
    last = sa.select(Event.subject_type, Event.subject_id, sa.func.max(Event.seq).label("seq"))
    last = last.group_by(Event.subject_type, Event.subject_id)
    heads = last.subquery()
    of = sa.and_(
        Event.subject_type == heads.c.subject_type, Event.subject_id == heads.c.subject_id, Event.seq == heads.c.seq
    )
    rows = session.execute(sa.select(Event.subject_type, Event.subject_id, Event.seq, Event.digest).join(heads, of))
    for row in rows.yield_per(AT_ONCE):
        yield row[0], row[1], row[2], row[3]


def _write(path: Path, content: bytes) -> None:
    draft = path.with_suffix(path.suffix + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def read_roots(roots: Path, keys: Sequence[bytes]) -> list[list[Leaf]] | Broken:
    """The leaves of every signed root, oldest first, or what is wrong with the files.

    Each root names the hash of the one before, so that none can be left out; older heads may be archived away, because
    the newest cover all that they covered.
    """
    signed: list[list[Leaf]] = []
    previous: str | None = None
    files = sorted(roots.glob("*.json"))
    for path in files:
        raw = path.read_bytes()
        try:
            kept = json.loads(raw)
            date.fromisoformat(kept["day"])
            signature, public = base64.b64decode(kept.pop("signature")), base64.b64decode(kept.pop("key"))
            Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(kept).encode())
        except (ValueError, KeyError, TypeError, InvalidSignature):
            return Broken("root_signature", path.name, None)
        if keys and public not in keys:
            return Broken("root_key", path.name, None)
        if kept["previous"] != previous:
            return Broken("root_missing", path.name, None)
        previous = hashlib.sha256(raw).hexdigest()
        heads = roots / kept["heads"]
        if not heads.exists():
            if path == files[-1]:
                return Broken("root_heads", heads.name, None)
            continue
        secret, leaves = heads_in(heads)
        if len(leaves) != kept["count"] or merkle_root(leaves, secret) != kept["root"]:
            return Broken("root_heads", heads.name, None)
        signed.append(leaves)
    return signed


# --- what of them is public ---


class Root(NamedTuple):
    """A signed root as anybody may read it."""

    day: str
    body: dict[str, Any]  # what stands in its file
    sha256: str  # of the file: the next root names it


def days_of(folder: Path) -> list[str]:
    """The days whose roots are kept, the newest first."""
    return sorted((path.stem for path in folder.glob("*.json")), reverse=True)


def root_in(path: Path) -> Root:
    return _root_in(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4096)
def _root_in(path: Path, _written: int) -> Root:
    raw = path.read_bytes()
    return Root(path.stem, json.loads(raw), hashlib.sha256(raw).hexdigest())


def days_of_keys(folder: Path) -> dict[str, tuple[str, str]]:
    """Each key (base64) that signed a root, with the first and the last day on which it did."""
    days = days_of(folder)
    return _days_of_keys(folder, days[0], (folder / f"{days[0]}.json").stat().st_mtime_ns) if days else {}


@lru_cache(maxsize=8)
def _days_of_keys(folder: Path, _newest: str, _written: int) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for day in days_of(folder):
        key = root_in(folder / f"{day}.json").body["key"]
        found[key] = (day, found.get(key, (day, day))[1])
    return found
