"""The public calculator says what `mingcha due` says, in both languages, and names what it cannot read."""

from __future__ import annotations

import pytest

from quality.clocks.command import due_command
from quality.clocks.models import CalendarYear
from quality.clocks.years import enter_calendar_year
from quality.people.actor import SYSTEM
from tests.clocks.test_years import OFF, WORKED
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite


def test_it_counts_as_the_command_does_and_shows_each_step(app):
    client = app.test_client()
    asked = {"rule": "acknowledge", "start": "2026-09-29T16:30"}
    said = client.get("/clocks.json", query_string=asked).get_json()
    told = due_command("acknowledge", "2026-09-29T16:30:00+08:00")
    assert {**said, "steps": len(said["steps"])} == {**told, "steps": len(told["steps"])}

    for language, words in (("en", ("until 24:00", "this day does not count")), ("zh", ("平台签收通知书", "24:00"))):
        page = client.get("/clocks", query_string=asked | ({"lang": "en"} if language == "en" else {}))
        assert page.status_code == 200 and "public" in page.headers["Cache-Control"]
        assert told["due_at"] in page.text and all(word in page.text for word in words)
    assert client.get("/clocks").status_code == 200
    plus_lost = "/clocks.json?rule=acknowledge&start=2026-09-29T16:30:00+08:00"
    assert client.get(plus_lost).get_json()["due_at"] == told["due_at"]


@pytest.mark.parametrize(
    ("rule", "start", "field"),
    [
        ("lunch", "2026-09-29T16:30", "rule"),
        ("acknowledge", "yesterday", "start"),
        ("acknowledge", "1999-01-01T00:00", "start"),
        ("", "", "start"),
    ],
)
def test_what_it_cannot_read_is_named_and_stays(app, rule, start, field):
    client = app.test_client()
    asked = {"rule": rule, "start": start, "lang": "en"}
    page = client.get("/clocks", query_string=asked)
    assert page.status_code == 422 and f'id="{field}-e"' in page.text
    said = client.get("/clocks.json", query_string=asked)
    assert said.status_code == 422 and {each["field"] for each in said.get_json()["errors"]} == {field}


def test_a_year_that_was_entered_counts_here_too(app, session):
    asked = {"rule": "to_lab", "start": "2027-01-28T10:00"}
    client = app.test_client()
    before = client.get("/clocks.json", query_string=asked).get_json()
    enter_calendar_year(session, 2027, OFF, WORKED, source="invented for this test", by=SYSTEM)
    session.commit()
    after = client.get("/clocks.json", query_string=asked).get_json()
    assert (before["due_on"], before["provisional"]) == ("2027-02-04", True)
    assert (after["due_on"], after["provisional"]) == ("2027-02-03", False)
    page = client.get("/clocks", query_string=asked | {"lang": "en"}).text
    assert "2027: entered from its notice (edition 1)" in page
    assert session.get(CalendarYear, 1)
