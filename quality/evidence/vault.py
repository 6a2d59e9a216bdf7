"""Where the bytes lie: each file once, under its sha256, written whole, synced, and never again touched."""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _

SHA256 = re.compile(r"[0-9a-f]{64}")
LARGEST = 512 * 1024 * 1024  # bytes: some minutes of a telephone's video
AT_ONCE = 1024 * 1024  # bytes held in memory while a file arrives
READ_ONLY = 0o444


class Kept(NamedTuple):
    sha256: str
    bytes: int


class Vault(Protocol):
    """A store of files by their sha256. What `put` has answered is on the disk, whatever happens next."""

    def put(self, data: BinaryIO | bytes) -> Kept:
        """Keep `data`. The same bytes again change nothing; an empty or too large file is `Invalid`."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """The bytes to read from, or FileNotFoundError."""
        ...


class FolderVault:
    """A vault in a folder of one file system, which must know hard links (ext4, xfs, btrfs, zfs do)."""

    def __init__(self, root: Path, largest: int = LARGEST) -> None:
        self._root = root
        self._arriving = root / "arriving"
        self._largest = largest

    def put(self, data: BinaryIO | bytes) -> Kept:
        self._arriving.mkdir(parents=True, exist_ok=True)
        draft = self._arriving / secrets.token_hex(16)
        try:
            with draft.open("xb") as file:
                kept = self._write(io.BytesIO(data) if isinstance(data, bytes) else data, file)
                os.fchmod(file.fileno(), READ_ONLY)
                file.flush()
                os.fsync(file.fileno())
            self._shelve(draft, self._path(kept.sha256))
        finally:
            draft.unlink(missing_ok=True)
        return kept

    def open(self, sha256: str) -> BinaryIO:
        return self._path(sha256).open("rb")

    def clear_abandoned(self, before: datetime) -> int:
        """Remove what stopped arriving before that moment: its process was killed, and nobody was answered."""
        abandoned = [draft for draft in self._arriving.glob("*") if draft.stat().st_mtime < before.timestamp()]
        for draft in abandoned:
            draft.unlink(missing_ok=True)
        return len(abandoned)

    def _write(self, data: BinaryIO, file: BinaryIO) -> Kept:
        digest, size = hashlib.sha256(), 0
        while piece := data.read(AT_ONCE):
            digest.update(piece)
            size += len(piece)
            if size > self._largest:
                most = self._largest // (1024 * 1024)
                raise Invalid(FieldProblem("file", "too_large", _("Send a file of at most %(most)s MiB", most=most)))
            file.write(piece)
        if not size:
            raise Invalid(FieldProblem("file", "empty", _("This file is empty; choose another")))
        return Kept(digest.hexdigest(), size)

    def _shelve(self, draft: Path, place: Path) -> None:
        """Give the synced draft its name. A hard link is refused where the name exists: then the bytes are there."""
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another sender, who may not have synced the folders yet: so we do it too
            os.link(draft, place)
        for folder in (place.parent, place.parent.parent, self._root):
            sync(folder)

    def _path(self, sha256: str) -> Path:
        if not SHA256.fullmatch(sha256):
            raise FileNotFoundError(f"{sha256!r} is no sha256")
        return self._root / sha256[:2] / sha256[2:4] / sha256


def sync(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def vault_from(url: str) -> Vault:
    """The vault that EVIDENCE_URL names."""
    if not url.startswith("file:///"):
        raise Invalid(
            FieldProblem(
                "EVIDENCE_URL",
                "unknown_scheme",
                _("Set EVIDENCE_URL to file:///path: this version keeps evidence in a folder only"),
            )
        )
    return FolderVault(Path(url.removeprefix("file://")))
