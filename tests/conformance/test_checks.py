"""What each check of a conformance run follows from, by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quality.conformance.checks import Called, Check, Shown, Tried, checks
from quality.conformance.models import Trial

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def check(code: str, trial: Trial, tries: list[int | None], calls: list[tuple[float, str, list[str], int]]) -> Check:
    shown = {each: Shown("N", ["A", "B"], [], []) for each in Trial}
    tried = [Tried(at(5 * place), status) for place, status in enumerate(tries)]
    shown[trial] = Shown("N", ["A", "B"], tried, [Called(at(when), *rest) for when, *rest in calls])  # type: ignore[arg-type]
    return next(each for each in checks(shown, at(60)) if each.code == code)


CASES: list[tuple[str, Trial, list[int | None], list[Any], str]] = [
    ("signature", Trial.SIGNED, [], [], "waits"),
    ("signature", Trial.SIGNED, [None, 503], [], "waits"),
    ("signature", Trial.SIGNED, [400], [], "failed"),
    ("signature", Trial.SIGNED, [400, 204], [], "passed"),
    ("forgery", Trial.FORGED, [401], [], "passed"),
    ("forgery", Trial.FORGED, [200], [], "failed"),
    ("forgery", Trial.FORGED, [429], [], "waits"),
    ("forgery", Trial.FORGED, [500], [], "waits"),
    ("duplicate", Trial.SIGNED, [204, 204], [], "waits"),
    ("duplicate", Trial.SIGNED, [204], [(1, "outcomes", ["A"], 200)], "waits"),
    ("duplicate", Trial.SIGNED, [204, 204], [(1, "outcomes", ["A"], 200)], "passed"),
    ("duplicate", Trial.SIGNED, [204, 204], [(1, "outcomes", ["A"], 200), (6, "outcomes", ["A"], 200)], "failed"),
    ("retry", Trial.RETRIED, [204], [], "failed"),
    ("retry", Trial.RETRIED, [503], [], "waits"),
    ("retry", Trial.RETRIED, [None, 503, 204], [], "passed"),
    ("partial", Trial.PARTIAL, [204], [(1, "outcomes", ["A"], 200)], "passed"),
    ("partial", Trial.PARTIAL, [204], [(1, "outcomes", ["A", "B"], 200)], "failed"),
    ("too_many", Trial.BUSY, [204], [(1, "outcomes", [], 429)], "waits"),
    ("too_many", Trial.BUSY, [204], [(1, "outcomes", [], 429), (11, "outcomes", ["A"], 200)], "passed"),
    ("too_many", Trial.BUSY, [204], [(1, "outcomes", [], 429), (10, "outcomes", [], 429)], "failed"),
    ("objection", Trial.OBJECTED, [204], [(1, "question", [], 201)], "waits"),
    ("objection", Trial.OBJECTED, [204], [(1, "objection", [], 201)], "passed"),
]


@pytest.mark.parametrize(("code", "trial", "tries", "calls", "state"), CASES)
def test_a_check_follows_from_what_was_seen(
    code: str, trial: Trial, tries: list[int | None], calls: list[Any], state: str
) -> None:
    assert check(code, trial, tries, calls).state.value == state
