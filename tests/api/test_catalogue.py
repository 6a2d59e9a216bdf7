"""docs/api.md names every code that the program may refuse with, as the code has it now."""

from __future__ import annotations

from quality.api import catalogue


def test_the_catalogue_is_what_the_code_says() -> None:
    assert catalogue.PAGE.read_text(encoding="utf-8") == catalogue.page(), "stale; run: make docs"


def test_a_code_has_its_status_and_its_sentence() -> None:
    known = {(one.status, one.code): one.sentence for one in catalogue.known()}
    assert known[409, "stale"].startswith("Someone else changed this")
    assert known[403, "role_may_not"].startswith("Your role may not do this")
    assert known[422, "unknown_evidence"].startswith("Your organisation holds no such file")
    assert known[409, "in_progress"].startswith("The same request is being worked on")
    assert {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503} <= {status for status, _code in known}
    silent = sorted(code for (_status, code), sentence in known.items() if not sentence)
    assert len(silent) < 12, silent
