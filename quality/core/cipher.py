"""Values that nobody may read by accident: encrypted with AES-GCM, found by a blind index.

Keys come from the environment, newest first: the newest encrypts, all decrypt. Each ciphertext names its key by the
first four bytes of the key's sha256, so that an old value is read without trying every key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes; NIST SP 800-38D recommends 96 bits
NAME = 4


class Unreadable(Exception):
    """No key of ours opens this value: the key was lost, or the value was altered or moved to another row."""


class Cipher:
    def __init__(self, keys: Sequence[bytes], index_key: bytes) -> None:
        """`keys`: 32 bytes each, newest first. `index_key`: its own key; changing it loses every equality search."""
        self._keys = {hashlib.sha256(key).digest()[:NAME]: AESGCM(key) for key in keys}
        self._newest = next(iter(self._keys))
        self._index_key = index_key

    def encrypt(self, value: str, *, about: str) -> str:
        """`value` for safe keeping. `about` (table, row, kind) is bound in: the text opens in that place only."""
        nonce = os.urandom(NONCE)
        sealed = self._keys[self._newest].encrypt(nonce, value.encode(), about.encode())
        return base64.b64encode(self._newest + nonce + sealed).decode()

    def decrypt(self, text: str, *, about: str) -> str:
        try:
            raw = base64.b64decode(text, validate=True)
            key = self._keys[raw[:NAME]]
            return key.decrypt(raw[NAME : NAME + NONCE], raw[NAME + NONCE :], about.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as problem:
            raise Unreadable(about) from problem

    def blind_index(self, kind: str, value: str) -> str:
        """Equal values of one kind have equal indexes; nothing else can be asked of one."""
        normal = unicodedata.normalize("NFKC", value).strip()
        return hmac.new(self._index_key, f"{kind}\0{normal}".encode(), hashlib.sha256).hexdigest()
