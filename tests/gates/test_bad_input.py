"""Whatever is typed into a form, every form there is: an answer in words, what was typed, never a 500.

And each form sent twice: one record, or what happened meanwhile in words.
"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.pages.forms.fields import shown
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.people.models import Membership
from tests.harness.beginnings import settling
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, sign_in
from tests.harness.doors import Door, doors
from tests.harness.people import Cast
from tests.harness.reading import Page, broken_references, not_linked, read, said, typed_again
from tests.harness.snapshots import Road, Snapshot

BAD = {
    "long": "名" * 300,
    "very long": "x" * 5_000,
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
ASK_POSTGRESQL = ["long", "turned", "nul", "half a pair", "far away"]  # where it refuses what SQLite takes

# a file that is only looked at, what is typed half, and a look, which is recorded apart each time
NOT_OF_THE_RECORD = {"workbook", "library", "complaints", "campaign/frame", "results", "identity", "answer_book"}


@pytest.fixture
def road(request: pytest.FixtureRequest) -> Road:
    return doors if "standing" in request.fixturenames else settling


AT_FIRST: dict[tuple[str, str], Page] = {}  # by kind of database and address


class Standing:
    """Everybody stands before their form."""

    def __init__(self, app: Flask, session: Session, doors: list[Door]) -> None:
        self.app, self.session, self.doors = app, session, doors
        self.clients: dict[int, Any] = {}

    def client(self, door: Door) -> Any:
        if door.membership not in self.clients:
            actor = Actor.working_in(self.session.get_one(Membership, door.membership))
            self.clients[door.membership] = sign_in(self.app, actor)
        return self.clients[door.membership]

    def page(self, door: Door) -> Page:
        answer = self.client(door).get(door.page)
        assert answer.status_code == 200, f"{door.name}: {answer.status_code} {door.page}"
        return read(answer.text)

    def page_at_first(self, door: Door) -> Page:
        """As it stands where the road ended: the same in every test, so it is asked for once."""
        where = self.session.get_bind().dialect.name, door.page
        if where not in AT_FIRST:
            AT_FIRST[where] = self.page(door)
        return AT_FIRST[where]

    def send(self, door: Door, body: dict[str, Any]) -> Any:
        return self.client(door).post(door.address, data=body)

    def recorded(self) -> int:
        self.session.rollback()
        return self.session.scalars(sa.select(sa.func.count()).select_from(Event)).one()


@pytest.fixture
def standing(app: Flask, session: Session, clock: HeldClock, arrived: Snapshot) -> Standing:
    clock.moment = arrived.moment
    return Standing(app, session, arrived.left)


@on_sqlite
def test_there_is_a_door_for_every_form_of_every_case(standing: Standing) -> None:
    sheets = {f"{kind}/{name}" for kind, about in KINDS.items() for name in about.sheets}
    parts = {f"{kind}/item/{name}" for kind, about in KINDS.items() for name in about.part_sheets}
    assert {door.name for door in standing.doors if "/" in door.name} == sheets | parts


BESIDE = {  # posts that are no form of typed fields, or are walked in test_bad_input_elsewhere.py
    "exhibits.reveal", "framing.take_in", "framing.again", "framing.throw_away", "framing.say_columns",
    "people.do", "people.end_role",
    "org_keys.rotate_for_program", "org_keys.revoke_any", "papers.ask", "hooks.do", "hooks.rotate", "hooks.test",
    "hooks.resend",
    "apart.decide", "storage.close", "workbooks.enter", "workbooks.again", "workbooks.throw_away",
    "library.throw_away", "calendar.decide", "conformance.certify", "conformance.again",
    "alike.say",  # in tests/pages/test_alike.py
    "radar.say",  # in tests/pages/test_radar.py
    "templates.propose", "templates.decide", "templates.refuse",  # in tests/pages/test_templates.py
    "frames.take_up",  # in tests/pages/test_frames.py
    "framing.say_categories",  # in tests/pages/test_framing_several.py
    "batches.begin",  # in tests/pages/test_batches.py
    "answer_books.record", "answer_books.throw_away",
    "exclusions.clear",  # in tests/pages/test_exclusions.py
    "covers.show",  # in tests/pages/test_covers.py
    "complaints.take", "complaints.throw_away", "scores.score", "scores.clear",  # in tests/pages/test_risk.py
}  # fmt: skip


@on_sqlite
def test_there_is_a_door_for_every_other_form_of_the_desk(standing: Standing, app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    opened = {adapter.match(door.address.partition("?")[0], method="POST")[0] for door in standing.doors}
    posts = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk/") and "POST" in (rule.methods or set())
    }
    assert posts - opened == BESIDE


def filled(page: Page, door: Door, bad: str) -> dict[str, Any]:
    """The same in every field, with choices that are there, else nothing would come so far; no file."""
    sent: dict[str, Any] = {}
    for each in page.controls(door.address):
        if each.type == "hidden":
            sent[each.name] = [*sent.get(each.name, []), *each.values]
        elif each.type in {"file", "submit"}:
            continue
        elif each.type in {"select", "checkbox"}:
            sent.setdefault(each.name, [value for value in each.offered if bool(value) == bool(bad)][:1])
        else:
            sent[each.name] = [bad]
    return sent


def wrong_with(page: Page, door: Door, sent: dict[str, Any]) -> list[str]:
    """What a page that says what is wrong owes to who filled it in."""
    kept = {name: [shown(value) for value in values] for name, values in sent.items() if values}
    lost = [f"{name}: {was} came back as {now}" for name, (was, now) in typed_again(page, door.address, kept).items()]
    nothing = [] if list(page.of_class("mc-errors")) else ["nothing is said"]
    return lost + nothing + not_linked(page) + broken_references(page)


def told(answer: Any) -> str:
    page = read(answer.text)
    words = " ".join(said(each) for name in ("mc-errors", "mc-read") for each in page.of_class(name))
    return f"{answer.status_code} {' '.join(words.split())}"


def asked_once() -> list[Any]:
    """Each of the database that could mind it more: the form that refuses it is the same on both."""
    kinds = {name: "postgresql" if name in ASK_POSTGRESQL else "sqlite" for name in BAD}
    return [pytest.param(kinds[name], bad, id=f"{name}-{kinds[name]}") for name, bad in BAD.items()]


@pytest.mark.parametrize(("database", "bad"), asked_once(), indirect=["database"])
def test_a_form_answers_what_was_typed_in_words(standing: Standing, bad: str) -> None:
    wrong: list[str] = []
    for door in standing.doors:
        sent = filled(standing.page_at_first(door), door, bad)
        before = standing.recorded()
        answer = standing.send(door, sent)
        if answer.status_code == 409:  # an earlier door of this test moved the case
            sent = filled(standing.page(door), door, bad)
            answer = standing.send(door, sent)
        if answer.status_code not in {200, 302, 409, 422}:
            wrong.append(f"{door.name}: {told(answer)}")
        if answer.status_code == 422:
            if standing.recorded() != before:
                wrong.append(f"{door.name} is recorded all the same")
            wrong += [f"{door.name}: {each}" for each in wrong_with(read(answer.text), door, sent)]
    assert wrong == []


@on_sqlite
def test_what_no_list_offers_is_chosen_in_vain(standing: Standing) -> None:
    wrong: list[str] = []
    for door in standing.doors:
        page = standing.page(door)
        for name in {each.name for each in page.controls(door.address) if each.type in {"select", "checkbox"}}:
            before = standing.recorded()
            answer = standing.send(door, door.body(page.sent(door.address), **{name: "无此项"}))
            if answer.status_code != 422 or standing.recorded() != before:
                wrong.append(f"{door.name}, {name}: {told(answer)}")
            else:
                wrong += [f"{door.name}, {name}: {each}" for each in not_linked(read(answer.text))]
    assert wrong == []


def test_a_form_that_is_sent_twice_records_once(standing: Standing) -> None:
    wrong: list[str] = []
    for door in standing.doors:
        proposed = standing.page(door).sent(door.address)
        before = standing.recorded()
        first = standing.send(door, door.body(proposed))
        once = standing.recorded()
        if first.status_code not in {200, 302} or (once == before) != (door.name in NOT_OF_THE_RECORD):
            wrong.append(f"{door.name}: {told(first)}")
            continue
        again = standing.send(door, door.body(proposed))
        says = {302, 409, 422} | ({200} if door.name in NOT_OF_THE_RECORD else set())
        if again.status_code not in says or standing.recorded() != once:
            wrong.append(f"{door.name} again: {told(again)}")
    assert wrong == []


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "1.5"])
def test_a_version_that_is_none_records_nothing(
    app: Flask, session: Session, cast: Cast, world: World, version: str
) -> None:
    client = sign_in(app, cast.coordinator)
    for kind, about in KINDS.items():
        for name in [*about.makes, *about.sheets]:
            answer = client.post(f"/desk/{kind}/{world[kind]}/{name}", data={"version": version})
            assert answer.status_code in {403, 404, 409, 422}, f"{kind} {name}: {answer.status_code}"
