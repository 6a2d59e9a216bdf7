"""How a key that signs the record's roots hands over to the next: whoever noted one of them can follow to the other.

A hand-over is signed by both keys, so that it can be followed either way: from a fingerprint that was noted years ago
to the key of today, and from today's to the roots of then. A revocation is signed by the key that it is of; from then
on that key vouches for nothing, because whoever else has it could date what he signs as he likes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from quality.core.clock import rfc3339
from quality.core.db import canonical

HANDOVER, REVOCATION = "mingcha-handover-1", "mingcha-revocation-1"
MEMBERS = {
    HANDOVER: {"format", "from", "to", "at", "signature_from", "signature_to"},
    REVOCATION: {"format", "key", "at", "signature"},
}
SIGNATURES = {"signature", "signature_from", "signature_to"}
FOLDER = "keys"  # beside the roots, so that a backup has it
MOST = 1_000  # statements: a key a day for three years

NOTED = re.compile(r"(?:sha256:)?(?:[0-9a-fA-F]{8}\s+){7}[0-9a-fA-F]{8}|[^\s,]+")

Statement = Mapping[str, Any]  # as it stands in its file


class Reached(StrEnum):
    """How one comes from the keys that somebody noted to the key that signed."""

    GIVEN = "given"  # it is one of them
    VOUCHED = "vouched"  # hand-overs lead from one of them to it
    NO_VOUCHER = "no_voucher"  # no hand-over names it
    STRANGER = "stranger"  # one does, and it begins at a key that was not noted
    FORGED = "forged"  # one would lead there, and is not signed by both its keys
    REVOKED = "revoked"  # it was revoked, or a key on the only way to it


# --- made ---


def public_of(key: Ed25519PrivateKey) -> str:
    """The public half, base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def handed_over(old: Ed25519PrivateKey, new: Ed25519PrivateKey, now: datetime) -> dict[str, str]:
    body = {"format": HANDOVER, "from": public_of(old), "to": public_of(new), "at": rfc3339(now)}
    return body | {"signature_from": signed(old, body), "signature_to": signed(new, body)}


def revoked(key: Ed25519PrivateKey, now: datetime) -> dict[str, str]:
    body = {"format": REVOCATION, "key": public_of(key), "at": rfc3339(now)}
    return body | {"signature": signed(key, body)}


def signed(key: Ed25519PrivateKey, body: Statement) -> str:
    return base64.b64encode(key.sign(canonical(body).encode())).decode()


# --- kept ---


def keep(folder: Path, statement: Statement) -> Path:
    """Beside the roots of `folder`. A second one of the same keys takes the place of the first."""
    about = fingerprint(statement["key"]) if statement["format"] == REVOCATION else fingerprint(statement["to"])
    path = folder / FOLDER / f"{about}.{'revocation' if statement['format'] == REVOCATION else 'handover'}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(statement, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    draft.rename(path)
    return path


def kept(folder: Path) -> list[dict[str, str]]:
    """What is kept and holds, the oldest first. `faulty` names the rest."""
    found = [_read(path) for path in _files(folder)]
    return sorted((each for each in found if each is not None and holds(each)), key=lambda each: each["at"])


def faulty(folder: Path) -> list[str]:
    """The files that are no statement, or are not signed by the keys that they name."""
    return [path.name for path in _files(folder) if (each := _read(path)) is None or not holds(each)]


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.json"))[:MOST]


def _read(path: Path) -> dict[str, str] | None:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        return None
    return found if is_statement(found) else None


# --- judged ---


def is_statement(value: Any) -> bool:
    """Of one of the two kinds, each member a text. Whether it holds is another question."""
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        return False
    return bool(value.keys() == MEMBERS.get(value.get("format", ""), set()))


def holds(statement: Statement) -> bool:
    body = {name: value for name, value in statement.items() if name not in SIGNATURES}
    if statement["format"] == REVOCATION:
        return is_signed_by(statement["key"], statement["signature"], body)
    return all(is_signed_by(statement[end], statement[f"signature_{end}"], body) for end in ("from", "to"))


def is_signed_by(key: str, signature: str, body: Statement) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(signature, validate=True), canonical(body).encode())
    except (ValueError, InvalidSignature):
        return False
    return True


def reach(key: str, known: Collection[str], statements: Sequence[Statement]) -> Reached:
    """How one comes from `known` (keys in base64, or fingerprints) to `key`, by statements from anywhere.

    A revocation that is not signed by its key is nobody's word, and changes nothing.
    """
    good = [each for each in statements if holds(each)]
    gone = {each["key"] for each in good if each["format"] == REVOCATION}
    overs = [(each["from"], each["to"]) for each in good if each["format"] == HANDOVER]
    claimed = [(each["from"], each["to"]) for each in statements if each["format"] == HANDOVER]
    if key in gone:
        return Reached.REVOKED
    if any(fits(key, each) for each in known):
        return Reached.GIVEN
    if key in led_to(known, [over for over in overs if gone.isdisjoint(over)]):
        return Reached.VOUCHED
    if key in led_to(known, overs):
        return Reached.REVOKED
    if key in led_to(known, claimed):
        return Reached.FORGED
    return Reached.STRANGER if any(key in over for over in overs) else Reached.NO_VOUCHER


def led_to(known: Collection[str], overs: Iterable[tuple[str, str]]) -> set[str]:
    """Every key to which these hand-overs lead, either way, from those that are known."""
    beside: dict[str, set[str]] = {}
    for old, new in overs:
        beside.setdefault(old, set()).add(new)
        beside.setdefault(new, set()).add(old)
    ahead = [key for key in beside if any(fits(key, each) for each in known)]
    found = set(ahead)
    while ahead:
        further = beside[ahead.pop()] - found
        found |= further
        ahead += further
    return found


def noted_in(text: str) -> list[str]:
    """The keys and fingerprints that somebody typed, also a fingerprint in eights, as it is printed."""
    return ["".join(each.split()) for each in NOTED.findall(text)]


def fits(key: str, known: str) -> bool:
    """`known` is the public key in base64, or its fingerprint, in hex, with or without `sha256:` before it."""
    plain = "".join(known.split())
    return key == plain or fingerprint(key) == plain.lower().removeprefix("sha256:").replace(":", "")


def fingerprint(key: str) -> str:
    """sha256, in hex, of the 32 bytes of a public key; empty if it is none."""
    try:
        return hashlib.sha256(base64.b64decode(key, validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""
