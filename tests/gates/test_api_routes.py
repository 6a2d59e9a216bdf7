"""Every address of the API, for every role that may have a key and for nobody: what the permission tables say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, product
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from quality.delivery.models import Endpoint
from quality.notices.models import Notice
from quality.pages.kinds import KINDS, Kind
from quality.people.access import ACCESS, ONCE_FOUND, PUBLIC, named
from quality.people.actor import Actor
from quality.permissions import Can, Role, Sees
from tests.harness.api import BASE, Program, program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import World
from tests.harness.people import Cast, hire

pytestmark = on_sqlite
SINGULAR = {
    "campaigns": "campaign", "tasks": "task", "samples": "sample", "reports": "report", "findings": "finding",
    "objections": "objection", "notices": "notice", "results": "result", "platform/notices": "notice",
    "lab/samples": "portion", "lab/reports": "report", "controls": "control",
    "certificates": "certificate",
    "corrections": "correction", "transfers": "transfer", "expenses": "expense",
}  # fmt: skip
ONLY = {"platform/notices": Sees.PLATFORM, "lab/samples": Sees.LABORATORY, "lab/reports": Sees.LABORATORY}
ANSWERS = {200, 201, 202, 400, 409, 412, 415, 422}  # to who may, once it is there
NO_NUMBER = "X-YZ-2026-9999"
NEITHER, NOT_PERMITTED, NOT_THERE = 0, 403, 404


class Question(NamedTuple):
    method: str
    address: str
    collection: str  # of the address, "" for none
    number: str  # of the case that it names, "" for none
    name: str  # what is asked of it: a move, `events`, ""
    rule: Rule
    access: Can | str

    @property
    def kind(self) -> Kind | None:
        return KINDS[SINGULAR[self.collection]] if self.collection else None


@pytest.fixture
def programs(app: Flask, session: Session, cast: Cast, world: World) -> list[tuple[Actor, Program]]:
    addressed = session.scalars(sa.select(Notice.platform_id).where(Notice.number == world["notice"])).one()
    desks = sorted((cast.desk, cast.other_desk), key=lambda desk: desk.organisation_id != addressed)
    people = [
        cast.coordinator, cast.reviewer, cast.analyst, cast.signatory, *desks,
        hire(session, cast.above, Role.COORDINATOR), hire(session, cast.below, Role.COORDINATOR),
        hire(session, cast.below, Role.REVIEWER), cast.second_analyst, cast.second_signatory,
        cast.reader,  # no engineer: of an endpoint that one removes the other finds nothing
    ]  # fmt: skip
    return [(actor, program_of(app, session, actor)) for actor in people]


def own_rules(app: Flask) -> list[Rule]:
    rules = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(BASE))
    return sorted((rule for rule in rules if ACCESS[named(app.view_functions[rule.endpoint])] != PUBLIC), key=str)


def questions(app: Flask, session: Session, world: World) -> Iterator[Question]:
    """Each address with the world's case in it, and with one that nobody has."""
    for rule in own_rules(app):
        path = rule.rule.removeprefix(BASE).strip("/")
        names = sorted(SINGULAR, key=len, reverse=True)
        collection = next((name for name in names if f"{path}/".startswith(f"{name}/")), "")
        kind = KINDS[SINGULAR[collection]] if collection else None
        name = re.sub(r".*>(\.pdf)?/?", "", path.removeprefix(collection))
        access = ACCESS[named(app.view_functions[rule.endpoint])]
        numbers = [world[kind.name], NO_NUMBER] if kind and rule.arguments else [""]
        for number, method in product(numbers, (rule.methods or set()) - {"HEAD", "OPTIONS"}):
            address = path
            for part in rule.arguments:
                filling = filled(session, kind, part, number)
                address = re.sub(rf"<(?:\w+:)?{part}>", filling, address)
            yield Question(method, f"/{address}", collection, number, name, rule, access)


def filled(session: Session, kind: Kind | None, part: str, number: str) -> str:
    if part == "part" and kind and number != NO_NUMBER:
        case = next(each for each in session.scalars(sa.select(kind.model)) if kind.number(each) == number)
        return str(kind.parts(case)[0].id) if kind.parts(case) else "1"
    if part == "report_no":
        return number.rpartition(":")[2]
    if part == "handle":
        return session.scalars(sa.select(Endpoint.handle).order_by(Endpoint.id)).first() or ""
    return (
        (number or NO_NUMBER) if part in {"number", "blind_no"} else {"sha256": "0" * 64, "exhibit": "0"}.get(part, "1")
    )


def test_every_address_answers_every_key_as_the_tables_say(
    app: Flask, session: Session, world: World, programs: list[tuple[Actor, Program]]
) -> None:
    """Whoever never reads a kind, or asks for a case that nobody has, is asked once for each name."""
    wrong, counted = [], Counter[int]()
    asked = sorted(questions(app, session, world), key=lambda question: question.method == "DELETE")
    first, last = ([each for each in asked if (each.method == "DELETE") == is_last] for is_last in (False, True))
    for question, place, says in chain(list(told(session, first, programs)), told(session, last, programs)):
        # what is removed is not there any more, so only of that it is asked one by one what the tables say
        session.expunge_all()  # else each answer forgets what all these rows said
        actor, program = programs[place]
        sent: dict[str, Any] = {} if question.method == "GET" else {"json": {"version": 10**6}}
        status = program.open(question.method, question.address, **sent).status_code
        counted[says] += 1
        if status != says if says else status not in ANSWERS:
            who = f"{actor.role} of {actor.organisation and actor.organisation.code}"
            wrong.append(f"{who} {question.method} {question.address}: {status}, not {says or 'an answer'}")
    assert wrong == []
    assert min(counted[NEITHER], counted[NOT_PERMITTED], counted[NOT_THERE]) > 50


def told(
    session: Session, asked: list[Question], programs: list[tuple[Actor, Program]]
) -> Iterator[tuple[Question, int, int]]:
    """What each is asked, by whom, and what the tables say. A question that says nothing new is left out."""
    once = set()
    for question, (place, (actor, _program)) in product(asked, enumerate(programs)):
        says = expected(session, question, actor)
        key = (question.collection, question.name in {"", "events"}, question.number == NO_NUMBER, actor.role)
        if says != NOT_THERE or key not in once:
            once.add(key)
            yield question, place, says


# The own agency's secret until closing, and not there for others.
OWN = {"drawn", "dispositions", "money", "exclusions", "allocation.xlsx", "scores", "scoring", "sizes", "what_if"}


def expected(session: Session, question: Question, actor: Actor) -> int:
    kind, access = question.kind, question.access
    may_at_all = not isinstance(access, Can) or actor.can(access)
    if question.address.startswith("/platform/webhooks/"):
        handle = question.address.split("/")[3]
        of = session.scalars(sa.select(Endpoint.platform_id).where(Endpoint.handle == handle)).one_or_none()
        is_there = "/resend" not in question.address  # of a message that nobody has
        return NEITHER if may_at_all and of == actor.organisation_id and is_there else NOT_THERE
    nobodys = {
        "sha256", "exhibit", "standard", "laboratory", "platform", "template", "batch", "frame", "wording", "checklist",
        "told",
    } & question.rule.arguments  # fmt: skip
    if nobodys or question.address.startswith("/sandbox/"):  # the key of a sandbox nobody has either
        return NOT_THERE
    if kind is None:
        return NOT_THERE if "token" in question.rule.arguments else NEITHER if may_at_all else NOT_PERMITTED
    if not actor.can(kind.read) or ONLY.get(question.collection, actor.sees) is not actor.sees:
        return NOT_THERE if question.number or may_at_all else NOT_PERMITTED
    if not question.number:
        return NEITHER if may_at_all else NOT_PERMITTED
    case = visible(session, kind, question.number, actor)
    if case is None or ("part" in question.rule.arguments and not kind.parts(case)):
        return NOT_THERE
    if isinstance(access, Can):
        absent = {"token", "edition"} & question.rule.arguments  # nobody has sent such a frame, or made such a capsule
        found = NOT_THERE if absent else NEITHER
        return found if may_at_all and actor.stands_over(case) else NOT_PERMITTED
    if question.name in OWN:
        return NEITHER if actor.stands_over(case) else NOT_THERE
    if question.method == "GET" or question.name == "papers":  # no paper has been asked for
        return NOT_THERE if "code" in question.rule.arguments else NEITHER
    return NEITHER if actor.can(Can(deed(kind, question))) and actor.stands_over(case) else NOT_PERMITTED


def visible(session: Session, kind: Kind, number: str, actor: Actor) -> Any:
    seen = session.scalars(kind.visible_to(actor))
    return next((case for case in seen if kind.number(case) == number), None)


def deed(kind: Kind, question: Question) -> Any:
    name = question.name
    life, sheets = (kind.part_life, kind.part_sheets) if "part" in question.rule.arguments else (kind.life, kind.sheets)
    if name in kind.deeds:
        return kind.deeds[name].by
    return life[name].by if life is not None and name in life else sheets[name].by


def test_without_a_key_no_address_opens(app: Flask, session: Session, world: World) -> None:
    client = app.test_client()
    for question in questions(app, session, world):
        answer = client.open(BASE + question.address, method=question.method, json={})
        assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthorized"), question.address


def test_an_address_with_an_id_finds_first_and_then_refuses(app: Flask) -> None:
    for rule in own_rules(app):
        view = named(app.view_functions[rule.endpoint])
        assert (view in ONCE_FOUND) == (isinstance(ACCESS[view], Can) and bool(rule.arguments)), rule
