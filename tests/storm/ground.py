"""Where a storm takes place: a small disk of its own, a database on it, and a PostgreSQL that may be struck down."""

from __future__ import annotations

import errno
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.harness.postgres import Server, binary, wait_until_it_answers

MEGABYTE = 1 << 20
ROOM = 1536 * MEGABYTE  # of the small disk
SETTINGS = {"max_connections": "100", "listen_addresses": "", "fsync": "off", "max_wal_size": "64MB"}
NAME = "mingcha"


class Disk:
    """A file system in memory that is full when we say so. `own`: whether it could be mounted at all."""

    def __init__(self, folder: Path, own: bool) -> None:
        self.folder, self.own = folder, own
        self._ballast = folder / "ballast"

    def fill(self) -> int:
        """Write until there is no room for another byte. How many bytes that took."""
        piece, written = os.urandom(MEGABYTE), 0
        with self._ballast.open("ab", buffering=0) as file:
            while piece:
                try:
                    written += file.write(piece)
                except OSError as full:
                    assert full.errno == errno.ENOSPC, full
                    piece = piece[: len(piece) // 2]
        return written

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[Disk]:
    """In a mount namespace of this process (`unshare --mount`), so that it is gone with it, however it ends."""
    folder = Path(tempfile.mkdtemp(prefix="mingcha-storm-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=755", "storm", str(folder)]
    own = os.environ.get("STORM_APART") == "1" and subprocess.run(mount, check=False).returncode == 0
    try:
        yield Disk(folder, own)
    finally:
        if own:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


class Postgres:
    """A server that can be killed and started again over the same files. Its socket lies beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgres"
        self.folder.mkdir()
        self._as_server: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self._as_server = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        self.server = Server(self.folder)
        self.process: subprocess.Popen[bytes] | None = None
        made = [binary("initdb"), "--no-sync", "--auth=trust", "--username=mingcha", "--encoding=UTF8"]
        made += ["--locale=C.UTF-8", "--wal-segsize=4", "-D", str(self.folder / "data")]
        subprocess.run([*self._as_server, *made], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def start(self) -> None:
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        start = [binary("postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder), *options]
        log = self.folder / "log"
        with log.open("a") as told:
            self.process = subprocess.Popen([*self._as_server, *start], stdout=told, stderr=told, cwd="/")
        wait_until_it_answers(self.server, self.process, log)

    def strike_down(self) -> None:
        """Immediate: nothing is written any more, every connection is cut, the log is replayed at the next start."""
        assert self.process
        self.server.close()
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def cut_connections(self) -> None:
        self.server.say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'mingcha'")

    def hang(self, seconds: float) -> int:
        """Every process of the server stands still, as when its storage does not answer. How many stood."""
        assert self.process
        found = descendants(self.process.pid)
        for pid in found:
            tell(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in found:
            tell(pid, signal.SIGCONT)
        return len(found)

    def stop(self) -> None:
        self.server.close()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)


def hold_the_write_lock(file: Path, seconds: float) -> bool:
    """A second connection writes for so long, as on a disk that takes its time. False: it did not get the lock."""
    with sqlite3.connect(file, timeout=20, isolation_level=None) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        time.sleep(seconds)
        other.execute("ROLLBACK")
    other.close()
    return True


@contextmanager
def vault_in(store: str) -> Iterator[dict[str, str]]:
    """What the program is told of where its evidence lies, beyond the folder that it has anyway."""
    if store != "s3":
        yield {}
        return
    import httpx
    from moto.server import ThreadedMotoServer

    keys = {"AWS_ACCESS_KEY_ID": "AKIA-of-the-storm", "AWS_SECRET_ACCESS_KEY": "secret-of-the-storm"}
    os.environ.update(keys)  # our own looks into the vault need them too
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        httpx.put(f"http://{host}:{port}/evidence", trust_env=False).raise_for_status()
        yield {"EVIDENCE_URL": f"s3://evidence/vault?endpoint=http://{host}:{port}", **keys}
    finally:
        server.stop()


# --- processes ---


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        told = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
        return [int(each) for text in told for each in text.split()]
    return []


def descendants(pid: int) -> list[int]:
    """The process itself, its children, and theirs."""
    return [pid, *(each for child in children(pid) for each in descendants(child))]


def tell(pid: int, sign: signal.Signals) -> bool:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return False
    return True


def proportional_memory(pid: int) -> int:
    """PSS in KiB: its own pages, and its share of those that it has together with others. 0: it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def plan_of(seed: int, name: str) -> random.Random:
    """Chances of one part of the storm: what another part draws does not shift them."""
    return random.Random(f"{seed} {name}")
