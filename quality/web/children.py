"""How the processes of `mingcha serve` are begun. It fetches next to nothing: `make run` begins one before all else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from quality.core.surroundings import CHECKOUT

GRANIANS_LINES = Path(__file__).with_name("granian_log.json")
TALLY_FOLDER = "MINGCHA_TALLY"  # set for the workers, who count there together (tally.py)
THREADS = 12  # of a worker; fewer than the connections of the database's pool, of which a long upload holds one
TIED = ["setpriv", "--pdeathsig", "TERM"]  # a child ends with its parent, also when that is killed with -9


def begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """A child, at the head of a group of its own: Ctrl-C reaches the parent only, and a signal all of its workers."""
    return subprocess.Popen([*TIED, *command], cwd=CHECKOUT, process_group=0, stdin=subprocess.DEVNULL)


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
