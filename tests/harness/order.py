"""The long ways first, so that at the end nobody waits for one of them."""

from __future__ import annotations

import gc
from itertools import islice

import pytest

LONG = ("tests/journeys/", "tests/walk/", "tests/outside/", "tests/storm/", "tests/gates/", "tests/api/test_contract")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker is given as many tests as the next, in this order: so each part begins with its long ones."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    files = dict.fromkeys(item.path for item in items if item.nodeid.startswith(LONG))
    place = {path: number % workers for number, path in enumerate(files)}  # of which worker: paths are slow to compare
    parts: list[list[pytest.Item]] = [[] for _worker in range(workers)]
    for item in items:
        if item.path in place:
            parts[place[item.path]].append(item)
    short = iter([item for item in items if item.path not in place])
    for part in parts:
        part.extend(islice(short, max(0, len(items) // workers - len(part))))
    items[:] = [item for part in parts for item in part] + list(short)


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests stay: else each sweep of the collector goes through them all again
    gc.enable()
    gc.set_threshold(50_000, 20, 20)  # a test's rows are gone by themselves: seldom is enough, and a twentieth quicker
