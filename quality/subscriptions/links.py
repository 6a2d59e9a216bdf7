"""By what a mailbox is known: its address for who sends to it, its secret link, and the link that confirms it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from itsdangerous import BadData, URLSafeSerializer

from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.subscriptions.models import Subscriber

LENGTH = 24  # random bytes of a link
LASTS = timedelta(days=2)  # of a link that confirms, and of what was not confirmed
LONGEST = 400  # characters of an address that may be one of ours


class Keys(NamedTuple):
    """What encrypts addresses and signs links."""

    cipher: Cipher
    secret_key: str

    @classmethod
    def of(cls, settings: Settings) -> Keys:
        return cls(Cipher(settings.identity_keys, settings.identity_index_key), settings.secret_key)

    def index_of(self, address: str) -> str:
        """Equal for an address and the same in capitals: no two people share such."""
        return self.cipher.blind_index("subscriber", address.casefold())

    def sealed(self, handle: str, what: str, value: str) -> str:
        return self.cipher.encrypt(value, about=f"subscriber:{handle}:{what}")

    def address_of(self, subscriber: Subscriber) -> str:
        """`Unreadable` where no key of ours opens it."""
        return self.cipher.decrypt(subscriber.address, about=f"subscriber:{subscriber.handle}:address")

    def link_of(self, subscriber: Subscriber) -> str:
        return self.cipher.decrypt(subscriber.link, about=f"subscriber:{subscriber.handle}:link")

    def confirming(self, subscriber: Subscriber, now: datetime) -> str:
        """Signed, and good until its time is over: nothing of it is kept."""
        until = int((now + LASTS).timestamp())
        signed: str | bytes = self._signer().dumps([subscriber.handle, until])
        return signed if isinstance(signed, str) else signed.decode()

    def handle_in(self, confirming: str, now: datetime) -> str | None:
        """Whose it is; None for one that is not ours or whose time is over."""
        try:
            handle, until = self._signer().loads(confirming[:LONGEST])
        except (BadData, ValueError, TypeError):
            return None
        return str(handle) if now.timestamp() <= until else None

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret_key, salt="confirm a subscription")


def new_token() -> str:
    return secrets.token_urlsafe(LENGTH)


def hashed(token: str) -> str:
    return hashlib.sha256(token[:LONGEST].encode(errors="surrogatepass")).hexdigest()


def veiled(address: str) -> str:
    """So much of an address that its owner knows it: a mail may be passed on, with its links."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host}"
