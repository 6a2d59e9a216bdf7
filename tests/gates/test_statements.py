"""No list and no dossier asks the database more often the more stands on it; and really more stands on it each time."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core.workflow import Part
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach
from quality.lab.models import Finding
from quality.notices.models import NoticeStatus
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.permissions import ROLES, Role
from tests.harness.api import BASE, program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, published_result, settle, sign_in
from tests.harness.lab import confirmed_finding
from tests.harness.notices import notice_at
from tests.harness.people import Cast, hire
from tests.harness.purchases import picture
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
READERS = ["coordinator", "reviewer", "buyer", "analyst", "signatory", "desk"]
MORE = 4  # what is added: more than there was


def readers(app: Flask, cast: Cast) -> dict[str, Any]:
    return {name: sign_in(app, getattr(cast, name)) for name in READERS}


def lines(client: Any, address: str, kind: str) -> int:
    """How many cases of this kind the page leads to."""
    return len(set(re.findall(rf'href="(/desk/{kind}/[^"/?]*[0-9-][^"/?]*)"', client.get(address).text)))


def test_a_longer_list_of_any_kind_asks_no_more(app: Flask, session: Session, cast: Cast, world: World) -> None:
    clients = readers(app, cast)
    lists = [
        (kind, name)
        for kind, about in KINDS.items()
        for name in READERS
        if about.read in ROLES[getattr(cast, name).role].may
    ]
    seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for more in (0, 1):
        for _again in range(more):
            settle(session, cast)
        for kind, name in lists:
            address, client = f"/desk/{kind}/", clients[name]
            client.get(address)  # what is compiled once is compiled
            seen.setdefault((kind, name), []).append((lines(client, address, kind), statements(client, address)))
    wrong = {who: found for who, found in seen.items() if found[0][1] != found[1][1]}
    assert wrong == {}
    assert {who: found for who, found in seen.items() if found[0][0] >= found[1][0]} == {}
    assert {kind for kind, _name in seen} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dossier_with_more_evidence_and_a_longer_record_asks_no_more(
    app: Flask, session: Session, cast: Cast, world: World, kind: str
) -> None:
    """Each file is added by somebody else, so that the record names more people too."""
    about = KINDS[kind]
    owner = "analyst" if kind in {"portion", "report"} else "buyer" if kind == "task" else "coordinator"
    case = about.one_visible(session, getattr(cast, owner), world[kind])
    address = about_address(kind, world)
    clients = {name: client for name, client in readers(app, cast).items() if client.get(address).status_code == 200}
    counted: dict[str, list[int]] = {}
    length: dict[str, list[int]] = {}
    for more in (1, MORE):
        for _again in range(more):
            add(session, case, by=getattr(cast, owner) if kind == "task" else beside(session, getattr(cast, owner)))
        session.commit()
        for name, client in clients.items():
            client.get(address)
            length.setdefault(name, []).append(len(client.get(address).text))
            counted.setdefault(name, []).append(statements(client, address))
    assert {name: found for name, found in counted.items() if found[0] != found[1]} == {}
    few, many = length[owner]
    assert few < many


def about_address(kind: str, world: World) -> str:
    return f"/desk/{kind}/{world[kind]}"


def beside(session: Session, actor: Actor) -> Actor:
    assert actor.organisation
    return hire(session, actor.organisation, Role(actor.role))


def add(session: Session, case: Any, *, by: Actor) -> None:
    whole, part = (case.whole, case) if isinstance(case, Part) else (case, None)
    attach(session, whole, picture(session, by).sha256, EvidenceKind.OTHER, by=by, part=part)


def test_a_longer_list_for_the_public_asks_no_more(app: Flask, session: Session, cast: Cast, world: World) -> None:
    client = app.test_client()
    seen: dict[str, list[tuple[int, int]]] = {}
    for more in (0, 2):
        for _again in range(more):
            published_result(session, cast)
        session.commit()
        for address in ("/results", "/results?q=磁力", "/results.json"):
            shown = len(set(re.findall(r"R-YZ-2026-\d+", client.get(address).text)))
            seen.setdefault(address, []).append((shown, statements(client, address)))
    assert {address: found for address, found in seen.items() if found[0][1] < found[1][1]} == {}
    assert all(few < many for (few, _), (many, _) in seen.values()), seen


def test_a_longer_list_of_any_kind_asks_no_more_by_api(app: Flask, session: Session, cast: Cast, world: World) -> None:
    programs = {name: program_of(app, session, getattr(cast, name)) for name in READERS if name != "buyer"}
    document = app.test_client().get(f"{BASE}/openapi.json").get_json()
    lists = [path.removeprefix(BASE) for path, item in document["paths"].items() if "get" in item and "{" not in path]
    seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for more in (0, 1):
        for _again in range(more):
            settle(session, cast)
        for address, (name, program) in product(lists, programs.items()):
            answer = program.get(address)
            if answer.status_code == 200 and "items" in answer.get_json():
                counted = len(answer.get_json()["items"]), statements(program, address)
                seen.setdefault((address, name), []).append(counted)
    grown = {who: found for who, found in seen.items() if found[0][0] < found[1][0]}
    assert {who: found for who, found in grown.items() if found[0][1] != found[1][1]} == {}
    assert len(grown) >= 12, seen


def test_a_notice_with_more_listings_asks_no_more_by_api(app: Flask, session: Session, cast: Cast) -> None:
    of: dict[int, dict[str, Finding]] = {}  # by platform and listing: a notice names one once
    while max(map(len, of.values()), default=0) < MORE:
        finding = confirmed_finding(session, cast)
        drawn = finding.sample.task.drawn
        of.setdefault(drawn.platform_id, {})[drawn.listing_id] = finding
    [first, *others] = max(of.values(), key=len).values()
    few, many = (notice_at(session, cast, NoticeStatus.ANSWERED, *some) for some in ([first], others))
    session.commit()
    assert len(many.items) >= 3
    desk = next(each for each in (cast.desk, cast.other_desk) if each.organisation_id == few.platform_id)
    for name, actor in (("notices", cast.coordinator), ("notices", cast.reviewer), ("platform/notices", desk)):
        program = program_of(app, session, actor)
        counted = [statements(program, f"/{name}/{each.number}") for each in (few, few, many)][1:]
        assert counted[0] == counted[1], (name, actor.role)
