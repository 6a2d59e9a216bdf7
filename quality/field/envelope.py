"""A sealed piece: what a telephone encrypts to our public key before it waits in a queue that others might read.

`MCS1` · id of our key (8 bytes) · ephemeral public key (65, uncompressed P-256) · nonce prefix (7) · chunks of 1 MiB,
each AES-256-GCM with a tag of 16 bytes (the last one may be shorter). The nonce of a chunk is prefix ‖ its number from
0 (4 bytes, big-endian) ‖ 1 where it is the last, else 0: so nobody drops, repeats or swaps a chunk, and nobody cuts the
end off (STREAM: Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015). The key is HKDF-SHA256 over the ECDH secret, with
an empty salt and the info `mingcha piece 1` ‖ key id ‖ ephemeral public key.

What is inside: length of the JSON (4 bytes, big-endian) ‖ JSON in UTF-8 ‖ the bytes of a file, or none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAGIC = b"MCS1"
INFO = b"mingcha piece 1"
NAME, POINT, PREFIX, TAG = 8, 65, 7, 16  # bytes
HEAD = len(MAGIC) + NAME + POINT + PREFIX
CHUNK = 1024 * 1024  # bytes of plaintext
LENGTH = 4  # bytes that say how long the JSON is
LONGEST_JSON = 64 * 1024


class Unopened(Exception):
    """It cannot be opened: it is none, its key is not ours any more, or it was altered or cut. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def private_key(scalar: bytes) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(scalar), SECP256R1())


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed, as WebCrypto calls it raw."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_id(point: bytes) -> bytes:
    return hashlib.sha256(point).digest()[:NAME]


def message_key(secret: bytes, named: bytes, ephemeral: bytes) -> AESGCM:
    """What the ECDH `secret` of 32 bytes opens, for the key `named` and this ephemeral public key."""
    return AESGCM(HKDF(SHA256(), 32, None, INFO + named + ephemeral).derive(secret))


def nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + (b"\1" if is_last else b"\0")


def opened(sealed: BinaryIO, keys: Sequence[bytes], into: BinaryIO) -> dict[str, Any]:
    """The JSON of a piece; the bytes of its file are written into `into`, chunk by chunk.

    `keys` are our private scalars of 32 bytes each. Raises `Unopened`; what was written by then is worth nothing.
    """
    head = whole(sealed, HEAD)
    if len(head) < HEAD or not head.startswith(MAGIC):
        raise Unopened("no_piece")
    named, ephemeral = head[4 : 4 + NAME], head[4 + NAME : 4 + NAME + POINT]
    ours = next((key for key in map(private_key, keys) if key_id(public_point(key)) == named), None)
    if ours is None:
        raise Unopened("unknown_key")
    try:
        theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), ephemeral)
    except ValueError as wrong:
        raise Unopened("no_piece") from wrong
    plain = chunks(sealed, message_key(ours.exchange(ECDH(), theirs), named, ephemeral), head[-PREFIX:])
    begun = b""
    for chunk in plain:
        begun += chunk
        said = json_in(begun)
        if said is not None:
            into.write(begun[LENGTH + len_of(begun) :])
            for more in plain:
                into.write(more)
            return said
    raise Unopened("no_piece")


def chunks(sealed: BinaryIO, key: AESGCM, prefix: bytes) -> Iterator[bytes]:
    """The plaintext of each chunk. Which one is the last is told by what follows it."""
    number, present = 0, whole(sealed, CHUNK + TAG)
    while True:
        following = whole(sealed, CHUNK + TAG) if len(present) == CHUNK + TAG else b""
        try:
            yield key.decrypt(nonce(prefix, number, is_last=not following), present, None)
        except (InvalidTag, ValueError) as altered:  # the second where less than a tag came
            raise Unopened("altered") from altered
        if not following:
            return
        number, present = number + 1, following


def len_of(begun: bytes) -> int:
    return int.from_bytes(begun[:LENGTH])


def json_in(begun: bytes) -> dict[str, Any] | None:
    """What stands at the beginning of the plaintext; None while too little of it is there."""
    if len(begun) < LENGTH:
        return None
    length = len_of(begun)
    if length > LONGEST_JSON:
        raise Unopened("no_piece")
    if len(begun) < LENGTH + length:
        return None
    try:
        said = json.loads(begun[LENGTH : LENGTH + length].decode())
    except (ValueError, RecursionError) as wrong:
        raise Unopened("no_piece") from wrong
    if not isinstance(said, dict):
        raise Unopened("no_piece")
    return said


def whole(source: BinaryIO, size: int) -> bytes:
    """`size` bytes, or as many as there are."""
    pieces, wanted = [], size
    while wanted and (piece := source.read(wanted)):
        pieces.append(piece)
        wanted -= len(piece)
    return b"".join(pieces)
