"""What holds of every vault: what was answered for is there, whole, under its sha256, and stays as it is."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from quality.core.config import Settings
from quality.core.errors import Invalid, Unavailable
from quality.core.surroundings import CHECKOUT
from quality.evidence.s3 import MEDIUM, Place, S3Vault
from quality.evidence.vault import FolderVault, Kept, Vault, vault_from
from tests.evidence.files import photograph
from tests.harness.databases import environment_for

PICTURE = photograph()
NAME = hashlib.sha256(PICTURE).hexdigest()
LARGE = b"\x00\x01\x02\x03" * 1_000_000  # more than is held in memory at once


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.getfixturevalue("s3_url") if request.param == "s3" else f"file://{tmp_path}/vault"


@pytest.fixture
def vault(url: str) -> Vault:
    return vault_from(url)


def test_what_was_put_is_there(vault: Vault) -> None:
    assert vault.put(PICTURE) == Kept(NAME, len(PICTURE))
    with vault.open(NAME) as kept:
        assert kept.read() == PICTURE
    assert vault.size(NAME) == len(PICTURE)


def test_a_stream_is_kept_like_its_bytes(vault: Vault) -> None:
    assert vault.put(io.BytesIO(LARGE)) == Kept(hashlib.sha256(LARGE).hexdigest(), len(LARGE))


def test_the_same_bytes_again_give_the_same_answer(vault: Vault) -> None:
    assert vault.put(PICTURE) == vault.put(io.BytesIO(PICTURE))


def test_a_file_is_read_at_any_place(vault: Vault) -> None:
    name = vault.put(LARGE).sha256
    with vault.open(name) as kept:
        assert kept.seekable()
        assert kept.seek(1_000_002) == 1_000_002
        assert kept.read(4) == b"\x02\x03\x00\x01"
        assert kept.seek(-2, io.SEEK_END) == len(LARGE) - 2
        assert (kept.read(), kept.read()) == (b"\x02\x03", b"")
        kept.seek(0)
        assert hashlib.sha256(kept.read()).hexdigest() == name


def test_an_empty_file_is_refused(vault: Vault) -> None:
    with pytest.raises(Invalid) as refused:
        vault.put(b"")
    assert [problem.code for problem in refused.value.problems] == ["empty"]


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_a_too_large_file_is_refused(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    small: Vault = FolderVault(tmp_path, largest=len(PICTURE))
    if kind == "s3":
        small = S3Vault(Place.read(request.getfixturevalue("s3_url")), largest=len(PICTURE))
    small.put(PICTURE)
    with pytest.raises(Invalid) as refused:
        small.put(PICTURE + b"!")
    assert [problem.code for problem in refused.value.problems] == ["too_large"]
    assert small.size(hashlib.sha256(PICTURE + b"!").hexdigest()) is None


def test_half_an_upload_is_not_kept(vault: Vault) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(10)
            if not piece:
                raise ConnectionResetError("the sender is gone")
            return piece

    with pytest.raises(ConnectionResetError):
        vault.put(Broken(PICTURE))
    assert vault.size(NAME) is None


@pytest.mark.parametrize("name", [NAME, "", "../../etc/passwd", NAME.upper(), NAME[:-1]])
def test_what_is_not_there_cannot_be_opened(vault: Vault, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        vault.open(name)


def test_what_was_removed_is_gone_and_may_be_removed_again(vault: Vault) -> None:
    vault.put(PICTURE)
    for _twice in range(2):
        vault.remove(NAME)
        assert vault.size(NAME) is None
    assert vault.put(PICTURE) == Kept(NAME, len(PICTURE))


def test_what_lies_apart_is_not_among_the_others(vault: Vault) -> None:
    vault.apart().put(PICTURE)
    assert (vault.size(NAME), vault.apart().size(NAME)) == (None, len(PICTURE))
    vault.put(PICTURE)
    vault.apart().remove(NAME)
    assert (vault.size(NAME), vault.apart().size(NAME)) == (len(PICTURE), None)


def test_two_senders_of_the_same_bytes_get_the_same_answer(vault: Vault) -> None:
    answers: list[Kept] = []
    senders = [threading.Thread(target=lambda: answers.append(vault.put(PICTURE))) for _n in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert answers == [Kept(NAME, len(PICTURE))] * 4


# --- S3 alone ---


def test_a_large_file_goes_in_parts_and_comes_back_whole(s3_url: str) -> None:
    large = os.urandom(MEDIUM + 1_000_003)
    vault = vault_from(s3_url)
    assert vault.put(io.BytesIO(large)) == vault.put(large)
    with vault.open(hashlib.sha256(large).hexdigest()) as kept:
        assert kept.read() == large


DIVIDED = """
import os, sys
from quality.evidence.vault import vault_from
vault = vault_from(sys.argv[1])
if sys.argv[2] == "before":
    vault.put(b"before")
child = os.fork()
if not child:
    try:
        print(vault.put(b"in the child").bytes, flush=True)
    except RuntimeError as refused:
        print(refused, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.parametrize(("opened", "says"), [("after", "12\n"), ("before", "a store of this process's parent would")])
def test_a_process_opens_a_store_of_its_own_and_says_so_where_that_would_hang(
    s3_url: str, opened: str, says: str
) -> None:
    command = [sys.executable, "-c", DIVIDED, s3_url, opened]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith(says)


def no_one_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.mark.parametrize("what", ["no server", "no bucket"])
def test_a_store_that_is_away_says_so_and_when_to_try_again(s3_url: str, s3_server: str, what: str) -> None:
    vault = vault_from(f"s3://no-bucket?endpoint={no_one_listens() if what == 'no server' else s3_server}")
    asked: list[Any] = [lambda: vault.put(PICTURE), lambda: vault.open(NAME)]
    for ask in asked:
        with pytest.raises(Unavailable, match="store_away") as away:
            ask()
        assert away.value.retry_after > 0


def test_an_address_is_read_with_all_that_it_says() -> None:
    asked = "s3://bucket/a/b/?endpoint=https://s3.example&region=cn-north-1&style=virtual"
    assert Place.read(asked) == Place("bucket", "a/b/", "https://s3.example", "cn-north-1", virtual=True)
    assert Place.read("s3://bucket") == Place("bucket", "", None, None, virtual=False)


@pytest.mark.parametrize(
    "wrong",
    [
        "s3://", "s3://B", "s3://bucket?endpoint=store.example", "s3://bucket?endpoint=ftp://store.example",
        "s3://bucket?secret=x", "s3://bucket?style=other", "s3://bucket?region=a&region=b", "s3://user:pass@bucket",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_said_at_the_start(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.read(environment_for(f"sqlite:///{tmp_path}/x.db", tmp_path) | {"EVIDENCE_URL": wrong})
    assert [problem.field for problem in refused.value.problems] == ["EVIDENCE_URL"]
