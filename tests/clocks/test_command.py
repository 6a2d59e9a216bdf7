"""`mingcha due`: its fields, what it refuses, and its words in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

import pytest
from flask_babel import force_locale

from quality.cli import speaking
from quality.clocks.calendar import Calendar, Year
from quality.clocks.command import due_command, due_text
from quality.clocks.days import Code, Extension, Pause, due
from quality.clocks.explain import CERTAINTIES, SENTENCES, amount, explanation
from quality.clocks.rules import Certainty, Unit, every_rule, rule_on
from quality.core.clock import BEIJING
from quality.core.errors import Invalid


@contextmanager
def read_in(language: str) -> Iterator[None]:
    """As the command speaks. An app without our catalogue would be kept for every test after it (core/words.py)."""
    with speaking(language), force_locale(language):
        yield


def test_the_answer_has_the_promised_fields():
    answer = due_command("objection", "2026-09-30T10:00:00+08:00")

    assert {name: answer[name] for name in ("rule", "start", "due_on", "due_at", "provisional", "opens_on")} == {
        "rule": "objection",
        "start": "2026-09-30T10:00:00+08:00",
        "due_on": "2026-10-15",
        "due_at": "2026-10-16T00:00:00+08:00",
        "provisional": False,
        "opens_on": None,
    }
    assert answer["calendar"].startswith("2026: holidays ")
    assert [step["code"] for step in answer["steps"]] == ["start", "counted", "due"]
    assert json.loads(json.dumps(answer)) == answer


def test_the_start_is_given_back_as_it_was_typed_and_read_in_beijing():
    answer = due_command("acknowledge", " 2026-09-29t16:30:00.5z ")

    assert (answer["start"], answer["due_on"]) == ("2026-09-29t16:30:00.5z", "2026-10-08")


def test_the_second_recheck_says_when_it_opens():
    assert due_command("second_recheck", "2026-08-01T00:00:00Z")["opens_on"] == "2026-09-30"


def test_an_entered_calendar_counts():
    entered = Year(2026, "entered 2", off=frozenset({date(2026, 9, 2)}), worked=frozenset())

    answer = due_command("acknowledge", "2026-09-01T00:00:00Z", Calendar([entered]))

    assert (answer["due_on"], answer["calendar"]) == ("2026-09-03", "2026: entered 2")


@pytest.mark.parametrize("code", sorted(every_rule()))
def test_every_rule_answers_from_any_year_of_the_calendar(code: str):
    for year in range(2000, 2091, 9):
        assert due_command(code, f"{year}-02-28T12:00:00+08:00")["due_on"] > f"{year}-02-28"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "unreadable"),
        ("tomorrow", "unreadable"),
        ("2026-09-30", "unreadable"),
        ("2026-09-30T10:00:00", "unreadable"),  # no zone: it could be of two days
        ("20260930T100000Z", "unreadable"),
        ("２０２６-09-30T10:00:00Z", "unreadable"),
        ("2026-09-30T10:00:00+08:60", "unreadable"),
        ("2026-09-30T10:00:00+24:00", "unreadable"),
        ("2026-02-30T10:00:00Z", "no_such_moment"),
        ("2026-09-30T24:00:00Z", "no_such_moment"),
        ("0001-01-01T00:00:00+08:00", "no_such_moment"),
        ("9999-12-31T23:59:59-08:00", "no_such_moment"),
        ("1999-12-31T15:59:59Z", "out_of_range"),
        ("2090-12-31T16:00:00Z", "out_of_range"),
    ],
)
def test_a_start_that_is_no_moment_is_refused_by_name(typed: str, code: str):
    with pytest.raises(Invalid) as refused:
        due_command("objection", typed)

    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("start", code)
    assert typed in str(problem.text)


def test_an_unknown_rule_is_refused():
    with pytest.raises(Invalid, match="rule: Choose one of these clocks: to_lab, "):
        due_command("tea", "2026-09-30T10:00:00+08:00")


def test_the_text_can_be_checked_by_hand():
    assert due_text("remove_by_notice", "2026-09-30T10:00:00+08:00").splitlines()[1:-1] == [
        "2026-09-30 Wed: delivery is proven; this day does not count",
        "2026-10-01 Thu to 2026-10-07 Wed: holiday",
        "2026-10-08 Thu to 2026-10-09 Fri: 2 working days, 2 so far",
        "2026-10-10 Sat: weekend that is worked; 1 working day, 3 so far",
        "Last day: 2026-10-10 Sat, until 24:00",
    ]


def test_the_text_is_made_in_the_language_of_its_reader():
    start = datetime(2026, 9, 30, 10, tzinfo=BEIJING)
    told = explanation(due(rule_on("remove_by_order", start.date()), start, Calendar()))

    with read_in("zh"):
        assert "证实送达" in str(told) and "2026-09-30 周三" in str(told)
    with read_in("en"):
        assert "delivery is proven" in str(told) and "2026-09-30 Wed" in str(told)


def test_every_kind_of_step_has_its_sentence():
    start = datetime(2026, 12, 1, 10, tzinfo=BEIJING)
    pauses = [Pause(start, start.replace(day=4), "the seller is away"), Pause(start.replace(day=10), None, "again")]
    longer = [Extension(1, "a day more")]
    told = [
        explanation(due(rule_on(code, start.date()), start, Calendar(), pauses=pauses, extensions=longer))
        for code in ("records", "second_recheck", "recheck_1", "lab_report")
    ]

    text = "\n".join(map(str, told))

    assert set(SENTENCES) == set(Code)
    for words in (
        "2 years on: 2028-12-01 Fri",
        "Extended by 1 calendar day: a day more",
        "paused, not counted: the seller is away",
        "Stands since 2026-12-10 Thu, and its last day moves on with it: again",
        "Not before day 60: 2027-02-02 Tue",
        "is no working day: the period ends on the next one",
        "The holiday notice of 2027 is not entered: the date is provisional",
    ):
        assert words in text
    assert "valid from 2000-09-01 Fri only" in due_text("objection", "2000-01-01T00:00:00Z")


def test_amounts_are_said_in_one_or_many():
    assert [str(amount(n, unit)) for unit in Unit for n in (1, 2)] == [
        "1 working day", "2 working days", "1 calendar day", "2 calendar days",
        "1 month", "2 months", "1 year", "2 years",
    ]  # fmt: skip
    assert set(CERTAINTIES) == set(Certainty)
