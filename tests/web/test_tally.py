"""All workers of a server count together, whichever is asked, and a dead one's count stays."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from quality.web.children import TALLY_FOLDER
from quality.web.tally import Tally


def work(times: int) -> None:
    tally = Tally()
    for _time in range(times):
        tally.note(200, 0.25)
    tally.note(503, 1.5)


def test_workers_count_together_and_the_dead_still_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TALLY_FOLDER, str(tmp_path))
    started = [multiprocessing.get_context("spawn").Process(target=work, args=(times,)) for times in (3, 5)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    ours = Tally()
    ours.note(404, 0.0)
    classes, slow, seconds = ours.of_all()
    assert classes == {"1xx": 0, "2xx": 8, "3xx": 0, "4xx": 1, "5xx": 2}
    assert (slow, seconds) == (2, 5.0)


def test_a_process_of_no_server_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TALLY_FOLDER, raising=False)
    alone = Tally()
    assert alone.of_all()[0]["2xx"] == 0
    alone.note(204, 0.5)
    assert alone.of_all() == ({"1xx": 0, "2xx": 1, "3xx": 0, "4xx": 0, "5xx": 0}, 0, 0.5)
