"""A vault in a folder: what is on the disk, when, and under which name. What holds of every vault: test_vaults.py."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from quality.core.errors import Invalid, Unavailable
from quality.core.surroundings import CHECKOUT
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

    assert vault.clear_abandoned(timedelta(hours=1)) == 0  # it may still be arriving
    os.utime(left, (time.time() - 7200,) * 2)
    assert vault.clear_abandoned(timedelta(hours=1)) == 1
    assert files(tmp_path) == []


def test_a_clock_of_ours_that_leapt_ends_no_upload(vault: FolderVault, tmp_path: Path, clock, monkeypatch) -> None:
    draft = tmp_path / "arriving" / "half"
    draft.parent.mkdir(exist_ok=True)
    draft.write_bytes(b"half of it")
    clock.advance(days=1)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 86_400)

    assert vault.clear_abandoned(timedelta(hours=1)) == 0
    assert draft.exists()


def test_the_address_of_a_folder_makes_a_vault(tmp_path: Path) -> None:
    vault = vault_from(f"file://{tmp_path}/evidence")
    vault.put(PICTURE)
    with FolderVault(tmp_path / "evidence").open(NAME) as kept:
        assert kept.read() == PICTURE


@pytest.mark.parametrize("address", ["ftp://store.example/", "file://host/path", "/path"])
def test_another_address_is_refused_and_told_what_is_understood(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        vault_from(address)
    [problem] = refused.value.problems
    assert (problem.field, problem.code) == ("EVIDENCE_URL", "unknown_scheme")


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "store_full"), (errno.EIO, "store_away")])
def test_a_full_disk_and_a_lost_one_are_said_and_leave_nothing(
    vault: FolderVault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, code: str
) -> None:
    def fails(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(Unavailable, match=code):
        vault.put(PICTURE)
    assert files(tmp_path) == []


def test_a_folder_that_is_a_file_is_our_mistake_and_not_said_to_be_busy(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("no folder")
    with pytest.raises(NotADirectoryError):
        FolderVault(tmp_path / "here").put(PICTURE)
