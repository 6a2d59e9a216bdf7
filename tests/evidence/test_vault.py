"""Bytes that were answered for are there, whole, under their sha256, and stay as they are."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quality.core.config import CHECKOUT
from quality.core.errors import Invalid
from quality.evidence.vault import FolderVault, Kept, vault_from
from tests.evidence.files import photograph

PICTURE = photograph()
NAME = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def vault(tmp_path: Path) -> FolderVault:
    return FolderVault(tmp_path)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_file_lies_under_its_sha256(vault: FolderVault, tmp_path: Path) -> None:
    assert vault.put(PICTURE) == Kept(NAME, len(PICTURE))
    assert files(tmp_path) == [tmp_path / NAME[:2] / NAME[2:4] / NAME]
    with vault.open(NAME) as kept:
        assert kept.read() == PICTURE


def test_a_stream_is_kept_like_its_bytes(vault: FolderVault) -> None:
    large = b"\x00\x01\x02\x03" * 1_000_000  # more than is held in memory at once
    assert vault.put(io.BytesIO(large)) == Kept(hashlib.sha256(large).hexdigest(), len(large))


def test_the_same_bytes_again_change_nothing(vault: FolderVault, tmp_path: Path) -> None:
    first = vault.put(PICTURE)
    [before] = [path.stat() for path in files(tmp_path)]

    assert vault.put(io.BytesIO(PICTURE)) == first

    [after] = [path.stat() for path in files(tmp_path)]
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (before.st_ino, before.st_mtime_ns, before.st_size)


def test_nobody_may_write_to_a_kept_file(vault: FolderVault, tmp_path: Path) -> None:
    vault.put(PICTURE)
    [kept] = files(tmp_path)
    assert kept.stat().st_mode & 0o777 == 0o444


def test_an_empty_file_is_refused(vault: FolderVault, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        vault.put(b"")
    assert [problem.code for problem in refused.value.problems] == ["empty"]
    assert files(tmp_path) == []


def test_a_too_large_file_is_refused_and_nothing_of_it_stays(tmp_path: Path) -> None:
    small = FolderVault(tmp_path, largest=len(PICTURE))
    small.put(PICTURE)
    with pytest.raises(Invalid) as refused:
        small.put(PICTURE + b"!")
    assert [problem.code for problem in refused.value.problems] == ["too_large"]
    assert [path.name for path in files(tmp_path)] == [NAME]


def test_half_an_upload_is_not_kept(vault: FolderVault, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(10)
            if not piece:
                raise ConnectionResetError("the sender is gone")
            return piece

    with pytest.raises(ConnectionResetError):
        vault.put(Broken(PICTURE))
    assert files(tmp_path) == []


def test_bytes_are_synced_before_they_get_their_name_and_folders_after(
    vault: FolderVault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deeds: list[str] = []
    real_sync, real_link = os.fsync, os.link

    def fsync(descriptor: int) -> None:
        real_sync(descriptor)
        deeds.append(str(Path(os.readlink(f"/proc/self/fd/{descriptor}")).relative_to(tmp_path)))

    def link(source: Path, target: Path) -> None:
        real_link(source, target)
        deeds.append("named")

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    vault.put(PICTURE)

    assert deeds[0].startswith("arriving/")
    assert deeds[1:] == ["named", f"{NAME[:2]}/{NAME[2:4]}", NAME[:2], "."]


def test_two_senders_of_the_same_bytes_get_the_same_answer(vault: FolderVault, tmp_path: Path) -> None:
    answers: list[Kept] = []
    senders = [threading.Thread(target=lambda: answers.append(vault.put(PICTURE))) for _n in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [Kept(NAME, len(PICTURE))] * 8
    assert [path.name for path in files(tmp_path)] == [NAME]


KILLED = """
import sys
from pathlib import Path
from quality.evidence.vault import FolderVault

class Slow:
    sent = False
    def read(self, size):
        if self.sent:
            print("half", flush=True)
            sys.stdin.read()
        self.sent = True
        return b"half of it"

FolderVault(Path(sys.argv[1])).put(Slow())
"""


def test_a_killed_upload_leaves_nothing_under_a_name_and_is_cleared_away(vault: FolderVault, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    child = subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout and child.stdout.readline() == b"half\n"
        child.kill()
    [left] = files(tmp_path)
    assert left.parent.name == "arriving"

    assert vault.clear_abandoned(datetime.now(UTC) - timedelta(hours=1)) == 0  # it may still be arriving
    os.utime(left, (time.time() - 7200,) * 2)
    assert vault.clear_abandoned(datetime.now(UTC) - timedelta(hours=1)) == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", [NAME, "", "../../etc/passwd", NAME.upper(), NAME[:-1]])
def test_what_is_not_there_cannot_be_opened(vault: FolderVault, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        vault.open(name)


def test_the_address_of_a_folder_makes_a_vault(tmp_path: Path) -> None:
    vault = vault_from(f"file://{tmp_path}/evidence")
    vault.put(PICTURE)
    with FolderVault(tmp_path / "evidence").open(NAME) as kept:
        assert kept.read() == PICTURE


@pytest.mark.parametrize("address", ["s3://bucket?endpoint=http://store.example", "file://host/path", "/path"])
def test_another_address_is_refused_and_told_what_is_understood(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        vault_from(address)
    [problem] = refused.value.problems
    assert (problem.field, problem.code) == ("EVIDENCE_URL", "unknown_scheme")


def test_reading_gives_the_bytes_as_they_came_even_of_a_picture(vault: FolderVault) -> None:
    kept: Any = vault.put(io.BytesIO(PICTURE))
    with vault.open(kept.sha256) as file:
        assert hashlib.sha256(file.read()).hexdigest() == kept.sha256
