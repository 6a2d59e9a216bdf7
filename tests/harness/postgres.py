"""A PostgreSQL server of the tests' own: nothing to install a cluster for, nothing left behind, root or not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

ROOM = 2 * 1024**3
ALONE = {"max_connections": "300", "listen_addresses": ""}
FAST = {  # nobody will miss this data after a power cut
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",  # compiling a statement takes longer than its few rows
}


class Server:
    """A running server, spoken to through a socket in its own folder, and over `PORT` where it was given a network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: psycopg.Connection | None = None

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://mingcha@/{name}?host={self.folder}"

    def say(self, sentence: str) -> None:
        """On a connection that stays: a new one costs a fifth of making a database for a test and removing it."""
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(host=str(self.folder), user="mingcha", dbname="postgres", autocommit=True)
        self._kept.execute(sentence.encode())

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()

    def copy(self, name: str, to: str) -> None:
        """Copying the files costs half as much as the usual way, through the log."""
        self.say(f"CREATE DATABASE {to} TEMPLATE {name} STRATEGY FILE_COPY")


@contextmanager
def running_server(*, durable: bool = False, network: str = "") -> Iterator[Server]:
    """A server that forgets at a power cut, or one as it runs in earnest (`durable`), for measuring.

    `network`, as 10.1.0.0/16: from where it may be spoken to.
    """
    folder = Path(tempfile.mkdtemp(prefix="mingcha-postgres-", dir=None if durable else memory()))
    as_server = ["setpriv", "--pdeathsig", "INT"]  # it does not outlive the tests, however they end
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_server += ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
    settings = ALONE | ({} if durable else FAST) | ({"listen_addresses": "*"} if network else {})
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    log = folder / "log"
    try:
        run = [*as_server, binary("initdb"), "--no-sync", "--auth=trust", "--username=mingcha"]
        made = [*run, "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(folder / "data")]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd="/")
        if network:
            with (folder / "data" / "pg_hba.conf").open("a") as doors:
                doors.write(f"host all all {network} trust\n")
        with log.open("w") as told:
            start = [*as_server, binary("postgres"), "-D", str(folder / "data"), "-k", str(folder), *options]
            process = subprocess.Popen(start, stdout=told, stderr=told, cwd="/")
        try:
            with closing(Server(folder)) as server:
                wait_until_it_answers(server, process, log)
                yield server
        finally:
            process.send_signal(signal.SIGINT)  # ends what is still connected
            process.wait(20)
    finally:
        shutil.rmtree(folder)


def wait_until_it_answers(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(400):
        if process.poll() is not None:
            break
        try:
            return server.say("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def memory() -> str | None:
    """Where files cost no disk, if there is room: making a database is four times as fast there."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > ROOM else None


def binary(name: str) -> str:
    """Debian keeps the server's programs off the PATH, a folder for each version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise RuntimeError(f"PostgreSQL's {name} is not installed; `make test` installs it")
    return found
