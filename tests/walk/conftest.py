from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import standardwebhooks.webhooks
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality import cli
from quality.core.db import db
from quality.walk import Progress, campaign, doors, walk
from quality.walk.doors import open_doors
from quality.walk.report import Walked
from tests.harness.clock import HeldClock
from tests.harness.databases import environment_for

Walk = Callable[..., Walked]


@pytest.fixture(autouse=True)
def no_waiting(clock, monkeypatch):
    hold_all_clocks(clock, monkeypatch)


def hold_all_clocks(clock: HeldClock, patched: pytest.MonkeyPatch) -> None:
    """The clock jumps where the walk would wait; the verifier of webhooks has the same one."""
    waiting = SimpleNamespace(sleep=lambda seconds: clock.advance(seconds=seconds))
    patched.setattr(campaign, "time", waiting)
    patched.setattr(doors, "time", waiting)
    of_the_test = SimpleNamespace(now=lambda tz: clock.now(), fromtimestamp=datetime.fromtimestamp)
    patched.setattr(standardwebhooks.webhooks, "datetime", of_the_test)


@pytest.fixture
def walked(app: Flask) -> Walk:
    """Walk a file in this test's database, as the command does."""

    def walked(path: Path, *, client: httpx.Client | None = None, **named: Any) -> Walked:
        quiet, sessions, settings = Progress(lambda *_told: None), sessionmaker(db.engine), app.config["SETTINGS"]
        with open_doors(app, sessions, settings, client) as opened:
            return walk(path, sessions, settings, progress=quiet, doors=opened, **named)

    return walked


@pytest.fixture
def at(database, tmp_path, monkeypatch):
    """The command's surroundings name this test's database."""
    for name, value in environment_for(database, tmp_path).items():
        monkeypatch.setenv(name, value)
    return database


@pytest.fixture
def mingcha(capsys, monkeypatch):
    """Run the command in this process: its exit status, what it printed, and what it complained of."""

    def run(*words: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--lang", "en", *map(str, words)])
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run
