"""Every route, for every role and for nobody: what the permission tables say is what the program answers.

tests/harness/permitted.py says what is expected; here every address is asked.
"""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from quality.campaigns import uploads
from quality.core import clock
from quality.core.workflow import Part
from quality.corrections.models import CorrectionReport
from quality.delivery.models import Delivery, Endpoint, Message
from quality.documents.models import Language
from quality.evidence.models import EvidenceKind, Quarantine
from quality.evidence.operations import attach, take_in
from quality.lab.workbook import uploads as tables
from quality.lab.workbook.columns import RESULTS
from quality.notices.batches import NoticeBatch
from quality.notices.models import Notice
from quality.notices.operations.templates import propose_template
from quality.notices.texts import SHIPPED
from quality.objections.models import SentFile
from quality.pages.kinds import KINDS
from quality.pages.papers import ASKS, subjects_of
from quality.pages.views.account import AFTER
from quality.people import keys
from quality.people.access import ACCESS, ACTING, AT_THE_DOOR, ONCE_FOUND, PUBLIC, SIGNED_IN, named
from quality.people.actor import SYSTEM, Actor
from quality.people.models import Organisation, Passkey, Sitting
from quality.permissions import ROLES, Can, Role, Sees
from tests.evidence.files import little_picture, photograph
from tests.evidence.test_checks import archive
from tests.harness.answer_books import an_answer_book
from tests.harness.asking import Crew, in_turn, those_who_have_not, told_apart
from tests.harness.campaigns import planned
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, give_password, sign_in
from tests.harness.ground import NEITHER, NOT_PERMITTED, NOT_THERE, Address, Ground, addresses
from tests.harness.notices import run
from tests.harness.people import Cast, hire
from tests.harness.permitted import expected
from tests.harness.press import making
from tests.harness.problems import invalid
from tests.harness.purchases import vault
from tests.harness.standards import a_library, a_standard

pytestmark = on_sqlite
ANSWERS = {200, 201, 302, 303, 409, 410, 422, 429}  # to who may, once it is there
LIBRARIES = ("security.", "bootstrap.", "static")  # Flask-Security guards its own
SENT = {"version": "0", "why": "核对", "reason": "other"}  # an old version, so that nothing is recorded
FRAME = """listing_id,platform,category,shop_id,shop_name,title,url,price_fen
R1,棠梨商城,儿童玩具,S1,小满童品旗舰店,磁力棒,https://item.example/r1,3990
R2,青禾集市,儿童玩具,S1,小满童品旗舰店,磁力棒,https://item.example/r2,3990
R3,棠梨商城,儿童玩具,S1,小满童品旗舰店,磁力棒,https://item.example/r3,面议
"""
FILES = [  # which case is proved, by whom, with what
    ("campaign", "coordinator", EvidenceKind.OTHER),
    ("task", "buyer", EvidenceKind.PARCEL),
    ("task", "buyer", EvidenceKind.PRODUCT_PAGE),
    ("sample", "buyer", EvidenceKind.MARKS),
    ("sample", "coordinator", EvidenceKind.HAND_OVER),
    ("portion", "analyst", EvidenceKind.LAB_RECEIPT),
    ("report", "analyst", EvidenceKind.LAB_REPORT),
    ("finding", "coordinator", EvidenceKind.OTHER),
    ("objection", "coordinator", EvidenceKind.OBJECTION),
    ("notice", "coordinator", EvidenceKind.OTHER),
    ("notice", "coordinator", EvidenceKind.LOOK),
    ("notice", "platform", EvidenceKind.PLATFORM_PROOF),
    ("result", "coordinator", EvidenceKind.OTHER),
    ("correction", "coordinator", EvidenceKind.CORRECTION),
    ("transfer", "coordinator", EvidenceKind.RECEIPT),
    ("expense", "buyer", EvidenceKind.EXPENSE),
]


@pytest.fixture
def crew(app: Flask, session: Session, cast: Cast, world: World) -> Crew:
    """Everybody who works here, whoever does the same elsewhere, and a reader of the agency above."""
    on_the_notice = session.scalars(sa.select(Notice.platform_id).where(Notice.number == world["notice"])).one()
    desks = [cast.desk, cast.other_desk]
    desks.sort(key=lambda desk: desk.organisation_id != on_the_notice)
    here, there = (
        (cast.platform, cast.other_platform) if desks[0] is cast.desk else (cast.other_platform, cast.platform)
    )
    people = {
        "coordinator": cast.coordinator,
        "reviewer": cast.reviewer,
        "buyer": cast.buyer,
        "analyst": cast.analyst,
        "signatory": cast.signatory,
        "platform": desks[0],
        "admin": hire(session, cast.agency, Role.ADMIN),
        "coordinator above": hire(session, cast.above, Role.COORDINATOR),
        "coordinator elsewhere": hire(session, cast.below, Role.COORDINATOR),
        "reviewer elsewhere": hire(session, cast.below, Role.REVIEWER),
        "buyer beside": hire(session, cast.agency, Role.BUYER),
        "analyst elsewhere": cast.second_analyst,
        "signatory elsewhere": cast.second_signatory,
        "platform elsewhere": desks[1],
        "admin elsewhere": hire(session, cast.below, Role.ADMIN),
        "reader": hire(session, here, Role.PLATFORM_READER),
        "reader elsewhere": hire(session, there, Role.PLATFORM_READER),
        "engineer": hire(session, here, Role.PLATFORM_ENGINEER),
    }
    for actor in people.values():
        assert actor.person
        if actor.person.password is None:
            give_password(session, actor.person)
    session.commit()
    return {name: (actor, sign_in(app, actor)) for name, actor in people.items()}


@pytest.fixture
def ground(app: Flask, session: Session, cast: Cast, world: World, crew: Crew) -> Ground:
    """A case of every kind, a campaign with a frame that left rows out, and an upload that waits for its sender."""
    cases = {kind: [about.one_visible(session, *who_sees(session, kind, world, crew))] for kind, about in KINDS.items()}
    frames = app.config["SETTINGS"].frames_folder

    draft = planned(session, cast)
    taken, waiting = (
        uploads.receive(session, draft, io.BytesIO(FRAME.encode()), "frame.csv", by=cast.coordinator, frames=frames)
        for _two in range(2)
    )
    taken_in = uploads.find(draft, taken, by=cast.coordinator, frames=frames)
    uploads.take_in(session, draft, taken_in, by=cast.coordinator, leave_out=True, frames=frames, version=draft.version)
    cases["campaign"].append(draft)
    for kind, sender, shows in FILES:
        prove(session, cases[kind][0], crew[sender][0], shows)
    file = vault().put(little_picture(7))
    sent = {"sha256": file.sha256, "bytes": file.bytes, "name": "说明.png", "media_type": "image/png"}
    reported = CorrectionReport(correction_id=cases["correction"][0].id, statement="已整改", received_at=clock.now())
    session.add(reported)
    session.flush()
    for table, key in (("objection", cases["objection"][0].id), ("correction_report", reported.id)):
        session.add(SentFile(subject_type=table, subject_id=key, **sent))
    session.add(
        NoticeBatch(
            agency_id=cast.agency.id, deed="issue", asked_by_id=cast.coordinator.id, role="coordinator",
            asked_at=clock.now(), says={},
        )
    )  # fmt: skip
    propose_template(session, name="儿童用品", says=SHIPPED, by=cast.coordinator)
    for kind, rows in cases.items():
        print_papers(session, kind, rows[0], cast.coordinator)
    session.commit()
    people = [crew[name][0] for name in ("buyer", "analyst")]
    return Ground(
        session,
        cases,
        uploads={waiting: (draft, cast.coordinator)},
        people=[person.id for person in people if person.id],
        memberships=[membership.id for each in people if each.person for membership in each.person.memberships],
        codes=[
            *session.scalars(sa.select(Notice.verification_code).where(Notice.verification_code.is_not(None)).limit(1)),
            "7F3K-92QD-4B8M",
        ],
        keys=program_keys(session, cast),
        apart=condemned(session, crew["buyer"][0], crew["platform"][0]),
        endpoints={each.handle: each.platform_id for each in session.scalars(sa.select(Endpoint))},
        deliveries=list(session.scalars(sa.select(Delivery.id).order_by(Delivery.id))),
        messages={each.webhook_id: each.notice for each in session.scalars(sa.select(Message).limit(1))},
        tables={a_table(session, cast.analyst, frames): cast.analyst},
        libraries={a_library(session, cast.coordinator, frames): cast.coordinator},
        answer_books={an_answer_book(crew["platform"][0], frames): crew["platform"][0]},
        standards=[a_standard(session, cast.coordinator), a_standard(session, crew["coordinator elsewhere"][0])],
    )


def print_papers(session: Session, kind: str, case: Any, by: Actor) -> None:
    for name, subject in subjects_of(kind, case, by):
        ASKS[name].ask(session, subject, Language.ZH, by=by)
    run(session, making)


def a_table(session: Session, analyst: Actor, frames: Path) -> str:
    content = f"{','.join(RESULTS.names)}\nMY-1,WT-1,铅,1,,,,,,秦若川\n".encode()
    return tables.receive(session, io.BytesIO(content), "results.csv", by=analyst, place=frames)


def condemned(session: Session, *senders: Actor) -> dict[int, Organisation]:
    """A file of each that is two things in one."""
    session.commit()
    for sender in senders:
        with invalid(("file", "two_in_one")):
            take_in(session, vault(), photograph() + archive(), kind=EvidenceKind.OTHER, by=sender)
    return {each.id: each.organisation for each in session.scalars(sa.select(Quarantine))}


def program_keys(session: Session, cast: Cast) -> dict[int, int | None]:
    """One of the agency that most people here work in, one of another's."""
    places = [(cast.agency, Role.COORDINATOR), (cast.below, Role.REVIEWER)]
    of = [keys.program_of(session, place, role, by=SYSTEM) for place, role in places]
    made = [(keys.make(session, membership, name="接口", by=SYSTEM)[0], membership) for membership in of]
    session.commit()
    return {key.id: membership.organisation_id for key, membership in made}


def prove(session: Session, case: Any, by: Actor, shows: EvidenceKind) -> None:
    """A picture of the actor's own, of the case or of its first part that is theirs."""
    parts = [part for part in getattr(case, "items", []) if shows in {EvidenceKind.LOOK, EvidenceKind.PLATFORM_PROOF}]
    whole, part = (case.whole, case) if isinstance(case, Part) else (case, next(iter(parts), None))
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), (case.id, len(shows), len(case.__tablename__))).save(picture, "PNG")
    held = take_in(session, vault(), picture.getvalue(), kind=shows, by=by)
    attach(session, whole, held.sha256, shows, by=by, part=part)


def who_sees(session: Session, kind: str, world: World, crew: Crew) -> tuple[Actor, str]:
    name = "analyst" if kind == "portion" else "coordinator"
    return crew[name][0], world[kind]


def own_rules(app: Flask) -> Iterator[tuple[Rule, Can | str]]:
    """The libraries guard their own; the API takes keys, and is asked in test_api_routes.py."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.endpoint.startswith(LIBRARIES) and not rule.rule.startswith("/api/"):
            yield rule, ACCESS[named(app.view_functions[rule.endpoint])]


def methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})


Asked = tuple[str, str, str, int]  # an address, a method, who, and what the tables say


def questions(app: Flask, ground: Ground, crew: Crew) -> Iterator[Asked]:
    """Whoever gets an answer or is refused asks at every address. Those who find nothing there are many: see below.

    What is public is shown by a view that reads no session, so of all people one asks in turn.
    """
    once, turns = set[tuple[str, ...]](), count()
    for rule, access in own_rules(app):
        if access in {SIGNED_IN, AT_THE_DOOR}:  # the same for every role: asked below
            continue
        for address in addresses(ground, rule):
            for method in methods(rule):
                if leads_to(app, str(address), method) != rule:
                    continue
                turn = next(turns)
                says = {name: expected(app, ground, address, method, actor) for name, (actor, _client) in crew.items()}
                asking = in_turn(list(crew), 1, turn) if access == PUBLIC else told_apart(address, says, crew, turn)
                if access != PUBLIC:
                    asking += those_who_have_not(once, address, method, says, crew)
                for name in dict.fromkeys(asking):
                    yield str(address), method, name, says[name]


def test_every_address_answers_every_role_as_the_tables_say(
    app: Flask, session: Session, ground: Ground, crew: Crew
) -> None:
    asked = list(questions(app, ground, crew))
    session.expunge_all()  # else each of the thousands of answers forgets what all these rows said
    frames = app.config["SETTINGS"].frames_folder
    shutil.copytree(frames, kept := frames.with_name("kept"))
    wrong, counted = [], Counter[int]()
    for address, method, name, says in asked:
        client = crew[name][1]
        client.reads = False
        asks = {"Accept": "application/json"} if says else {}  # a refusal in short: thousands are asked for
        answer = client.open(address, method=method, data=SENT, headers=asks)
        if method == "POST" and (
            "/frame/" in address or "/workbook/" in address
        ):  # an upload that was thrown away is there for the next again
            shutil.copytree(kept, frames, dirs_exist_ok=True)
        counted[says] += 1
        if answer.status_code != says if says else answer.status_code not in ANSWERS | public_answers(address):
            wrong.append(f"{name} {method} {address}: {answer.status_code}, not {says or 'an answer'}")
    assert wrong == []
    assert min(counted[says] for says in (NEITHER, NOT_PERMITTED, NOT_THERE)) > 300


def leads_to(app: Flask, address: str, method: str) -> Rule:
    """Where two rules fit, the narrower one answers: `/desk/campaign/…/draw` has a page of its own."""
    matched = app.url_map.bind("localhost").match(address, method, return_rule=True)
    rule: Rule = matched[0]
    return rule


def public_answers(address: str) -> set[int]:
    """What is public is the same for everybody; whether it is there is asked in tests/pages/test_public.py."""
    return set() if address.startswith("/desk") else {404, 503}


def test_the_own_account_is_open_to_every_role_and_nobody_elses_is(app: Flask, session: Session, crew: Crew) -> None:
    pages = [rule for rule, access in own_rules(app) if access == SIGNED_IN and "GET" in methods(rule)]
    stranger, _client = crew["coordinator elsewhere"]
    theirs = {"passkey": passkey(session, stranger, 0), "sitting": sitting(session, stranger)}
    for place, (name, (actor, client)) in enumerate(crew.items()):
        if actor is stranger:
            continue
        for rule in pages:
            for then in AFTER if "then" in rule.arguments else ("",):
                address = rule.rule.partition("<")[0] + then
                assert client.get(address).status_code in {200, 302}, f"{name} {address}"
        for kind, ending in (("passkey", "remove"), ("sitting", "end")):
            own = passkey(session, actor, place + 1) if kind == "passkey" else sitting(session, actor)
            for key, says in ((theirs[kind], 404), (own, 302)):
                answer = client.post(f"/account/{kind}s/{key}/{ending}")
                assert answer.status_code == says, f"{name} {kind} {key}: {answer.status_code}"
        assert client.get("/account/").status_code == 302, "that was the browser in which they sat"


def passkey(session: Session, actor: Actor, place: int) -> int:
    kept = Passkey(person_id=actor.id, handle=f"h{place}", credential_id=f"c{place}", public_key="k", sign_count=0,
                   name="手机", created_at=clock.now())  # fmt: skip
    session.add(kept)
    session.commit()
    return kept.id


def sitting(session: Session, actor: Actor) -> int:
    return session.scalars(sa.select(Sitting.id).where(Sitting.person_id == actor.id)).one()


def test_every_kind_has_a_case_inside_and_one_outside_of_the_scope_of_each_role(ground: Ground, crew: Crew) -> None:
    """Else the walk above would ask less than it seems to."""
    for kind, about in KINDS.items():
        for role in (role for role in Role if about.read in ROLES[role].may and role != Role.SYSTEM):
            actors = [actor for actor, _client in crew.values() if actor.role == role]
            seen = {ground.visible(about, ground.cases[kind][0], actor) for actor in actors}
            assert seen == {True, False}, f"{kind} {role}"
    assert {actor.sees for actor, _client in crew.values()} == set(Sees) - {Sees.EVERYTHING}


def test_an_address_with_an_id_finds_first_and_then_refuses(app: Flask) -> None:
    """Else who has no business with it learns that it is there: 403 where CONTRACT.md §2 has 404."""
    for rule, access in own_rules(app):
        is_once_found = named(app.view_functions[rule.endpoint]) in ONCE_FOUND
        assert is_once_found == (isinstance(access, Can) and bool(rule.arguments)), rule


def test_who_is_not_signed_in_is_sent_to_the_door_and_nowhere_else(app: Flask, ground: Ground) -> None:
    """What is not public asks who it is before it reads its address: of each rule the first and the last of a kind."""
    client = app.test_client()
    wrong = []
    for rule, access in own_rules(app):
        asked = list(addresses(ground, rule))
        if access not in {PUBLIC, AT_THE_DOOR}:
            asked = [*first_of_each_kind(asked), *first_of_each_kind(asked[::-1])]
        for address in dict.fromkeys(map(str, asked)):
            for method in methods(rule):
                answer = client.open(address, method=method, data=SENT)
                if access in {PUBLIC, AT_THE_DOOR}:
                    is_right = answer.status_code in ANSWERS | public_answers(address)
                else:
                    assert access in {SIGNED_IN, ACTING} or isinstance(access, Can)
                    is_right = answer.status_code == (302 if method == "GET" else 401)
                    is_right &= "/account/sign-in" in (answer.location or answer.text)
                if not is_right:
                    wrong.append(f"{method} {address}: {answer.status_code} {answer.location}")
    assert wrong == []


def first_of_each_kind(asked: list[Address]) -> list[Address]:
    return list({each.about and each.about.name: each for each in reversed(asked)}.values())


def test_a_program_that_is_not_signed_in_gets_a_problem(app: Flask, ground: Ground) -> None:
    client = app.test_client()
    for rule, access in own_rules(app):
        if access in {PUBLIC, AT_THE_DOOR}:
            continue
        address = str(next(addresses(ground, rule)))
        for method, asks in product(methods(rule), ("application/problem+json", "application/json")):
            answer = client.open(address, method=method, data=SENT, headers={"Accept": asks})
            said: Any = answer.get_json()
            assert (answer.status_code, said["code"]) == (401, "unauthorized"), f"{method} {address}"
            assert answer.content_type == "application/problem+json"
