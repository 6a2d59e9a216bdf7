"""A judgement is kept as codes and strings, and told in the reader's language."""

from __future__ import annotations

import json

from quality.core.db import canonical
from quality.lab.entries import ResultEntry
from quality.lab.judging import judged, kept, reason_of
from quality.lab.models import TestResult


def result(value: str, limit: str, **more: str) -> TestResult:
    entry = ResultEntry("铅", value, "mg/kg", **more)
    judgement = judged(entry, limit=limit, rule="non_binary")
    columns = entry._asdict() | {"limit": limit, "rule": "non_binary", "verdict": judgement.verdict}
    return TestResult(**columns, judgement=json.loads(canonical(kept(judgement))))


def test_numbers_are_kept_as_strings():
    held = result("4.7", "≤ 5.0 mg/kg", uncertainty="0.6").judgement
    assert held["reason"] == "narrow_pass"
    assert held["compared"]["values"] == [["4.7", "4.7"]]
    assert held["compared"]["uncertainty"] == "0.6"
    assert held["compared"]["upper_limit"] in {"5", "5.0"}


def test_what_cannot_be_read_is_kept_with_its_reason_and_nothing_compared():
    held = result("见附件", "≤ 5.0 mg/kg")
    assert held.verdict == "undecided"
    assert held.judgement["compared"] is None


def test_the_reason_is_told_anew_from_what_was_kept():
    told = reason_of(result("5.7", "≤ 5.0 mg/kg", uncertainty="0.6"))
    assert told.code == "clear_fail"
    assert "5.7" in str(told.text)


def test_a_verdict_that_a_later_program_would_not_give_stands_and_says_so():
    old = result("5.7", "≤ 5.0 mg/kg", uncertainty="0.6")
    old.verdict, old.judgement = "fail", {"reason": "beyond_old_rule"}
    told = reason_of(old)
    assert told.code == "beyond_old_rule"
    assert "fail" in str(told.text)
