"""A vault in any store that speaks S3.

A client that is open when its process divides hangs in the child, and so does every other that the child opens
(they share threads that are not there): a store is opened when it is first asked, never by a process that divides.
"""

from __future__ import annotations

import io
import os
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, Self, cast
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store

from quality.core import clock
from quality.core.surroundings import everything_given
from quality.evidence.vault import (
    APART,
    LARGEST,
    PROBE,
    SHA256,
    Kept,
    hashed,
    require_sha256,
    store_away,
    telling_what_failed,
)

PIECE = 8 * 1024 * 1024  # bytes, of a part that is sent and of a range that is read
ABREAST = 3  # parts on their way at once, all of them held in memory
MEDIUM = PIECE  # bytes up to which a file is sent in one request, and only where there is none
MISSING = (NotFoundError, FileNotFoundError)  # it raises now its own, now Python's
PATIENCE = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=1), "base": 2},
}
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "access_key_id",
    "AWS_SECRET_ACCESS_KEY": "secret_access_key",
    "AWS_SESSION_TOKEN": "session_token",
}

OPENED_BY: dict[str, int] = {}  # the first process that opened any


@dataclass(frozen=True)
class Place:
    """A bucket, and how it is reached. Parts of EVIDENCE_URL; the credentials stand elsewhere."""

    bucket: str
    prefix: str  # "" or ends with /
    endpoint: str | None
    region: str | None
    virtual: bool  # the bucket stands in the host's name, not in the path

    @classmethod
    def read(cls, url: str) -> Place:
        """`s3://bucket/prefix?endpoint=https://…&region=…&style=virtual`, each part after the bucket at will."""
        parts = urlsplit(url)
        asked = dict(parse_qsl(parts.query))
        prefix = parts.path.strip("/")
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=asked.get("endpoint"),
            region=asked.get("region"),
            virtual=asked.get("style") == "virtual",
        )

    def opened(self, given: Mapping[str, str]) -> S3Store:
        known: dict[str, Any] = {name: given[key] for key, name in CREDENTIALS.items() if given.get(key)}
        if self.endpoint:
            known["endpoint"] = self.endpoint
        return S3Store(
            self.bucket,
            region=self.region or given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or "us-east-1",
            virtual_hosted_style_request=self.virtual,
            client_options={
                "allow_http": (self.endpoint or "").startswith("http:"),
                "connect_timeout": "5s",
                "timeout": "60s",
            },
            retry_config=cast(Any, PATIENCE),
            **known,
        )


class S3Vault:
    """A vault in a bucket. A name is given when all parts have come, so that nobody ever reads half a file."""

    def __init__(self, place: Place, largest: int = LARGEST) -> None:
        self._place = place
        self._largest = largest
        self._opened: S3Store | None = None

    @classmethod
    def at(cls, url: str) -> Self:
        return cls(Place.read(url))

    def put(self, data: BinaryIO | bytes) -> Kept:
        with telling_what_failed(), tempfile.NamedTemporaryFile(prefix="mingcha-") as draft:
            kept = hashed(data, cast(BinaryIO, draft), self._largest)
            draft.flush()
            with answering():
                if self.size(kept.sha256) != kept.bytes:
                    self._send(Path(draft.name), kept)
        return kept

    def open(self, sha256: str) -> BinaryIO:
        size = self.size(sha256)
        if size is None:
            with answering():
                obstore.list_with_delimiter(self._store, f"{self._place.prefix}none/")  # or is there no bucket at all?
            raise FileNotFoundError(f"{sha256} is not in the bucket")
        return io.BufferedReader(Ranges(self._store, self._name(sha256), size), PIECE)

    def size(self, sha256: str) -> int | None:
        with answering():
            with suppress(*MISSING):
                return obstore.head(self._store, self._name(sha256))["size"]
            return None

    def remove(self, sha256: str) -> None:
        with answering(), suppress(*MISSING):
            obstore.delete(self._store, self._name(sha256))

    def apart(self) -> S3Vault:
        return S3Vault(replace(self._place, prefix=f"{self._place.prefix}{APART}/"), self._largest)

    def older_than(self, age: timedelta) -> Iterator[str]:
        with answering():
            for piece in obstore.list(self._store, prefix=self._place.prefix or None):
                for each in piece:
                    name = each["path"].rsplit("/", 1)[-1]
                    is_own = SHA256.fullmatch(name) and each["path"] == self._name(name)
                    if is_own and clock.now() - each["last_modified"] >= age:
                        yield name

    def clear_abandoned(self, age: timedelta) -> int:
        """Parts of what never became a file are the bucket's to clear, by a rule (docs/operations.md)."""
        return 0

    def probe(self) -> None:
        name = f"{self._place.prefix}arriving/probe-{platform.node()}-{os.getpid()}"
        with answering():
            obstore.put(self._store, name, PROBE)
            came = bytes(obstore.get(self._store, name).bytes())
            obstore.delete(self._store, name)
        if came != PROBE:
            raise store_away()

    def _send(self, draft: Path, kept: Kept) -> None:
        """Small: only where there is none. Large: in parts, which are one file when the last has come.

        A store refuses "only where there is none" for parts; two senders of a large file put the same bytes there.
        """
        name = self._name(kept.sha256)
        if kept.bytes > MEDIUM:
            obstore.put(self._store, name, draft, use_multipart=True, chunk_size=PIECE, max_concurrency=ABREAST)
            return
        with suppress(AlreadyExistsError):
            obstore.put(self._store, name, draft, mode="create")

    def _name(self, sha256: str) -> str:
        require_sha256(sha256)
        return f"{self._place.prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    @property
    def _store(self) -> S3Store:
        if OPENED_BY.setdefault("process", os.getpid()) != os.getpid():
            raise RuntimeError("a store of this process's parent would hang here: start a process that opens its own")
        if self._opened is None:
            self._opened = self._place.opened(everything_given())
        return self._opened


class Ranges(io.RawIOBase):
    """A kept file, fetched range by range as it is read."""

    def __init__(self, store: S3Store, name: str, size: int) -> None:
        self._store, self._name, self._size, self._at = store, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        with answering():
            piece = obstore.get_range(self._store, self._name, start=self._at, length=wanted)
        memoryview(buffer)[: len(piece)] = memoryview(piece)
        self._at += len(piece)
        return len(piece)


@contextmanager
def answering() -> Iterator[None]:
    """A store that is not reached, or lets us not in, is not there: its own words stand in the log only."""
    try:
        yield
    except (BaseError, *MISSING) as failed:
        raise store_away() from failed
