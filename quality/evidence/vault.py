"""Where the bytes lie: each file once, under its sha256, written whole, synced, and never again touched."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol
from urllib.parse import urlsplit

from quality.core.errors import FieldProblem, Invalid, Unavailable
from quality.core.words import _
from quality.web.bounds import LARGEST_FILE

SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST = LARGEST_FILE
AT_ONCE = 1024 * 1024  # bytes held in memory while a file arrives
READ_ONLY = 0o444
FULL = {errno.ENOSPC, errno.EDQUOT}
GONE = {errno.EIO, errno.EROFS, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN}  # a disk or a share that is not there
APART = "quarantine"
PROBE = bytes(4096)


class Kept(NamedTuple):
    sha256: str
    bytes: int


class Vault(Protocol):
    """A store of files by their sha256. What `put` has answered is on the disk, whatever happens next.

    Where the store does not answer or is full, each raises `Unavailable`.
    """

    def put(self, data: BinaryIO | bytes) -> Kept:
        """Keep `data`. The same bytes again change nothing; an empty or too large file is `Invalid`."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes to read from, at any place, or FileNotFoundError."""
        ...

    def size(self, sha256: str) -> int | None:
        """In bytes; None if it is not there."""
        ...

    def remove(self, sha256: str) -> None:
        """For good. What is not there is no mistake: another was first."""
        ...

    def apart(self) -> Vault:
        """Where what a check condemned lies, beside the others and never among them."""
        ...

    def older_than(self, age: timedelta) -> Iterator[str]:
        """The sha256 of all that has lain here for so long, by the store's own clock, in no order."""
        ...

    def clear_abandoned(self, age: timedelta) -> int:
        """Remove what stopped arriving so long ago: its process was killed, and nobody was answered."""
        ...

    def probe(self) -> None:
        """Write a little beside all that is kept, read it, and take it away again: what fails is raised."""
        ...


class FolderVault:
    """A vault in a folder of one file system, which must know hard links (ext4, xfs, btrfs, zfs do)."""

    def __init__(self, root: Path, largest: int = LARGEST) -> None:
        self._root = root
        self._arriving = root / "arriving"
        self._largest = largest

    def put(self, data: BinaryIO | bytes) -> Kept:
        with telling_what_failed():
            self._arriving.mkdir(parents=True, exist_ok=True)
            draft = self._arriving / secrets.token_hex(16)
            try:
                with draft.open("xb") as file:
                    kept = hashed(data, file, self._largest)
                    os.fchmod(file.fileno(), READ_ONLY)
                    file.flush()
                    os.fsync(file.fileno())
                self._shelve(draft, self._path(kept.sha256))
            finally:
                draft.unlink(missing_ok=True)
        return kept

    def open(self, sha256: str) -> BinaryIO:
        with telling_what_failed():
            return self._path(sha256).open("rb")

    def size(self, sha256: str) -> int | None:
        with telling_what_failed(), suppress(FileNotFoundError):
            return self._path(sha256).stat().st_size
        return None

    def remove(self, sha256: str) -> None:
        with telling_what_failed(), suppress(FileNotFoundError):
            self._path(sha256).unlink()

    def apart(self) -> FolderVault:
        return FolderVault(self._root / APART, self._largest)

    def older_than(self, age: timedelta) -> Iterator[str]:
        if not self._root.is_dir():
            return
        before = self._moment() - age.total_seconds()
        for place in self._root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                if SHA256.fullmatch(place.name) and place.stat().st_mtime <= before:
                    yield place.name

    def clear_abandoned(self, age: timedelta) -> int:
        if not self._arriving.is_dir():
            return 0
        before, cleared = self._moment() - age.total_seconds(), 0
        for draft in self._arriving.glob("*"):
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < before:
                    draft.unlink()
                    cleared += 1
        return cleared

    def _moment(self) -> float:
        """What the file system thinks that time it is: ours may differ, and must not end what is just arriving."""
        self._arriving.mkdir(parents=True, exist_ok=True)
        probe = self._arriving / secrets.token_hex(16)
        try:
            probe.touch()
            return probe.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)

    def probe(self) -> None:
        with telling_what_failed():
            self._arriving.mkdir(exist_ok=True)  # without the folder itself, its disk may not be mounted
            with tempfile.NamedTemporaryFile(dir=self._arriving, prefix="probe-") as file:
                file.write(PROBE)
                file.seek(0)
                if file.read() != PROBE:
                    raise OSError(errno.EIO, "other bytes came back")

    def _shelve(self, draft: Path, place: Path) -> None:
        """Give the synced draft its name. A hard link is refused where the name exists: then the bytes are there."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another sender, who may not have synced the folders yet: so we do it too
            os.link(draft, place)
        for folder in (place.parent, place.parent.parent, self._root):
            sync(folder)

    def _path(self, sha256: str) -> Path:
        require_sha256(sha256)
        return self._root / sha256[:2] / sha256[2:4] / sha256


def hashed(data: BinaryIO | bytes, file: BinaryIO | None, largest: int) -> Kept:
    """Write `data` into `file`, if any, a piece at a time; what it is called and how large it is."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    digest, size = hashlib.sha256(), 0
    while piece := source.read(AT_ONCE):
        digest.update(piece)
        size += len(piece)
        if size > largest:
            raise too_large(largest)
        if file:
            file.write(piece)
    if not size:
        raise Invalid(FieldProblem("file", "empty", _("This file is empty; choose another")))
    return Kept(digest.hexdigest(), size)


def too_large(largest: int) -> Invalid:
    most = largest // (1024 * 1024)
    return Invalid(FieldProblem("file", "too_large", _("Send a file of at most %(most)s MiB", most=most)))


def require_sha256(text: str) -> None:
    if not SHA256.fullmatch(text):
        raise FileNotFoundError(f"{text!r} is no sha256")


@contextmanager
def telling_what_failed() -> Iterator[None]:
    """A full disk and a share that is gone are said as such; all else of the file system is a mistake of ours."""
    try:
        yield
    except OSError as failed:
        if failed.errno in FULL:
            raise store_full() from failed
        if failed.errno in GONE:
            raise store_away() from failed
        raise


def store_full() -> Unavailable:
    said = _("The store of evidence is full; nothing was kept. Tell who runs this program, and send the file again")
    return Unavailable("store_full", said, retry_after=300)


def store_away() -> Unavailable:
    said = _("The store of evidence does not answer; nothing was kept. Try again in a moment")
    return Unavailable("store_away", said, retry_after=10)


def sync(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def vault_from(url: str) -> Vault:
    """The vault that EVIDENCE_URL names. Nothing is opened before it is asked for something."""
    from quality.evidence.s3 import S3Vault  # noqa: PLC0415 - it stands on this file

    match urlsplit(url).scheme:
        case "file" if url.startswith("file:///"):
            return FolderVault(Path(url.removeprefix("file://")))
        case "s3":
            return S3Vault.at(url)
    said = _("Set EVIDENCE_URL to file:///path or s3://bucket?endpoint=…")
    raise Invalid(FieldProblem("EVIDENCE_URL", "unknown_scheme", said))
