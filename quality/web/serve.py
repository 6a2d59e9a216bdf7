"""`mingcha serve`: keeps the web server and the jobs running, and stops them together.

The parent opens no database, no evidence store and no DuckDB: what is open when a process divides hangs in the child.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import click

from quality.core import logs
from quality.core.config import Settings
from quality.core.errors import Refused
from quality.core.words import Text, _
from quality.web.children import Running, begun, tally_folder, web_command, why_not

LOOK_EVERY = 0.2  # seconds
HEAD_START = 1.0  # seconds that the web server is started before the others: somebody waits for its first page
PATIENCE = 8.0  # seconds that a child has to end by itself; `serve` is gone in 10
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds before a dead child is started again
SETTLED = 60.0  # seconds after which a child's death is its first again


log = logging.getLogger("mingcha.serve")


@dataclass
class Child:
    """One process that should be running, and how patient we are with it."""

    name: Text
    command: Sequence[str]
    is_done_once: bool = False  # it ends by itself, and that is all
    process: Running | None = None
    started_at: float = 0
    next_start: float = 0
    wait: float = FIRST_WAIT / 2

    def look(self, now: float) -> None:
        """Start it when it is time; when it has died, say so and set the time."""
        if self.process is None:
            if now >= self.next_start:
                self.process = begun(self.command)
                self.started_at = now
        elif (code := self.process.poll()) is not None and self.is_done_once:
            self.process, self.next_start = None, math.inf
        elif code is not None:
            self.tell(signal.SIGKILL)  # what it leaves behind would hold the port
            self.process = None
            self.wait = FIRST_WAIT if now - self.started_at > SETTLED else min(self.wait * 2, LONGEST_WAIT)
            self.next_start = now + self.wait
            say(
                _(
                    "%(name)s ended (%(code)s); starting it again in %(wait)s s",
                    name=self.name,
                    code=code,
                    wait=self.wait,
                )
            )

    def tell(self, sign: signal.Signals) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)


def serve(
    host: str,
    port: int,
    *,
    workers: int,
    jobs: bool,
    once: Sequence[str] = (),
    web: Running | None = None,
) -> None:
    """Until somebody stops it. `once` is a command to run beside it, when the web server had time to start.

    `web` is the web server, where it was begun already (start.py).
    """
    told = Settings.read()  # what is missing is said once, here, and not by each child
    logs.set_up(told.log_format)
    if web is None:
        refuse_a_port_in_use(host, port)
    counted, now = tally_folder(), time.monotonic()
    command = web_command(host, port, workers, told.log_format)
    children = [Child(_("The web server"), command, process=web, started_at=now)]
    later = now + HEAD_START
    if once:
        children.append(Child("", once, is_done_once=True, next_start=later))
    if jobs:
        children.append(Child(_("The jobs"), [sys.executable, "-m", "quality.cli", "jobs"], next_start=later))
    stopping: list[int] = []

    def stop(sign: int, _frame: FrameType | None) -> None:
        stopping.append(sign)

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, stop)
    say(_("Mingcha is at http://%(host)s:%(port)s (Ctrl-C stops it)", host=host, port=port))
    try:
        while not stopping:
            for child in children:
                child.look(time.monotonic())
            time.sleep(LOOK_EVERY)
    finally:
        end(children)
        shutil.rmtree(counted, ignore_errors=True)
    say(_("Mingcha has stopped."))


def end(children: Sequence[Child]) -> None:
    for child in children:
        child.tell(signal.SIGTERM)
    patience = time.monotonic() + PATIENCE
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(max(0, patience - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.tell(signal.SIGKILL)
                child.process.wait()


def refuse_a_port_in_use(host: str, port: int) -> None:
    if taken := why_not(host, port):
        raise Refused(
            "port_in_use",
            _(
                "http://%(host)s:%(port)s cannot be opened (%(why)s). "
                "Stop what uses it, or choose another port: --port, or make run PORT=…",
                host=host,
                port=port,
                why=os.strerror(taken.errno or 0),
            ),
        ) from taken


def say(text: Text) -> None:
    if log.isEnabledFor(logging.INFO):
        log.info("%s", text)
    else:
        click.echo(str(text), err=True)
