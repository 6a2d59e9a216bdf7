"""The second start of `make run`, until its first page, against bare granian with an empty Flask."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from quality.core.surroundings import CHECKOUT
from tests.benchmarks.measure import Row, in_turn
from tests.harness.databases import environment_for

BARE = """from flask import Flask
app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "empty")
"""
ROUNDS = 7
BAR = 5


def rows(folder: Path) -> list[Row]:
    (folder / "empty.py").write_text(BARE)
    environment = os.environ | environment_for(f"sqlite:///{folder}/start.db", folder)
    environment |= {"DEMO_PASSWORD": "moon-tree-fish-lamp"}
    port = free_port()
    ours = partial(first_page, ["sh", "-c", f".ci/set-up run && .venv/bin/python -m quality.start {port}"], CHECKOUT)
    bare = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-log", "empty:app"]
    ours(environment, port)  # the first start loads the demonstration
    mine, theirs, ratio = in_turn_of_their_own(
        lambda: ours(environment, port), lambda: first_page(bare, folder, environment, port)
    )
    what = "the second start of `make run`, until its first page"
    return [Row(what, "bare granian with an empty Flask", "SQLite", mine, theirs, ratio, BAR)]


def in_turn_of_their_own(ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float, float]:
    """As `in_turn`, of deeds that say themselves how long they took: what ends a server is not its start."""
    took = [0.0]

    def summed(deed: Callable[[], float]) -> Callable[[], None]:
        def do() -> None:
            took[0] += deed()

        return do

    return in_turn(summed(ours), summed(theirs), ROUNDS, by=lambda: took[0])


def first_page(command: Sequence[str], folder: Path, environment: dict[str, str], port: int) -> float:
    """Seconds from the command until a page came."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
    )
    try:
        while not answers(port):
            assert process.poll() is None, f"it ended with {process.returncode}"
            time.sleep(0.005)
        return time.perf_counter() - began
    finally:
        os.killpg(process.pid, 15)
        process.wait()
        while is_taken(port):
            time.sleep(0.02)


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.RemoteDisconnected):
        return False
    finally:
        connection.close()


def is_taken(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
