"""Whatever is typed into a form that is open in the settled world: an answer in words, what was typed, never a 500.

Forms of other states are not reached here: those of the purchase are in tests/pages/test_sheets.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.pages.forms.fields import Choice, Choices, Files
from quality.pages.kinds import KINDS
from tests.harness.desk import NAMES, World, sign_in
from tests.harness.people import Cast

BAD = {
    "long": "名" * 300,
    "very long": "x" * 50_000,
    "emoji": "👩🏽‍🔬💥",
    "turned": "abc\u202edef",
    "marked": "\u200fشعار",
    "nul": "a\x00b",
    "half a pair": "a\ufffdb",
    "wide": "１２３",
    "three decimals": "12.345",
    "no number": "Infinity",
    "not a number": "NaN",
    "far away": "2062-01-01T00:00",
    "no date": "99999-13-45",
    "nothing": "",
    "markup": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE event; --",
}


# the forms that this world opens; another that opens is asked too, one that is lost is an error
OPEN = {"task/evidence", "portion/report", "objection/decide"}


def filled(form: Any, bad: str) -> dict[str, Any]:
    """The same in every field; once with choices that are there, else nothing would come so far."""
    sent: dict[str, Any] = {}
    for f in form:
        if isinstance(f, Files):
            continue
        if isinstance(f, Choice | Choices):
            sent[f.name] = next(iter(f.offered), bad) if bad else bad
        else:
            sent[f.name] = bad
    return sent


def doors(session: Session, cast: Cast, world: World) -> Iterator[tuple[Any, str, Any]]:
    """Each form of each kind of case, for each person who may fill it in."""
    for kind, about in KINDS.items():
        for name in NAMES:
            actor = getattr(cast, name)
            if not actor.can(about.read):
                continue
            for sheet_name, sheet in about.sheets.items():
                deed = about.life[sheet_name].by if sheet_name in about.life else sheet.by
                if deed is not None and actor.can(deed):
                    yield actor, f"/desk/{kind}/{world[kind]}/{sheet_name}", (about, sheet)


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_a_form_that_is_open_answers_what_was_typed_in_words(
    app: Flask, session: Session, cast: Cast, world: World, bad: str
) -> None:
    clients: dict[Any, Any] = {}
    reached: set[str] = set()
    for actor, address, (about, sheet) in doors(session, cast, world):
        client = clients.setdefault(actor, sign_in(app, actor))
        opened = client.get(address)
        if opened.status_code != 200:
            assert opened.status_code in {403, 404, 409}, address
            continue
        with app.test_request_context():
            case = about.one_visible(session, actor, world[about.name])
            sent = filled(sheet.form(session, case, actor), bad)
        session.rollback()
        before = session.query(Event).count()
        session.rollback()
        answer = client.post(address, data=sent | {"version": str(case.version)})
        assert answer.status_code in {302, 403, 404, 409, 422}, f"{address} {bad[:20]!r}: {answer.status_code}"
        if answer.status_code == 422:
            session.rollback()
            assert session.query(Event).count() == before, address
            assert 'class="mc-errors"' in answer.text, address
            typed = {value for value in sent.values() if value == bad and bad.isprintable()}
            assert all(str(escape(value)) in answer.text for value in typed), address
        reached.add(f"{about.name}/{address.rsplit('/', 1)[1]}")
    assert reached >= OPEN


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1.5"])
def test_a_version_that_is_none_records_nothing(
    app: Flask, session: Session, cast: Cast, world: World, version: str
) -> None:
    client = sign_in(app, cast.coordinator)
    for kind, about in KINDS.items():
        for name in [*about.makes, *about.sheets]:
            answer = client.post(f"/desk/{kind}/{world[kind]}/{name}", data={"version": version})
            assert answer.status_code in {403, 404, 409, 422}, f"{kind} {name}: {answer.status_code}"
