"""The accessibility statement: what the run wrote, what nobody has looked at, and whom to tell."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient

from quality.pages.accessibility import last_run
from tests.harness.databases import on_sqlite

pytestmark = on_sqlite


def test_the_statement_says_what_was_looked_at_and_claims_no_more(client: FlaskClient) -> None:
    page, said = client.get("/accessibility?lang=en").text, last_run()
    assert "No conformance is claimed" in page
    assert f"axe-core {said.axe}, {len(said.rules)} rules" in page
    assert f"Rules look at {len(said.criteria)} of the 55 success criteria" in page
    assert "&lt;number&gt;" in page, "kinds of pages as the program writes them"
    for rule, many in said.undecided.items():
        assert f": {many} elements" in page, rule
    assert 'href="/accessibility?lang=en"' in client.get("/?lang=en").text, "each public page leads here"
    told = client.get("/accessibility.json").json
    assert told and (told["axe"], told["pages"], told["contact"]) == (said.axe, said.pages, None)


def test_who_runs_the_site_is_named_where_they_said_so(app: Flask, client: FlaskClient) -> None:
    assert "has stated no address" in client.get("/accessibility?lang=en").text
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], public_contact="0512-12345678 <b>")
    page = client.get("/accessibility?lang=en").text
    assert "Write to or call 0512-12345678 &lt;b&gt;" in page
    assert "has stated no address" not in page
