"""While the store of evidence does not answer, pages and API say so and when to try again, and no row is half there."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.evidence.models import Derived, EvidenceKind, Exhibit, Holding
from tests.evidence.files import photograph
from tests.evidence.test_vaults import no_one_listens
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.purchases import received_task

pytestmark = on_sqlite


@pytest.fixture
def away(app: Flask, session: Session, cast: Cast) -> Any:
    """A task with its evidence, from before the store went away."""
    task = received_task(session, cast)
    assert cast.buyer.person
    give_password(session, cast.buyer.person)
    session.commit()
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], evidence_url=f"s3://gone?endpoint={no_one_listens()}")
    return task


def count(session: Session) -> list[int | None]:
    session.rollback()
    return [session.scalar(sa.select(sa.func.count(model.id))) for model in (Holding, Derived, Exhibit)]


def test_a_page_says_so_and_nothing_is_recorded(app: Flask, session: Session, cast: Cast, away: Any) -> None:
    client, before = sign_in(app, cast.buyer), count(session)
    seen = session.scalars(sa.select(Exhibit).where(Exhibit.kind == EvidenceKind.PRODUCT_PAGE)).first()
    assert seen
    address = f"/desk/task/{away.number}/evidence"
    sent = {"version": away.version, "kind": "marks", "file": (io.BytesIO(photograph()), "a.jpg")}
    for answer in (client.get(f"{address}/{seen.id}"), client.post(address, data=sent)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "does not answer" in answer.text
    assert client.get(f"/desk/task/{away.number}").status_code == 200
    assert count(session) == before


def test_the_api_says_so_as_a_problem(app: Flask, session: Session, cast: Cast, away: Any) -> None:
    program, before = program_of(app, session, cast.coordinator), count(session)
    sent = {"file": (io.BytesIO(photograph()), "a.jpg"), "kind": "marks"}
    answer = program.open("POST", "/evidence", data=sent, headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "store_away")
    assert (answer.content_type, answer.headers["Retry-After"]) == ("application/problem+json", "10")
    assert count(session) == before
