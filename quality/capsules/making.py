"""A capsule is put together: what is generated, what the vault holds, the manifest over both, the signature over that.

The same contents, asked for at the same moment and signed by the same key, make the same bytes; only a time stamp is
always another. Nothing is read into memory but what is generated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from quality.capsules.archive import MOST_BYTES, MOST_FILES, PIECE, Member, write
from quality.capsules.checking import digests_of, rows_of
from quality.capsules.contents import Contents, File, Json
from quality.capsules.keys import Key
from quality.capsules.shape import EVENTS, FORMAT, KEYS, MANIFEST, NOTES, PAGE, SIGNATURE, STAMP
from quality.core.db import canonical
from quality.core.errors import Refused
from quality.core.handover import signed
from quality.core.merkle import hash_of_leaf, root_from
from quality.core.tree import Stands, lay_out, stands
from quality.core.words import _
from quality.evidence.vault import Vault

CASE = "case.json"
AROUND = 64 * 1024 * 1024  # bytes that are left for what is generated
MEDIA = {"html": "text/html", "json": "application/json"}


class Lost(Exception):
    """A file of the case is not in the vault any more, or not as it came: no capsule may pretend to hold it."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"lost {sha256}")


class Wanted(NamedTuple):
    """Which capsule: as it was asked for."""

    number: str
    edition: str
    variant: str
    asked_at: str  # RFC 3339
    agency: Json  # code, name
    authority: str | None  # whose time stamp is asked for


class Beside(NamedTuple):
    """What goes into every capsule."""

    page: bytes  # verify.html
    statements: Sequence[Json]  # hand-overs of keys


class Order(NamedTuple):
    """All that a capsule is made of."""

    found: Contents
    wanted: Wanted
    beside: Beside
    key: Key


def require_bounds(found: Contents) -> None:
    total = sum(int(each.about["bytes"]) for each in found.files)
    if total > MOST_BYTES - AROUND or len(found.files) > MOST_FILES - 10:
        said = _(
            "This capsule would hold %(files)s files of %(mib)s MiB; one holds %(most)s MiB at most. Ask for the one "
            "to give away, or hand the largest films over by themselves",
            files=len(found.files),
            mib=total // PIECE,
            most=(MOST_BYTES - AROUND) // PIECE,
        )
        raise Refused("too_large", said)


def pack(
    file: BinaryIO,
    order: Order,
    vault: Vault,
    stamp: Callable[[bytes], bytes | None],
    progress: Callable[[int], None],
) -> bool:
    """Write the capsule into `file`; whether it bears a time stamp. `Lost` where the vault lost a file."""
    found = order.found
    made = generated(found, order.beside)
    manifest = manifest_of(found, order.wanted, made)
    signature = signature_over(manifest, order.key)
    token = stamp(signature)

    def members() -> Iterator[Member]:
        for name, content in made.items():
            yield Member(name, [content])
        for place, each in enumerate(found.files, 1):
            yield Member(each.name, from_vault(vault, each))
            progress(place)
        yield Member(MANIFEST, [manifest])
        yield Member(SIGNATURE, [signature])
        if token is not None:
            yield Member(STAMP, [token])

    write(file, members())
    return token is not None


def generated(found: Contents, beside: Beside) -> dict[str, bytes]:
    made: dict[str, Any] = {CASE: found.case, EVENTS: {"chains": found.chains}}
    if found.notes:
        made[NOTES] = {"notes": found.notes}
    made[KEYS] = {"statements": list(beside.statements)}
    return {PAGE: beside.page} | {name: canonical(value).encode() for name, value in made.items()}


def manifest_of(found: Contents, wanted: Wanted, made: dict[str, bytes]) -> bytes:
    listed = [
        {
            "name": name,
            "role": "generated",
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": str(len(content)),
            "media_type": MEDIA[name.rpartition(".")[2]],
        }
        for name, content in made.items()
    ]
    heads = [
        {
            "subject": each["subject"],
            "id": each["id"],
            "number": each["number"],
            "events": str(sum(map(rows_of, each["events"]))),
            "digest": each["events"][-1]["digest"],
        }
        for each in found.chains
    ]
    told = {"format": FORMAT, "files": [*listed, *(each.about for each in found.files)], "chains": heads}
    asked = {name: value for name, value in wanted._asdict().items() if name != "authority"}
    return canonical(told | asked | {"left_out": found.left_out, "timestamp": wanted.authority}).encode()


def signature_over(manifest: bytes, key: Key) -> bytes:
    body = {"format": FORMAT, "manifest": hashlib.sha256(manifest).hexdigest()}
    return canonical(body | {"key": key.public, "signature": signed(key.private, body)}).encode()


def from_vault(vault: Vault, file: File) -> Iterator[bytes]:
    digest = hashlib.sha256()
    try:
        with vault.open(file.sha256) as kept:
            while piece := kept.read(PIECE):
                digest.update(piece)
                yield piece
    except FileNotFoundError as gone:
        raise Lost(file.sha256) from gone
    if digest.hexdigest() != file.sha256:
        raise Lost(file.sha256)


def stamped(file: BinaryIO, entries: Iterable[Member], token: bytes) -> None:
    """The same capsule with a time stamp behind it."""
    write(file, [*entries, Member(STAMP, [token])])


# --- the day's root ---


def proved(folder: Path, chains: Sequence[Json]) -> list[Json]:
    """Each chain with its path to the newest signed root, where that root knows it."""
    for kind in {each["subject"] for each in chains}:
        lay_out(folder, kind)
    return [chain | {"proof": proof_of(folder, chain)} for chain in chains]


def proof_of(folder: Path, chain: Json) -> Json | None:
    under = stands(folder, chain["subject"], int(chain["id"]))
    if under is None or not fits(under, chain):
        return None
    root = json.loads((folder / f"{under.day}.json").read_bytes())
    leaf = [chain["subject"], chain["id"], str(under.seq), under.digest, under.blind]
    path = [{"side": side, "hash": neighbour} for side, neighbour in under.path]
    if root_from(hash_of_leaf(leaf), under.path) != root["root"]:
        return None
    return {"leaf": leaf, "path": path, "root": root}


def fits(under: Stands, chain: Json) -> bool:
    """Not where the root's last event is in the midst of what is withheld."""
    return digests_of(chain["events"]).get(str(under.seq)) == under.digest
