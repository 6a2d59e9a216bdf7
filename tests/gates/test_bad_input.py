"""Whatever is typed into a form, every form there is: an answer in words, what was typed, never a 500.

And each form sent twice: one record, or what happened meanwhile in words.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
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
from tests.harness.bad_input import ASK_POSTGRESQL, BAD, WORDS, Field, fields, proposed, spread, typed_into
from tests.harness.beginnings import settling
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, sign_in
from tests.harness.doors import Door, doors
from tests.harness.people import Cast
from tests.harness.reading import Page, broken_references, not_linked, read, said, typed_again
from tests.harness.snapshots import Road, Snapshot
from tests.harness.workers import once

# a file that is only looked at, what is typed half, and a look, which is recorded apart each time
NOT_OF_THE_RECORD = {"workbook", "library", "complaints", "campaign/frame", "results", "identity", "answer_book"}


@pytest.fixture
def road(request: pytest.FixtureRequest) -> Road:
    return doors if "standing" in request.fixturenames else settling


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

    def send(self, door: Door, body: dict[str, Any]) -> Any:
        return self.client(door).post(door.address, data=body)

    def recorded(self) -> int:
        self.session.rollback()
        return self.session.scalars(sa.select(sa.func.count()).select_from(Event)).one()


@pytest.fixture
def standing(app: Flask, session: Session, clock: HeldClock, arrived: Snapshot) -> Standing:
    clock.moment = arrived.moment
    return Standing(app, session, arrived.left)


@pytest.fixture
def forms(standing: Standing, shared: Path) -> list[list[Field]]:
    """What is before each door where the road ended: the same in every test, so it is asked for once in a run."""

    def made(_folder: Path) -> list[list[Field]]:
        return [fields(standing.page(door), door.address) for door in standing.doors]

    found: list[list[Field]] = once(shared / "forms-of-doors", made)
    return found


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
    "blackening.begin", "blackening.keep",  # in tests/pages/test_evidence.py
    "field_pieces.again", "field_pieces.aside",  # in tests/field/test_pieces.py
    "told.acknowledge", "telling.tell",  # in tests/pages/test_told.py, tests/pages/test_telling.py
    "meetings.take", "meetings.aside",  # in tests/field/test_meeting.py
    "radar.say",  # in tests/pages/test_radar.py
    "templates.propose", "templates.decide", "templates.refuse",  # in tests/pages/test_templates.py
    # in tests/pages/test_announcing.py
    "announcing.propose_template", "announcing.approve_template", "announcing.refuse_template",
    "announcing.propose_text", "announcing.approve_text", "announcing.end_text",
    "checklists.propose", "checklists.approve", "checklists.refuse",  # in tests/pages/test_checklists.py
    # in tests/pages/test_unboxing.py
    "unboxing.keep", "unboxing.scan", "unboxing.dispatch", "seals.series", "seals.issue",
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


def filled(form: list[Field], bad: str) -> dict[str, Any]:
    """The same in every field, with choices that are there, else nothing would come so far; no file."""
    sent: dict[str, Any] = {}
    for each in form:
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
    return [pytest.param(kinds[name], name, id=f"{name}-{kinds[name]}") for name in BAD]


@on_sqlite
def test_every_form_and_every_kind_of_field_meets_what_is_bad(forms: list[list[Field]]) -> None:
    """Else the test below would ask less than it seems to."""
    met = spread(forms)
    by_kind: dict[tuple[str, str], set[str]] = {}
    for form, meets in zip(forms, met, strict=True):
        kinds = typed_into(form)
        is_typed_into = bool({kind for kind, _mode in kinds} & WORDS)
        assert "nothing" in meets
        assert {"long", "very long", "nul", "no number", "not a number"} <= meets or not is_typed_into
        assert len(meets) >= (9 if is_typed_into else 1)
        for kind in kinds:
            by_kind[kind] = by_kind.get(kind, set()) | meets
    assert {("text", ""), ("text", "numeric"), ("text", "decimal"), ("textarea", ""), ("date", "")} < by_kind.keys()
    assert all(meets == set(BAD) for meets in by_kind.values())
    assert met == spread(forms)


@pytest.mark.parametrize(("database", "bad"), asked_once(), indirect=["database"])
def test_a_form_answers_what_was_typed_in_words(standing: Standing, forms: list[list[Field]], bad: str) -> None:
    """Each form meets what its fields read for themselves, and in turn some of what all read alike: see `spread`."""
    wrong: list[str] = []
    for door, form, meets in zip(standing.doors, forms, spread(forms), strict=True):
        if bad not in meets:
            continue
        sent = filled(form, BAD[bad])
        before = standing.recorded()
        answer = standing.send(door, sent)
        if answer.status_code == 409:  # an earlier door of this test moved the case
            sent = filled(fields(standing.page(door), door.address), BAD[bad])
            answer = standing.send(door, sent)
        if answer.status_code not in {200, 302, 409, 422}:
            wrong.append(f"{door.name}: {told(answer)}")
        if answer.status_code == 422:
            if standing.recorded() != before:
                wrong.append(f"{door.name} is recorded all the same")
            wrong += [f"{door.name}: {each}" for each in wrong_with(read(answer.text), door, sent)]
    assert wrong == []


@on_sqlite
def test_what_no_list_offers_is_chosen_in_vain(standing: Standing, forms: list[list[Field]]) -> None:
    wrong: list[str] = []
    for door, form in zip(standing.doors, forms, strict=True):
        for name in {each.name for each in form if each.type in {"select", "checkbox"}}:
            before = standing.recorded()
            answer = standing.send(door, door.body(proposed(form), **{name: "无此项"}))
            if answer.status_code != 422 or standing.recorded() != before:
                wrong.append(f"{door.name}, {name}: {told(answer)}")
            else:
                wrong += [f"{door.name}, {name}: {each}" for each in not_linked(read(answer.text))]
    assert wrong == []


def test_a_form_that_is_sent_twice_records_once(standing: Standing) -> None:
    """On PostgreSQL those that test_same_instant.py leaves out: it sends all others there, twice."""
    kind, wrong = standing.session.get_bind().dialect.name, []
    for door in standing.doors:
        if kind == "postgresql" and door.name not in NOT_OF_THE_RECORD:
            continue
        typed = standing.page(door).sent(door.address)
        before = standing.recorded()
        first = standing.send(door, door.body(typed))
        then = standing.recorded()
        if first.status_code not in {200, 302} or (then == before) != (door.name in NOT_OF_THE_RECORD):
            wrong.append(f"{door.name}: {told(first)}")
            continue
        again = standing.send(door, door.body(typed))
        says = {302, 409, 422} | ({200} if door.name in NOT_OF_THE_RECORD else set())
        if again.status_code not in says or standing.recorded() != then:
            wrong.append(f"{door.name} again: {told(again)}")
    assert wrong == []


@pytest.mark.parametrize(
    ("database", "version"),
    [*product(["sqlite"], ["", "x", "-1", "1.5"]), ("postgresql", "9" * 40)],
    indirect=["database"],
)
def test_a_version_that_is_none_records_nothing(
    app: Flask, session: Session, cast: Cast, world: World, version: str
) -> None:
    client = sign_in(app, cast.coordinator)
    for kind, about in KINDS.items():
        for name in [*about.makes, *about.sheets]:
            answer = client.post(f"/desk/{kind}/{world[kind]}/{name}", data={"version": version})
            assert answer.status_code in {403, 404, 409, 422}, f"{kind} {name}: {answer.status_code}"
