"""The accessibility statement says what a run looked at: the pages that there are, with the tool that is installed."""

from __future__ import annotations

import json
import re
from importlib import resources

import pytest
from flask import Flask

from quality.pages.accessibility import CRITERIA, TESTED, criteria_of, last_run, read, written
from tests.harness.databases import on_sqlite
from tests.harness.public_pages import kinds

STALE = "public pages came or went: `make accessibility` looks at them and writes the statement anew"


@on_sqlite
def test_the_statement_is_about_the_pages_that_there_are(app: Flask) -> None:
    assert set(last_run().pages) == kinds(app), STALE


def test_the_statement_is_of_the_tool_that_is_installed() -> None:
    script = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")[:200]
    [version] = re.findall(r"axe v([\d.]+)", script)
    assert last_run().axe == version, STALE


def test_the_statement_says_no_more_than_was_done() -> None:
    said = last_run()
    assert said.views == len(said.pages) * len(said.looks)
    assert {look.language for look in said.looks} == {"zh", "zh-Hant", "en"}
    assert {look.scheme for look in said.looks} == {"light", "dark"}
    assert min(look.width for look in said.looks) == 320
    assert said.stops > len(said.pages)
    assert 0 < len(said.criteria) < CRITERIA


def test_what_is_written_is_read_again_and_nothing_else() -> None:
    kept = TESTED.read_text("utf-8")
    assert written(read(json.loads(kept))) == kept
    with pytest.raises(TypeError, match="conforming"):
        read(json.loads(kept) | {"conforming": True})


def test_the_criteria_behind_the_tags_of_rules() -> None:
    assert criteria_of({"wcag2a", "wcag213", "wcag1411", "wcag111", "wcag412", "best-practice"}) == [
        "1.1.1",
        "1.4.11",
        "4.1.2",
    ]
