"""The whole document against the program: whatever fits it, or just does not, gets an answer that it describes.

Where an address names a case, one that is there is asked too, so that what was sent is looked at.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import product
from typing import Any

import hypothesis
import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.notices.models import Notice
from quality.pages.kinds import KINDS
from quality.people.actor import Actor
from quality.permissions import ROLES, Role
from tests.api.conftest import Keyed
from tests.gates.test_api_routes import ONLY, SINGULAR
from tests.harness.api import BASE, Program
from tests.harness.desk import World
from tests.harness.people import Cast

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))  # of each operation, for each role
Cases = list[tuple[Any, bool]]  # each with whether it asks what is there


@pytest.fixture
def document(app: Flask) -> Any:
    said = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", app)
    said.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    return said


@pytest.fixture(scope="module")
def made() -> dict[str, Cases]:
    """By operation: the document is the program's own, whatever the database, and so is what is made of it."""
    return {}


@pytest.fixture
def programs(
    request: pytest.FixtureRequest, session: Session, cast: Cast, world: World, keyed: Keyed
) -> dict[Role, Program]:
    return {role: keyed(acting(session, cast, world, role)) for role in request.param}


def acting(session: Session, cast: Cast, world: World, role: Role) -> Actor:
    if role is not Role.PLATFORM:
        theirs: Actor = getattr(cast, role)
        return theirs
    addressed = session.scalars(sa.select(Notice.platform_id).where(Notice.number == world["notice"])).one()
    return next(each for each in (cast.desk, cast.other_desk) if each.organisation_id == addressed)


@pytest.mark.parametrize(
    ("database", "programs"),  # it is the form of an answer that matters, and what PostgreSQL minds of what is written
    [
        ("postgresql", [Role.COORDINATOR, Role.ANALYST, Role.PLATFORM]),
        ("sqlite", [Role.REVIEWER, Role.SIGNATORY]),
    ],
    indirect=True,
)
def test_every_answer_is_one_that_the_document_describes(
    app: Flask, world: World, programs: dict[Role, Program], document: Any, made: dict[str, Cases]
) -> None:
    answered: dict[Role, Counter[int]] = {role: Counter() for role in programs}
    for found in document.get_all_operations():
        operation = found.ok()
        asking = {role: each for role, each in programs.items() if concerns(operation.path, role)}
        if asking and operation.label not in made:
            made[operation.label] = cases_of(operation)
        for (case, there), (role, program) in product(made[operation.label] if asking else [], asking.items()):
            if there and case.path_parameters:
                case.path_parameters.update(known(operation.path, case.path_parameters, world))
            answered[role][ask(app, case, program)] += 1
    for role, statuses in answered.items():
        assert {200, 404, 422} <= statuses.keys(), (role, statuses)
        assert not any(status >= 500 for status in statuses), role


def cases_of(operation: Any) -> Cases:
    """Made once, for all roles and both databases: that takes twice as long as what is then asked with it."""
    cases: Cases = []

    @hypothesis.settings(max_examples=EXAMPLES, phases=[hypothesis.Phase.generate])
    @hypothesis.given(case=operation.as_strategy(), there=hypothesis.strategies.booleans())
    def whatever(case: Any, there: bool) -> None:
        cases.append((case, there))

    whatever()
    return cases


def ask(app: Flask, case: Any, program: Program) -> int:
    db.session.remove()
    response = case.call(app=app, headers=program.headers)
    case.validate_response(response, checks=CHECKS, headers=program.headers)
    return int(response.status_code)


def concerns(path: str, role: Role) -> bool:
    """Whether the role has any business there; that others find nothing is asked in test_api_routes.py."""
    name, grant = collection_of(path), ROLES[role]
    return name is None or (KINDS[SINGULAR[name]].read in grant.may and ONLY.get(name, grant.sees) is grant.sees)


def collection_of(path: str) -> str | None:
    names = sorted(SINGULAR, key=len, reverse=True)
    return next((name for name in names if f"{path}/".startswith(f"{BASE}/{name}/")), None)


def known(path: str, parts: dict[str, Any], world: World) -> dict[str, Any]:
    name = collection_of(path)
    if name is None:
        return {}
    kind = SINGULAR[name]
    number = world[kind].rpartition(":")[2] if "report_no" in parts else world[kind]
    return {part: number for part in parts if part in {"number", "blind_no", "report_no"}}
