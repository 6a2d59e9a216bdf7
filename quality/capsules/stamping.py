"""Time stamps (RFC 3161): asked for of an authority, and checked offline.

What is stamped is the sha256 of `signature.json`, so that it is the signature that was there at that moment. The
authority's whole answer is kept as it came: `openssl ts -verify -data signature.json -in timestamp.tsr` reads it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
from asn1crypto import algos, cms, pem, tsp, x509

from quality.capsules.archive import Broken
from quality.capsules.checking import Stamp
from quality.capsules.shape import LONGEST, STAMP
from quality.core.clock import rfc3339

PATIENCE = httpx.Timeout(20.0, connect=5.0)  # seconds
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
GRANTED = {"granted", "granted_with_mods"}
Post = Callable[[str, bytes], bytes]


class NoStamp(Exception):
    """The authority did not answer, or not with a time stamp of what it was asked about."""


def ask(url: str, data: bytes, post: Post | None = None) -> bytes:
    """The authority's answer with the time stamp of `data`; checked, but for whose authority it is."""
    digest, nonce = hashlib.sha256(data).digest(), secrets.randbits(63)
    asked = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    answer = (post or posted)(url, asked.dump())
    try:
        check_stamp(answer, digest.hex(), ())
        told = info_in(signed_in(answer))
    except Broken as broken:
        raise NoStamp(broken.problem.code) from broken
    if told["nonce"].native != nonce:
        raise NoStamp("nonce")
    return answer


def posted(url: str, body: bytes) -> bytes:
    """What one POST brings, bounded in time and bytes. The address is whoever runs this program's own."""
    try:
        with httpx.stream("POST", url, content=body, headers={"Content-Type": QUERY}, timeout=PATIENCE) as answer:
            answer.raise_for_status()
            brought = b""
            for piece in answer.iter_bytes():
                brought += piece
                if len(brought) > LONGEST[STAMP]:
                    raise NoStamp("too_large")
            return brought
    except httpx.HTTPError as failed:
        raise NoStamp(type(failed).__name__) from failed


def check_stamp(answer: bytes, sha256: str, authorities: Sequence[bytes]) -> Stamp:
    """Of these bytes by this authority's own certificate; trusted where one of `authorities` leads to it."""
    signed = signed_in(answer)
    told = info_in(signed)
    imprint = told["message_imprint"]
    found, algorithm = imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native
    if algorithm != "sha256" or found.hex() != sha256:
        raise Broken("stamp_of_another", STAMP, sha256, found.hex()[:100])
    at: datetime = told["gen_time"].native
    is_whole, trusted = verified(signed, bytes.fromhex(sha256), authorities, at)
    if not is_whole:
        raise Broken("stamp_signature", STAMP)
    return Stamp(rfc3339(at), authority_of(signed), trusted if authorities else None)


def signed_in(answer: bytes) -> cms.SignedData:
    try:
        response = tsp.TimeStampResp.load(answer, strict=True)
        status = response["status"]["status"].native
        signed = response["time_stamp_token"]["content"] if status in GRANTED else None
        whole = isinstance(signed, cms.SignedData) and signed["certificates"].native is not None
    except (ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise Broken("unreadable", STAMP)
    return signed


def info_in(signed: cms.SignedData) -> tsp.TSTInfo:
    try:
        told = signed["encap_content_info"]["content"].parsed
        is_told = isinstance(told, tsp.TSTInfo) and told["gen_time"].native is not None
    except (ValueError, TypeError, KeyError, AttributeError):
        is_told = False
    if not is_told:
        raise Broken("unreadable", STAMP)
    return told


def authority_of(signed: cms.SignedData) -> str:
    """As the certificate that signed calls it."""
    serial = signed["signer_infos"][0]["sid"].chosen
    held = [each.chosen for each in signed["certificates"]]
    named = [each for each in held if getattr(serial, "native", {}).get("serial_number") == each.serial_number]
    certificate = (named or held)[0]
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)[:200]


def verified(signed: cms.SignedData, digest: bytes, authorities: Sequence[bytes], at: datetime) -> tuple[bool, bool]:
    """Whether the authority's signature holds, and whether one of `authorities` (or what it issued) signed."""
    from pyhanko.sign.validation.generic_cms import validate_tst_signed_data  # noqa: PLC0415 - half a second
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415

    logging.getLogger("pyhanko").setLevel(logging.ERROR)  # that no root was given is said by us
    roots = [x509.Certificate.load(pem.unarmor(each)[2] if pem.detect(each) else each) for each in authorities]
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=at, best_signature_time=at)
    try:
        said = in_its_own_loop(validate_tst_signed_data(signed, context, lambda _algorithm: digest))
    except Exception:  # whatever the library says of a signature that is none
        return False, False
    return bool(said["intact"] and said["valid"]), said.get("trust_problem_indic") is None


def in_its_own_loop(asked: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    with ThreadPoolExecutor(1, "stamping") as alone:
        return alone.submit(asyncio.run, asked).result()
