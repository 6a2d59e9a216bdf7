"""What is logged names kinds and places, never what somebody typed or what a row holds."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.logs import JsonLines, TextLines
from quality.people.models import Person
from tests.harness.people import Cast

PLANTED = "planted-张三@secret.example"


def logged(raises: Callable[[], object], formatter: logging.Formatter, logger: str = "mingcha.jobs") -> str:
    try:
        raises()
    except Exception:
        told = sys.exc_info()
    record = logging.LogRecord(logger, logging.ERROR, __file__, 7, "the job did not finish: %s", ("send mail",), told)
    return formatter.format(record)


def parse_a_number() -> object:
    return int(PLANTED)


def open_a_file() -> object:
    with open(f"/nowhere/{PLANTED}") as file:
        return file


def two_deep() -> object:
    try:
        return parse_a_number()
    except ValueError as first:
        raise LookupError(PLANTED) from first


@pytest.mark.parametrize("raises", [parse_a_number, open_a_file, two_deep])
@pytest.mark.parametrize("formatter", [JsonLines(), TextLines()], ids=["json", "text"])
def test_an_exception_is_told_by_kind_and_place(raises: Callable[[], object], formatter: logging.Formatter) -> None:
    text = logged(raises, formatter)
    assert "planted" not in text and "张三" not in text
    assert "the job did not finish: send mail" in text
    first = raises.__code__.co_firstlineno
    assert f"tests/core/test_logs.py:{first + (4 if raises is two_deep else 1)} in {raises.__name__}" in text


def test_what_began_it_is_told_too() -> None:
    told = json.loads(logged(two_deep, JsonLines()))["error"]
    assert (told["type"], told["caused_by"]) == ("LookupError", ["ValueError"])
    assert json.loads(logged(open_a_file, JsonLines()))["error"]["errno"] == 2


def test_a_database_that_names_the_refused_value_is_not_repeated(app: Flask, session: Session, cast: Cast) -> None:
    taken = session.scalars(sa.select(Person.email).limit(1)).one()

    def twice() -> None:
        with session.begin_nested():
            row = sa.select(Person.__table__).limit(1)
            found = dict(session.execute(row).mappings().one())
            session.execute(sa.insert(Person), [{k: v for k, v in found.items() if k != "id"}])

    text = logged(twice, JsonLines())
    assert taken not in text
    told = json.loads(text)["error"]
    assert told["type"] == "sqlalchemy.exc.IntegrityError"
    assert told.get("sqlstate") == "23505" or told.get("sqlite_errorname") == "SQLITE_CONSTRAINT_UNIQUE"


def test_others_messages_are_told_before_anything_is_filled_in() -> None:
    record = logging.LogRecord("weasyprint", logging.ERROR, "x.py", 7, "Ignored %r", (PLANTED,), None)
    assert json.loads(JsonLines().format(record))["message"] == "Ignored %r"
    record = logging.LogRecord("someone", logging.ERROR, "x.py", 7, f"Ignored {PLANTED}", (), None)
    assert json.loads(JsonLines().format(record))["message"] == "x, line 7"
