"""A telephone in a test: it seals pieces as the client does, written anew, and sends them by tus."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quality.field import phones
from quality.people.actor import Actor
from tests.harness.people import membership_of

MIB = 1024 * 1024
BYTES = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}
AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


def metadata(**said: str) -> dict[str, str]:
    pairs = (f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())
    return {"Upload-Metadata": ",".join(pairs)}


def plaintext(told: dict[str, Any], file: bytes = b"") -> bytes:
    said = json.dumps(told, ensure_ascii=False).encode()
    return len(said).to_bytes(4, "big") + said + file


def sealed_to(point: bytes, plain: bytes, *, chunk: int = MIB, ephemeral: Any = None, prefix: bytes = b"") -> bytes:
    """An envelope, as docs/decisions/0077 has it."""
    ours = ephemeral or generate_private_key(SECP256R1())
    mine = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    named, prefix = hashlib.sha256(point).digest()[:8], prefix or os.urandom(7)
    secret = ours.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
    key = AESGCM(HKDF(SHA256(), 32, b"", b"mingcha piece 1" + named + mine).derive(secret))
    pieces = [plain[at : at + chunk] for at in range(0, len(plain), chunk)]
    whole = b"MCS1" + named + mine + prefix
    for number, each in enumerate(pieces):
        last = b"\1" if number == len(pieces) - 1 else b"\0"
        whole += key.encrypt(prefix + number.to_bytes(4, "big") + last, each, None)
    return whole


class Telephone:
    """Enrolled for one person; it asks in English."""

    def __init__(self, app: Flask, session: Session, actor: Actor) -> None:
        self.phone, token = phones.enrol(session, actor, membership_of(actor), AGENT)
        self.phone_id = self.phone.id
        session.commit()
        key = phones.present_key(app.config["SETTINGS"].field_keys)
        self.point = base64.b64decode(key.public)
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        self._client = app.test_client()

    def open(self, method: str, address: str, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        response: TestResponse = self._client.open(
            f"/api/v1{address}", method=method, headers=self.headers | TUS | (headers or {}), **more
        )
        return response

    def send(self, does: str, task: str, file: bytes = b"", piece: str = "", **told: Any) -> str:
        """Seal it and send it at once; the UUID of the piece."""
        name = piece or str(uuid.uuid4())
        said = {"piece": name, "does": does, "task": task, "sha256": hashlib.sha256(file).hexdigest() if file else None}
        self.send_sealed(name, sealed_to(self.point, plaintext(said | told, file)))
        return name

    def send_sealed(self, name: str, sealed: bytes) -> TestResponse:
        said = {"Upload-Length": str(len(sealed)), "Content-Type": BYTES, **metadata(piece=name)}
        return self.open("POST", "/uploads", said, data=sealed)

    def begin(self, name: str, length: int) -> TestResponse:
        return self.open("POST", "/uploads", {"Upload-Length": str(length), **metadata(piece=name)})

    def became(self, *names: str) -> dict[str, Any]:
        answer = self.open("GET", f"/pieces?ids={','.join(names)}").get_json()
        return {each["id"]: each for each in answer["items"]}
