"""What the workers of a run share: whoever comes first makes it, and the others find it made."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable, Generator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies

TESTS = Path(__file__).parents[1]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


def numbers() -> count[int]:
    """Numbers that no other worker gives out: a test meets what another worker's road has made."""
    return count(1 + 1_000_000 * int(WORKER.removeprefix("gw")))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all workers of this run."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def once(folder: Path, make: Callable[[Path], Any]) -> Any:
    """What is made in this folder by the first worker that asks for it, while the others who ask wait."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder.with_suffix(".made")
        if not made.exists():
            folder.mkdir()
            made.write_bytes(pickle.dumps(make(folder)))
        return pickle.loads(made.read_bytes())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """After a change the first worker compiles the tests; four that did it at once each did all of it."""
    compiled = TESTS / "__pycache__" / "compiled"
    if "PYTEST_XDIST_WORKER" not in os.environ or is_newest(compiled):
        return (yield)
    compiled.parent.mkdir(exist_ok=True)
    with compiled.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_newest(compiled):
            collected = yield
            strategies.text().validate()  # two seconds of looking at all characters, kept in .hypothesis
            compiled.touch()
            return collected
    return (yield)


def is_newest(file: Path) -> bool:
    made = file.stat().st_mtime if file.exists() else 0
    return all(source.stat().st_mtime < made for source in TESTS.rglob("*.py"))
