"""What keeps the tests quick stays so: one program for many of them, and browsers on one database."""

from __future__ import annotations

import pytest

from quality.core.surroundings import CHECKOUT
from quality.people.access import public


def test_a_program_that_others_use_takes_nothing_in(sqlite_app):
    with pytest.raises(AssertionError, match="setup method"):
        sqlite_app.add_url_rule("/mine", view_func=public(lambda: ""))


@pytest.mark.parametrize("told", [False, True])
def test_what_one_test_tells_the_program_the_next_does_not_find(sqlite_app, told):
    assert "TOLD" not in sqlite_app.config
    sqlite_app.config["TOLD"] = told


def test_a_browser_meets_postgresql_on_one_long_way():
    """Pages are the same on both; what a database can do differently is asked in the rooms, for a tenth of the time."""
    journeys = (CHECKOUT / "tests" / "journeys").glob("*.py")
    asked = {path.name: path.read_text(encoding="utf-8").count('"postgresql"') for path in journeys}

    assert {name: times for name, times in asked.items() if times} == {"test_whole_way.py": 1}
