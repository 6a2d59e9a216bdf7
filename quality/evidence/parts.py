"""Where the parts of an upload lie until all have come: beside the vault, in its folder or its bucket.

Each part is kept whole and synced under a name that nobody else uses, before a row says that it came. So any process
writes the next one and any process reads them all, and who loses a race leaves bytes behind that no row names.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import obstore

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.evidence.s3 import MISSING, S3Vault, answering
from quality.evidence.vault import sync, telling_what_failed

UPLOADS = "uploads"
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,32}")


class PartStore(Protocol):
    """Parts of uploads, each under `TOKEN/…`. Where the store does not answer or is full, `Unavailable`."""

    def keep(self, token: str, begins: int, data: bytes) -> str:
        """The name under which `data` lies, on the disk."""
        ...

    def read(self, name: str) -> bytes:
        """A part, or FileNotFoundError."""
        ...

    def drop(self, names: Sequence[str]) -> None:
        """What is not there is no mistake."""
        ...

    def lying(self, token: str) -> Iterator[str]:
        """The names of all that lies under this token."""
        ...


def new_name(token: str, begins: int) -> str:
    assert TOKEN.fullmatch(token), "a token of ours"
    return f"{token}/{begins:012d}-{secrets.token_hex(8)}"


class FolderParts:
    def __init__(self, root: Path) -> None:
        self._root = root / UPLOADS

    def keep(self, token: str, begins: int, data: bytes) -> str:
        name = new_name(token, begins)
        with telling_what_failed():
            place = self._root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            for folder in (place.parent, self._root):
                sync(folder)
        return name

    def read(self, name: str) -> bytes:
        with telling_what_failed():
            return (self._root / name).read_bytes()

    def drop(self, names: Sequence[str]) -> None:
        with telling_what_failed():
            for name in names:
                (self._root / name).unlink(missing_ok=True)
            for folder in {(self._root / name).parent for name in names}:
                with suppress(OSError):  # others lie in it
                    folder.rmdir()

    def lying(self, token: str) -> Iterator[str]:
        with telling_what_failed():
            yield from (f"{token}/{place.name}" for place in (self._root / token).glob("*"))


class S3Parts(S3Vault):
    """The same in a bucket: each part an object of its own."""

    def keep(self, token: str, begins: int, data: bytes) -> str:
        name = new_name(token, begins)
        with answering():
            obstore.put(self._store, self._place_of(name), data)
        return name

    def read(self, name: str) -> bytes:
        with answering():
            try:
                return bytes(obstore.get(self._store, self._place_of(name)).bytes())
            except MISSING as gone:
                raise FileNotFoundError(name) from gone

    def drop(self, names: Sequence[str]) -> None:
        for name in names:
            with answering(), suppress(*MISSING):
                obstore.delete(self._store, self._place_of(name))

    def lying(self, token: str) -> Iterator[str]:
        with answering():
            for some in obstore.list(self._store, prefix=self._place_of(token)):
                yield from (f"{token}/{each['path'].rsplit('/', 1)[-1]}" for each in some)

    def _place_of(self, name: str) -> str:
        return f"{self._place.prefix}{UPLOADS}/{name}"


@cache
def parts_at(url: str) -> PartStore:
    """Of the store that EVIDENCE_URL names. Nothing is opened before it is asked for something."""
    match urlsplit(url).scheme:
        case "file" if url.startswith("file:///"):
            return FolderParts(Path(url.removeprefix("file://")))
        case "s3":
            return S3Parts.at(url)
    said = _("Set EVIDENCE_URL to file:///path or s3://bucket?endpoint=…")
    raise Invalid(FieldProblem("EVIDENCE_URL", "unknown_scheme", said))
