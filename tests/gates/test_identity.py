"""What leads to the buyer stands nowhere that others read: every page, file and log line is read for what was planted.

In the settled world, and in purchases of every status beside it, each purchase has an order number, an account, a name,
an address, a telephone number, a delivery number and a moment of payment: values of its own, like no others. They are
read from the store itself, so that no later step of the program can add a place that this test does not know. The walk
follows every link that a reader is given; what it is answered is read in the clear, as programs write it, and unpacked.
"""

from __future__ import annotations

import email
import email.policy
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core.clock import BEIJING
from quality.delivery.jobs import tell_what_was_missed
from quality.delivery.models import Medium, Message
from quality.notices.models import Notice
from quality.objections.models import Decision, LetterKind, Party
from quality.objections.operations import decide, send_letter
from quality.pages.kinds import KINDS
from quality.pages.papers import ASKS, subjects_of
from quality.people.actor import Actor
from quality.people.models import Person
from quality.permissions import Role
from quality.purchases.models import Task, TaskStatus, Unobtainable, Untested
from quality.purchases.operations import give_up, hand_on
from quality.purchases.operations.covers import NewCover, add_covers
from quality.purchases.operations.identity import Secret, place_of
from quality.purchases.secrets import TaskSecret
from tests.harness.api import BASE, Program, program_of
from tests.harness.beginnings import settling
from tests.harness.clock import HeldClock
from tests.harness.databases import on_sqlite
from tests.harness.desk import NAMES, World, give_password, sign_in
from tests.harness.leaks import leaked
from tests.harness.links import walk
from tests.harness.notices import run
from tests.harness.people import Cast, cast_at, hire
from tests.harness.press import making
from tests.harness.purchases import ORDERED, cipher, prove, received_task, sealed_sample, task_at
from tests.harness.snapshots import Road, Snapshot
from tests.harness.spoken import OneLanguage

pytestmark = on_sqlite
PAID_AT = datetime(
    2026, 8, 13, 3, 7, tzinfo=BEIJING
)  # before anything else in the world, so that no other moment is it
COVER = ("mizhang-cover-3", "慕容问渠", "云州市听雨巷十七号乙", "199-0000-3344")  # of a cover identity
PAID = ("2026-08-13", "8月13日", "13 August", "August 13", "13 Aug", "Aug 13")
# each planted value has one of these in it, and nothing else in the world has: so few are looked for on each page
MARKS = ("TLPLANT", "planted-user", "SFPLANT", "慕容", "听雨巷", "199555", "mizhang-cover", "199-0000-3344")
OUTSIDE = (
    "analyst", "signatory", "second_analyst", "second_signatory", "desk", "other_desk", "reader",
    "engineer", "public",
)  # fmt: skip
INSIDE = ("coordinator", "reviewer", "buyer", "admin")
BESIDE = ("buyer_beside", "coordinator_above", "coordinator_below")
HIRED: dict[str, tuple[str, Role]] = {  # who is not of the cast: where they work, and as what
    "admin": ("agency", Role.ADMIN), "buyer_beside": ("agency", Role.BUYER),
    "coordinator_above": ("above", Role.COORDINATOR), "coordinator_below": ("below", Role.COORDINATOR),
}  # fmt: skip
WITHOUT_KEYS = ("public", "buyer", "admin", "buyer_beside")
FEW_PAGES = ("buyer_beside", "engineer", "coordinator_below")  # there is little to read
READ_PAPERS = {"analyst", "signatory", "coordinator", "reviewer", "buyer"}  # and the desk whose notice it is
AT_LEAST = 8  # pages that every walk must find
# which walks are read for their language too, beside those of test_languages.py: people of the desk read English here
READ_IN = {name: "en" for name in ("coordinator", "reviewer", "buyer", "analyst", "signatory", "desk")} | {
    "public": "zh"
}


def planting(session: Session, held: HeldClock) -> dict[str, Any]:
    """The settled world, and in it all that leads to a buyer, in the clear; the moments of payment all one that is like
    no other; every paper printed."""
    left, found = settling(session, held), set(COVER)
    cast = cast_at(session, held, Snapshot(Path(), "", held.moment, left))
    add_covers(session, [NewCover(*COVER), NewCover(account="planted-user-0")], by=cast.coordinator, cipher=cipher())
    in_every_status(session, cast)
    kinds: set[Secret] = set()
    for secret in session.scalars(sa.select(TaskSecret)):
        value, kind = own_value(secret), Secret(secret.kind)
        secret.value = cipher().encrypt(value, about=place_of(secret.task_id, kind))
        secret.blind_index, kinds = cipher().blind_index(kind, value), kinds | {kind}
        if kind is not Secret.PAID_AT:
            found.add(value)
    assert kinds == set(Secret)
    assert all(any(mark in value for mark in MARKS) for value in found)
    session.commit()
    print_all_papers(session, cast, left["world"])
    return left | {"planted": {*MARKS, *PAID}}


def in_every_status(session: Session, cast: Cast) -> None:
    """A purchase that stands still wherever one can, those included that ended without a sample."""
    for status in (TaskStatus.ORDERED, TaskStatus.SHIPPED, TaskStatus.RECEIVED):
        task_at(session, cast, status)
    give_up(session, task_at(session, cast, TaskStatus.ORDERED), Unobtainable.LOST, by=cast.buyer)
    hand_on(session, received_task(session, cast), Untested.NO_LICENCE, by=cast.buyer)
    sealed_sample(session, cast)


def own_value(secret: TaskSecret) -> str:
    """What leads to the buyer of this purchase, and of no other; the moments of payment all one like no other."""
    n = secret.task_id
    han = "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in f"{n:03d}")
    return {
        Secret.ORDER_NUMBER: f"TLPLANT{n:07d}",
        Secret.ACCOUNT: f"planted-user-{n:04d}",
        Secret.PAID_AT: PAID_AT.isoformat(),
        Secret.DELIVERY_NUMBER: f"SFPLANT{n:08d}",
        Secret.RECIPIENT: f"慕容{han}",
        Secret.ADDRESS: f"云州市听雨巷{han}号院",
        Secret.TELEPHONE: f"199555{n:05d}",
    }[Secret(secret.kind)]


@pytest.fixture
def road(request: pytest.FixtureRequest, road: Road) -> Road:
    return planting if "planted" in request.fixturenames else road


@pytest.fixture
def planted(arrived: Snapshot) -> set[str]:
    found: set[str] = arrived.left["planted"]
    return found


def print_all_papers(session: Session, cast: Cast, world: World) -> None:
    """Of each case, in each language: they are read like any page. What the quick press prints can be searched."""
    for kind, number in world.items():
        reader = cast.analyst if kind == "portion" else cast.coordinator
        for name, subject in subjects_of(kind, KINDS[kind].one_visible(session, reader, number), reader):
            for language in ASKS[name].languages:
                ASKS[name].ask(session, subject, language, by=reader)
    run(session, making)


def client_of(app: Flask, session: Session, cast: Cast, name: str) -> Any:
    if name == "public":
        return app.test_client()
    actor = actor_of(session, cast, name)
    assert actor.person
    if actor.person.password is None:
        give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def actor_of(session: Session, cast: Cast, name: str) -> Actor:
    if name not in HIRED:
        found: Actor = getattr(cast, name)
        return found
    house, role = HIRED[name]
    return hire(session, getattr(cast, house), role)


@pytest.mark.parametrize("name", [*OUTSIDE, *INSIDE, *BESIDE])
def test_nothing_that_leads_to_the_buyer_stands_where_a_reader_comes_by_links_and_no_page_speaks_two_languages(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, planted: set[str], name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    session, world = request.getfixturevalue("session"), request.getfixturevalue("world")
    client = client_of(request.getfixturevalue("app"), session, request.getfixturevalue("cast"), name)
    wanted = set(planted)
    if name in OUTSIDE:  # colleagues know who buys; nobody else does
        wanted |= {NAMES["buyer"], *session.scalars(sa.select(Person.email).where(Person.name == NAMES["buyer"]))}
    starts = ["/desk/", "/account/"]
    if name == "public":
        codes = session.scalars(sa.select(Notice.verification_code).where(Notice.verification_code.is_not(None)))
        published = (f"/{place}/{world['campaign']}" for place in ("campaigns", "draws"))
        starts = ["/", "/results", *published, *(f"/verify/{code}" for code in codes)]
    language = OneLanguage(session, READ_IN[name]) if name in READ_IN else None
    session.rollback()
    read, printed = 0, 0
    for address, body in walk(client, *starts):
        if language:
            language.read(address, body)
        found = leaked(body, wanted)
        assert not found, f"{name} reads {found} at {address}"
        read, printed = read + 1, printed + body.startswith(b"%PDF")
    assert read >= (1 if name in FEW_PAGES else AT_LEAST), read
    assert printed or name not in READ_PAPERS
    assert not [value for value in wanted if value in caplog.text]
    if language:  # else it is asked in test_languages.py
        assert language.pages >= AT_LEAST
        assert language.pages > language.others
        assert language.foreign == {}


@pytest.mark.parametrize("name", [name for name in (*OUTSIDE, *INSIDE, *BESIDE) if name not in WITHOUT_KEYS])
def test_nothing_that_leads_to_the_buyer_stands_in_what_a_program_is_answered(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture, planted: set[str], name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    session, app = request.getfixturevalue("session"), request.getfixturevalue("app")
    wanted = set(planted)
    if name in OUTSIDE:
        wanted |= {NAMES["buyer"], *session.scalars(sa.select(Person.email).where(Person.name == NAMES["buyer"]))}
    program = program_of(app, session, actor_of(session, request.getfixturevalue("cast"), name))
    read = 0
    for address, body in answers(app, program):
        found = leaked(body, wanted)
        assert not found, f"a program of the {name} reads {found} at {address}"
        read += 1
    assert read >= (1 if name in FEW_PAGES else AT_LEAST // 2), read
    assert not [value for value in wanted if value in caplog.text]


def answers(app: Flask, program: Program) -> Iterator[tuple[str, bytes]]:
    """Every list, and whatever an answer names the address of, with its record."""
    waiting = [
        path.removeprefix(BASE)
        for path, item in app.test_client().get(f"{BASE}/openapi.json").get_json()["paths"].items()
        if "get" in item and "{" not in path
    ]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = program.get(address)
        if answer.status_code != HTTPStatus.OK:
            continue
        yield address, answer.data
        named = {each.removeprefix(BASE) for each in re.findall(rf'"(?:https?://[^/"]+)?({BASE}/[^"]+)"', answer.text)}
        waiting += [*named, *(f"{each}/events" for each in named if not each.endswith("/events"))]


def test_nothing_that_leads_to_the_buyer_stands_in_what_is_sent_to_platforms(
    app: Flask, session: Session, planted: set[str]
) -> None:
    tell_what_was_missed(sessionmaker(session.get_bind()), app.config["SETTINGS"])
    wanted = planted | {NAMES["buyer"]}
    sent = {
        medium: [each.body for each in session.scalars(sa.select(Message).filter_by(medium=medium))]
        for medium in Medium
    }
    assert all(sent.values())
    for body in (*sent[Medium.WEBHOOK], *(words_of(mail) for mail in sent[Medium.EMAIL])):
        assert leaked(body, wanted) == []


def test_nothing_that_leads_to_the_buyer_stands_in_what_is_written_to_the_parties(
    app: Flask, session: Session, cast: Cast, planted: set[str], world: World
) -> None:
    """Each reads by its link what it was told, and after the second test what that came to."""
    objection = KINDS["objection"].one_visible(session, cast.coordinator, world["objection"])
    first = [send_letter(session, objection.finding, party, by=cast.coordinator).token for party in Party]
    decide(session, objection, Decision.DISMISSED, by=cast.reviewer)
    again = send_letter(session, objection.finding, Party.PRODUCER, by=cast.coordinator)
    assert again.letter.kind == LetterKind.CONCLUSION
    while run(session, making):  # twenty at once
        pass
    client, wanted, read = app.test_client(), planted | {NAMES["buyer"]}, 0
    for token in (*first, again.token):
        link = f"/reply/{token}"
        assert client.post(link).status_code == HTTPStatus.SEE_OTHER
        papers = re.findall(rf'href="({link}/[^"]+\.pdf)"', client.get(link).text)
        assert papers
        for address in (link, f"{link}/objection", *papers):
            for body in (client.get(f"{address}?lang={language}").data for language in ("zh", "en")):
                assert leaked(body, wanted) == [], address
                read += bool(body)
    assert read >= AT_LEAST


def words_of(mail: bytes) -> bytes:
    """Every part of it as text; the document is read in tests/documents."""
    read: Any = email.message_from_bytes(mail, policy=email.policy.default)
    texts = [part.get_content() for part in read.walk() if part.get_content_type() == "text/plain"]
    return "\n".join([*read.values(), *texts]).encode()


@pytest.mark.parametrize("name", ["coordinator", "buyer"])
def test_the_walk_would_find_it_where_it_is_shown(
    app: Flask, session: Session, cast: Cast, planted: set[str], name: str
) -> None:
    ordered = sa.select(Task.number).where(Task.ordered_at.is_not(None)).order_by(Task.id.desc()).limit(1)
    door = f"/desk/task/{session.scalars(ordered).one()}/identity"
    session.rollback()
    shown = sign_in(app, getattr(cast, name)).post(door, data={"reason": "order", "why": "核对"}).data
    assert len(leaked(shown, planted)) >= 5


def test_what_is_typed_into_the_form_of_an_order_stands_in_no_log(
    app: Flask, session: Session, in_field: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    cast = in_field
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    caplog.set_level(logging.DEBUG)
    client = sign_in(app, cast.buyer)
    waiting = task_at(session, cast, TaskStatus.ASSIGNED)
    prove(session, waiting, *ORDERED, by=cast.buyer)
    session.commit()
    task = waiting.number
    typed = {"order_number": "TL-LOG-1", "account": "log-account", "address": "日志路7号"}
    typed |= {"version": str(waiting.version)}
    assert client.post(f"/desk/task/{task}/order", data=typed).status_code == 422
    for asked in (f"/desk/task/{task}/order", f"/desk/task/{task}/nothing", "/desk/task/T-XX-1/order"):
        client.post(asked, data=typed)
        app.test_client().post(asked, data=typed)
    assert not [value for value in typed.values() if len(value) > 1 and value in caplog.text]
