"""The long ways first, so that at the end nobody waits for one of them."""

from __future__ import annotations

import gc
from itertools import islice

import pytest

LONG = ("tests/journeys/", "tests/walk/", "tests/outside/", "tests/storm/", "tests/gates/", "tests/api/test_contract")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker is given as many tests as the next, in this order: so each part begins with its long ones."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    files = list(dict.fromkeys(item.path for item in items if item.nodeid.startswith(LONG)))
    short = (item for item in list(items) if item.path not in files)
    parts = [[item for item in items if item.path in files[place::workers]] for place in range(workers)]
    for part in parts:
        part.extend(islice(short, max(0, len(items) // workers - len(part))))
    items[:] = [item for part in parts for item in part] + list(short)


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay: else each sweep of the collector goes through them all again
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # a test's rows are gone by themselves: seldom is enough, and a twentieth quicker
