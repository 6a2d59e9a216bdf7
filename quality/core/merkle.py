"""The tree over the heads of the record: its leaves, its levels, and the path from a leaf to the root (RFC 6962, 2.1).

A leaf is blinded: beside it stands 16 bytes that only the day's secret gives. A path shows the hashes of its
neighbours, and a chain of one short event could be guessed from such a hash by trying every moment of a day.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from quality.core.db import canonical

Leaf = tuple[str, int, int, str]  # subject type, id, last seq, digest
Neighbours = list[tuple[str, str]]  # from the leaf upwards: on which side the neighbour stands, and its hash in hex
SIZE = 32  # bytes of a hash
LEFT, RIGHT = "left", "right"


def blind_of(secret: bytes, kind: str, key: int) -> str:
    """16 bytes in hex, from the day's secret: nobody else can make them, and one of them tells nothing of another."""
    return hmac.digest(secret, f"{kind}:{key}".encode(), "sha256")[:16].hex()


def hash_of_leaf(leaf: Sequence[object]) -> bytes:
    """Over the canonical JSON of the leaf, with its blind behind it. Leaves and nodes differ in their first byte.

    Source: RFC 6962, 2.1 (without it, a node could be shown as a leaf).
    """
    return hashlib.sha256(b"\0" + canonical(leaf).encode()).digest()


def hash_of_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def hashes_of(leaves: Sequence[Leaf], secret: bytes) -> bytes:
    """The hashes of all leaves behind each other. Without a secret as they were before leaves were blinded.

    The text is written out by hand, as each day it is for every subject that there ever was; a test holds it to
    `hash_of_leaf`.
    """
    return b"".join(_hashes_of(leaves, secret))


def _hashes_of(leaves: Sequence[Leaf], secret: bytes) -> Iterator[bytes]:
    for kind, key, seq, digest in leaves:
        blind = f',"{blind_of(secret, kind, key)}"' if secret else ""
        yield hashlib.sha256(f'\0["{kind}","{key}","{seq}","{digest}"{blind}]'.encode()).digest()


def levels_of(leaves: bytes) -> list[bytes]:
    """Every level of the tree from the hashes of the leaves to the root. What has no neighbour moves up as it is."""
    levels = [leaves]
    while len(levels[-1]) > SIZE:
        level = levels[-1]
        pairs = range(0, len(level) - 2 * SIZE + 1, 2 * SIZE)
        nodes = [hashlib.sha256(b"\1" + level[at : at + 2 * SIZE]).digest() for at in pairs]
        levels.append(b"".join(nodes) + level[len(nodes) * 2 * SIZE :])
    return levels


def merkle_root(leaves: Sequence[Leaf], secret: bytes = b"") -> str:
    """The root, in hex, over the leaves in their order."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    return levels_of(hashes_of(leaves, secret))[-1].hex()


def root_from(leaf: bytes, path: Neighbours) -> str:
    """The root, in hex, to which this path leads from the hash of a leaf."""
    found = leaf
    for side, neighbour in path:
        other = bytes.fromhex(neighbour)
        found = hash_of_node(other, found) if side == LEFT else hash_of_node(found, other)
    return found.hex()
