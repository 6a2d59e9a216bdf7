"""The supervisor, with real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from quality.core.errors import Refused
from quality.core.surroundings import CHECKOUT
from quality.web.serve import Child, end, refuse_a_port_in_use
from tests.harness.databases import environment_for
from tests.harness.served import answers, eventually, free_port

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = "import pathlib, signal, time; signal.signal(15, signal.SIG_IGN); pathlib.Path({!r}).touch(); time.sleep(60)"


def test_a_dead_child_is_said_and_started_again_after_a_longer_and_longer_wait(capsys):
    child = Child("The jobs", [sys.executable, "-c", "raise SystemExit(3)"])
    waits, now = [], 0.0
    for _death in range(3):
        child.look(now)
        assert child.process
        child.process.wait()
        child.look(now)
        waits.append(child.next_start - now)
        child.look(child.next_start - 0.01)
        assert child.process is None
        now = child.next_start

    assert waits == [0.5, 1.0, 2.0]
    assert capsys.readouterr().err.count("3") == 3


def test_a_death_after_a_long_life_is_the_first_again():
    child = Child("The jobs", SLEEPER, wait=16)
    child.look(0)
    child.tell(signal.SIGKILL)
    child.process.wait()
    child.look(100)

    assert child.next_start == 100.5


def test_children_stand_outside_the_terminals_group_and_end_together():
    children = [Child("one", SLEEPER), Child("two", SLEEPER)]
    for child in children:
        child.look(0)
    groups = [os.getpgid(child.process.pid) for child in children]

    end(children)

    assert groups == [child.process.pid for child in children]
    assert [child.process.poll() for child in children] == [-signal.SIGTERM, -signal.SIGTERM]


def test_a_child_that_does_not_listen_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr("quality.web.serve.PATIENCE", 0.2)
    child = Child("The jobs", [sys.executable, "-c", STUBBORN.format(str(tmp_path / "deaf"))])
    child.look(0)
    eventually((tmp_path / "deaf").exists)

    end([child])

    assert child.process.poll() == -signal.SIGKILL


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refused, match="port_in_use"):
        refuse_a_port_in_use("127.0.0.1", taken.getsockname()[1])


def test_mingcha_serves_survives_a_kill_and_stops_at_ctrl_c(sqlite_database, tmp_path):
    port = free_port()
    environ = os.environ | environment_for(sqlite_database, tmp_path)
    words = ["--lang", "en", "serve", "--port", str(port), "--workers", "1"]
    log = tmp_path / "log"
    with log.open("w") as told:
        parent = subprocess.Popen([sys.executable, "-m", "quality.cli", *words], cwd=CHECKOUT, env=environ, stderr=told)
    try:
        eventually(lambda: answers(port))
        web = subprocess.check_output(["pgrep", "-P", str(parent.pid), "-f", "granian"])
        os.kill(int(web), signal.SIGKILL)
        eventually(lambda: "The web server ended (-9)" in log.read_text())
        eventually(lambda: answers(port))
        with slow_senders(port):
            assert answers(port)
        parent.send_signal(signal.SIGINT)
        assert parent.wait(10) == 0
    finally:
        parent.kill()
        parent.wait()
    assert not answers(port)
    assert "The jobs ended" not in log.read_text()
    assert log.read_text().endswith("Mingcha has stopped.\n")


@contextmanager
def slow_senders(port: int) -> Iterator[None]:
    """They begin to send something, small and large, and then nothing comes any more."""
    with ExitStack() as open_ones:
        for length in (100, 1000, 50_000_000, 50_000_000):
            slow = open_ones.enter_context(socket.create_connection(("127.0.0.1", port)))
            head = f"POST /account/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n"
            slow.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=".encode())
        time.sleep(0.5)  # they are all inside
        yield
