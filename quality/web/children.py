"""How the processes of `mingcha serve` are begun. It fetches next to nothing: `make run` begins one before all else."""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, Protocol

from quality.core.surroundings import CHECKOUT

GRANIANS_LINES = Path(__file__).with_name("granian_log.json")
TALLY_FOLDER = "MINGCHA_TALLY"  # set for the workers, who count there together (tally.py)
THREADS = 12  # of a worker; fewer than the connections of the database's pool, of which a long upload holds one
PR_SET_PDEATHSIG = 1  # prctl(2)
PATIENCE_WITH_WORKERS = 5  # seconds: one that is told to end while it begins does not hear it
TIED = ["setpriv", "--pdeathsig", "TERM"]  # a child ends with its parent, also when that is killed with -9


class Running(Protocol):
    """What a parent asks of a child: `subprocess.Popen` has it."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...


def begun(command: Sequence[str]) -> Running:
    """A child, at the head of a group of its own: Ctrl-C reaches the parent only, and a signal all of its workers."""
    return subprocess.Popen([*TIED, *command], cwd=CHECKOUT, process_group=0, stdin=subprocess.DEVNULL)


class Divided:
    """A child that this process divided off: it has all that was fetched by then, which `begun` would fetch again."""

    def __init__(self, be: Callable[[], None]) -> None:
        self.pid = os.fork()
        self._code: int | None = None
        if self.pid == 0:
            self._live(be)

    @staticmethod
    def _live(be: Callable[[], None]) -> NoReturn:
        """Never comes back to where the parent goes on."""
        code: object = 1
        try:
            os.setpgid(0, 0)
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.chdir(CHECKOUT)
            be()
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 1)

    def poll(self) -> int | None:
        if self._code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        until = math.inf if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a child", timeout or 0)
            time.sleep(0.02)
        return code


def divided_web(host: str, port: int, workers: int, log_format: str) -> Running:
    """The web server, without another Python that has to start."""
    _python, _module, name, *options = web_command(host, port, workers, log_format)

    def be() -> None:
        sys.argv = ["granian", *options]
        importlib.import_module(name).main()

    return Divided(be)


def web_command(host: str, port: int, workers: int, log_format: str) -> list[str]:
    """Several threads a worker, of which web/turnstile.py lets one work while the others send or fetch.

    Four at work would halve the rate of a list page, and the slowest answers would come ten times as late.
    """
    given: dict[str, object] = {
        "--interface": "wsgi",
        "--host": host,
        "--port": port,
        "--workers": workers,
        "--blocking-threads": THREADS,
        "--workers-kill-timeout": PATIENCE_WITH_WORKERS,
    }
    if log_format == "json":
        given["--log-config"] = str(GRANIANS_LINES)
    options = [str(word) for pair in given.items() for word in pair]
    granian = [sys.executable, "-m", "quality.web.granian_parent"]
    return [*granian, *options, "--respawn-failed-workers", "--log-level", "error", "app:app"]


def tally_folder() -> str:
    """Where the workers count, until `serve` takes it away."""
    if TALLY_FOLDER not in os.environ:
        os.environ[TALLY_FOLDER] = tempfile.mkdtemp(prefix="mingcha-tally-")
    return os.environ[TALLY_FOLDER]


def why_not(host: str, port: int) -> OSError | None:
    """Why this address cannot be opened."""
    try:
        with socket.create_server((host, port)):
            return None
    except OSError as taken:
        return taken
