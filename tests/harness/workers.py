"""What the workers of a run share: whoever comes first makes it, and the others find it made."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

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
