"""The program as it is run in earnest: `mingcha serve` with workers and jobs, which others kill while it works."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from quality.core.surroundings import CHECKOUT
from tests.storm.ground import children, descendants, proportional_memory, tell

FAKETIME = [Path(f"/usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1") for machine in ("x86_64", "aarch64")]
WORKERS = 2
SLOW = 2.0  # seconds until every process knows that the clock jumped


class Clock:
    """The program's time: ours, and so many seconds more. Its processes read the file each time they ask."""

    def __init__(self, folder: Path) -> None:
        self.library = next((path for path in FAKETIME if path.exists()), None)
        self._file = folder / "time"
        self.ahead = 0.0
        self.jumps: list[tuple[float, float]] = []  # when, by time.monotonic, and how far ahead it is since
        self.jump(0)

    def jump(self, seconds: float) -> None:
        self.ahead += round(seconds)
        draft = self._file.with_suffix(".new")
        draft.write_text(f"{self.ahead:+.0f}\n")
        draft.rename(self._file)
        self.jumps.append((time.monotonic(), self.ahead))

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.ahead, UTC)

    def environment(self) -> dict[str, str]:
        if self.library is None:
            return {}
        return {
            "LD_PRELOAD": str(self.library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(__file__).with_name("hourglass")),
        }

    def settle(self) -> None:
        """Until every process has read the file again."""
        time.sleep(1.1)

    def spans(self, since: float, until: float) -> list[tuple[datetime, datetime]]:
        """A time from `since` to `until` (time.monotonic) as the program may have seen it.

        One span; more where the clock jumped in it, or so shortly before that not every process knew.
        """
        jumps = [at for at, _ahead in self.jumps[1:] if since - SLOW <= at <= until]
        began, ended = self.real(since), self.real(until)
        if not jumps:
            ahead = timedelta(seconds=self.ahead_at(since))
            return [(began + ahead, ended + ahead)]
        aheads = [self.ahead_at(since - SLOW), *(self.ahead_at(at) for at in jumps)]
        wide = timedelta(seconds=SLOW)
        return [(began - wide + timedelta(seconds=each), ended + wide + timedelta(seconds=each)) for each in aheads]

    def real(self, moment: float) -> datetime:
        return datetime.fromtimestamp(time.time() - (time.monotonic() - moment), UTC)

    def ahead_at(self, moment: float) -> float:
        """How far it was ahead at a moment of time.monotonic."""
        return next((ahead for at, ahead in reversed(self.jumps) if at <= moment), 0.0)


class Program:
    """One `mingcha serve`, and what can be done to it."""

    def __init__(self, environment: Mapping[str, str], folder: Path, clock: Clock, *, workers: int = WORKERS) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        own = {"WEBHOOK_ALLOW_PRIVATE": "1", "PUBLIC_URL": self.address, "API_PER_MINUTE": "999999"}
        own["PYTHONFAULTHANDLER"] = "1"  # who is ended by SIGABRT tells where each thread stands
        own["TMPDIR"] = str(folder / "tmp")
        Path(own["TMPDIR"]).mkdir(exist_ok=True)
        self._told = dict(os.environ) | dict(environment) | own | clock.environment()
        self.log = folder.parent / f"{folder.name}.log"  # not on the small disk: what fails there must be readable
        self._workers = workers
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = ["serve", "--port", str(self.port), "--workers", str(self._workers)]
        self.process = self._run(words)

    def twin(self) -> subprocess.Popen[bytes]:
        """Another process of jobs beside the first, as on a second machine."""
        return self._run(["jobs"])

    def _run(self, words: list[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "quality.cli", *words]  # it ends with the storm's own space of processes
        with self.log.open("ab") as told:
            return subprocess.Popen(command, cwd=CHECKOUT, env=self._told, stdout=told, stderr=told)

    def until_ready(self, seconds: float = 60, over: threading.Event | None = None) -> float:
        """How long it took until the page of readiness said yes; raises when it never does."""
        began = time.monotonic()
        while time.monotonic() - began < seconds and not (over and over.is_set()):
            try:
                if httpx.get(f"{self.address}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"the program did not become ready within {seconds} s; see {self.log}")

    # --- its processes ---

    def _child(self, word: str) -> int | None:
        if self.process is None:
            return None
        return next((pid for pid in children(self.process.pid) if word in command_of(pid)), None)

    @property
    def web(self) -> int | None:
        return self._child("granian")

    @property
    def jobs(self) -> int | None:
        return self._child("jobs")

    def web_workers(self) -> list[int]:
        """Those that answer: of granian's children, those that hold the program."""
        web = self.web
        return [pid for pid in children(web) if "tracker" not in command_of(pid)] if web else []

    def kill_web_worker(self, which: int) -> bool:
        found = self.web_workers()
        return bool(found) and tell(found[which % len(found)], signal.SIGKILL)

    def kill_web(self) -> bool:
        web = self.web
        return web is not None and tell(web, signal.SIGKILL)

    def kill_jobs(self) -> bool:
        jobs = self.jobs
        return jobs is not None and tell(jobs, signal.SIGKILL)

    def kill_all(self) -> int:
        """`serve` by kill -9; its children end by themselves, or the port stays taken. How many processes it was."""
        assert self.process
        family = descendants(self.process.pid)
        self.process.kill()
        self.process.wait()
        until = time.monotonic() + 15
        while time.monotonic() < until and any(is_alive(pid) for pid in family):
            time.sleep(0.1)
        left = [pid for pid in family if is_alive(pid)]
        for pid in left:
            tell(pid, signal.SIGKILL)
        return len(family) - len(left)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill_all()

    def memory(self) -> dict[str, int]:
        """PSS in KiB of the web server with its workers, and of the jobs."""
        return {
            name: sum(map(proportional_memory, descendants(pid))) if pid else 0
            for name, pid in (("web", self.web), ("jobs", self.jobs))
        }


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in {"Z", "X"}
    except OSError:
        return False
