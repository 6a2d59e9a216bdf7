"""Secrets of endpoints and the signatures made with them (the Standard Webhooks specification)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.delivery.models import Endpoint

MARK = "whsec_"
BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    return MARK + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def cipher_of(settings: Settings) -> Cipher:
    return Cipher(settings.identity_keys, settings.identity_index_key)


def sealed(cipher: Cipher, handle: str, secret: str) -> str:
    return cipher.encrypt(secret, about=about(handle))


def secrets_of(cipher: Cipher, endpoint: Endpoint, now: datetime) -> list[str]:
    """Those that sign now, the newest first: two while a rotation is under way."""
    kept = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        kept.append(endpoint.old_secret)
    return [cipher.decrypt(text, about=about(endpoint.handle)) for text in kept]


def about(handle: str) -> str:
    return f"endpoint:{handle}:secret"


def headers(webhook_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """What a receiver verifies: the id and the moment are signed with the body."""
    text = body.decode()
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, at, text) for secret in secrets),
    }
