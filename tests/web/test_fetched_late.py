"""What a start does without comes when it is asked for, and is the same then."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from quality import create_app
from quality.core.surroundings import CHECKOUT
from quality.web.compiled import CompiledTemplates
from tests.harness.databases import environment_for, on_sqlite

FETCHED = """
import sys
import app
for name in ("quality.api.doors", "quality.pages.doors", "pydantic", "webauthn", "duckdb"):
    assert name not in sys.modules, name
with app.app.test_client() as client:
    assert client.get("/").status_code == 200
    assert "quality.api.doors" not in sys.modules and "quality.pages.doors" not in sys.modules
    assert client.get("/desk/").status_code == 302
    assert "quality.pages.doors" in sys.modules
    assert client.get("/api/v1/lab/samples").status_code == 401
    assert "quality.api.doors" in sys.modules
    assert client.get("/api/v1/nothing").status_code == 404
import email_validator, flask_security.mail_util
assert flask_security.mail_util.email_validator.validate_email("a@example.org", check_deliverability=False)
assert email_validator.EmailNotValidError.__mro__
import webauthn
assert webauthn.__file__
"""


def test_the_api_comes_with_its_first_request_and_after_a_page(sqlite_database, tmp_path):
    environ = os.environ | environment_for(sqlite_database, tmp_path)
    asked = [sys.executable, "-c", FETCHED]
    done = subprocess.run(asked, cwd=CHECKOUT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@on_sqlite
def test_a_program_that_was_asked_has_the_addresses_of_one_that_fetched_all_at_once(settings):
    late, at_once = create_app(settings, TESTING=True), create_app(settings, TESTING=True)
    late.test_client().get("/healthz")
    assert not any(str(rule).startswith("/api/") for rule in late.url_map.iter_rules())
    late.test_client().get("/api/v1/nothing")
    late.test_client().get("/desk/nothing")
    late.test_client().get("/reply/nothing")
    late.test_client().get("/field/nothing")
    at_once.fetch_all()
    assert addresses(late) == addresses(at_once)
    assert late.view_functions.keys() == at_once.view_functions.keys()


@on_sqlite
def test_what_is_added_to_a_program_at_work_is_still_refused(settings):
    app = create_app(settings, TESTING=True)
    app.test_client().get("/api/v1/nothing")
    with pytest.raises(AssertionError, match="can no longer be called"):
        app.add_url_rule("/late", view_func=lambda: "")


def addresses(app):
    return sorted((str(rule), rule.endpoint, sorted(rule.methods)) for rule in app.url_map.iter_rules())


def test_templates_are_kept_compiled_and_where_nothing_can_be_written_they_are_shown_all_the_same(tmp_path):
    import jinja2

    def shown(folder) -> str:
        source = jinja2.DictLoader({"a.html": "{{ 6 * 7 }}"})
        return (
            jinja2.Environment(loader=source, bytecode_cache=CompiledTemplates(folder)).get_template("a.html").render()
        )

    assert shown(tmp_path / "kept") == "42"
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert shown(tmp_path / "kept") == "42"
    (tmp_path / "a file").write_text("")
    assert shown(tmp_path / "a file" / "below") == "42"
