from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import sessionmaker

from quality import cli
from quality.core.db import db
from quality.walk import Progress, campaign, walk
from quality.walk.report import Walked
from tests.harness.databases import environment_for

Walk = Callable[..., Walked]


@pytest.fixture(autouse=True)
def no_waiting(clock, monkeypatch):
    """The clock jumps where the walk would wait for its public number."""
    monkeypatch.setattr(campaign, "time", SimpleNamespace(sleep=lambda seconds: clock.advance(seconds=seconds)))


@pytest.fixture
def walked(app: Flask) -> Walk:
    """Walk a file in this test's database, as the command does."""

    def walked(path: Path, **named: Any) -> Walked:
        quiet = Progress(lambda *_told: None)
        return walk(path, sessionmaker(db.engine), app.config["SETTINGS"], progress=quiet, **named)

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
