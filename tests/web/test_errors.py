"""What the database cannot do now is said as such; what we asked wrongly is our mistake, and not passed off as that."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.people.access import acting, public
from quality.web.errors import is_passing
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast
from tests.harness.postgres import Server

pytestmark = pytest.mark.own_app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """As in life: an exception becomes an answer. One page asks the database what the test says."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)

    def ask() -> Any:
        for statement in asked:
            db.session.execute(sa.text(statement))
        return "answered"

    asked: list[str] = app.config.setdefault("ASKED", [])
    app.add_url_rule("/results/ask/it", view_func=public(ask), methods=["GET", "POST"])

    def ask_as_somebody() -> Any:
        return ask()

    app.add_url_rule("/desk/ask/it", view_func=acting(ask_as_somebody), methods=["POST"])
    return app.test_client()


def says(app: Flask, client: FlaskClient, *statements: str) -> tuple[int, str]:
    app.config["ASKED"][:] = statements
    answer = client.get("/results/ask/it", headers={"Accept": "application/json"})
    return answer.status_code, answer.get_json()["code"]


@on_sqlite
def test_a_locked_sqlite_is_busy_and_a_missing_table_is_our_mistake(app: Flask, client: FlaskClient) -> None:
    with db.engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 1")
        other.exec_driver_sql("BEGIN IMMEDIATE")
        locked = ("PRAGMA busy_timeout = 1", "UPDATE person SET version = version")
        assert says(app, client, *locked) == (503, "busy")
    assert says(app, client, "SELECT * FROM no_such_table") == (500, "internal_server_error")


@on_postgresql
def test_a_cancelled_statement_of_postgresql_is_busy_and_a_missing_table_is_our_mistake(
    app: Flask, client: FlaskClient
) -> None:
    slow = ("SET LOCAL statement_timeout = 20", "SELECT pg_sleep(2)")
    assert says(app, client, *slow) == (503, "busy")
    assert says(app, client, "SELECT * FROM no_such_table") == (500, "internal_server_error")


@on_sqlite
@pytest.mark.parametrize(("asks", "status"), [("text/html", 302), ("application/json", 401)])
def test_an_address_of_data_answers_who_is_not_signed_in_with_a_problem(app: Flask, asks: str, status: int) -> None:
    """CONTRACT.md §2: pages lead to sign-in; what ends in .json is none, whoever asks."""
    client = app.test_client()
    assert client.get("/desk/campaign/C-YZ-2026-0001", headers={"Accept": asks}).status_code == status
    data = client.get("/desk/campaign/C-YZ-2026-0001.json", headers={"Accept": asks})
    assert (data.status_code, data.content_type) == (401, "application/problem+json")


@on_postgresql
def test_who_is_signed_in_is_told_in_a_page_that_the_database_is_away(
    app: Flask, session: Session, cast: Cast, postgresql_server: Server
) -> None:
    """The page of the refusal must not ask the database who reads it."""
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    reader = sign_in(app, cast.coordinator)
    assert reader.get("/desk/").status_code == 200
    name = sa.make_url(app.config["SETTINGS"].database_url).database
    postgresql_server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        postgresql_server.say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        for _try in range(2):
            answer = reader.get("/desk/", headers={"Accept-Language": "en"})
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
            assert "nothing was recorded" in answer.text
    finally:
        postgresql_server.say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert reader.get("/desk/").status_code == 200


@on_postgresql
def test_who_waits_for_a_row_that_another_holds_is_told_after_a_while(app: Flask, client: FlaskClient) -> None:
    """A process that stands still in the middle of its deed must not keep the web workers for as long as it stands."""
    with db.engine.begin() as other:
        other.exec_driver_sql("LOCK TABLE numbered")
        with db.engine.connect() as another:
            assert another.exec_driver_sql("SHOW lock_timeout").scalar_one() == "10s"
        app.config["ASKED"][:] = ("SET LOCAL lock_timeout = 20", "DELETE FROM numbered")
        answer = client.post("/results/ask/it", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")


ENDS_ITSELF = (
    "CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
    "CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON numbered DEFERRABLE INITIALLY DEFERRED "
    "FOR EACH ROW EXECUTE FUNCTION ends()",
    "INSERT INTO numbered VALUES ('YZ', 'S', 2026, 1)",
)


@on_postgresql
def test_a_connection_that_breaks_at_the_commit_is_said_to_leave_it_open(
    app: Flask, client: FlaskClient, session: Session, cast: Cast
) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    session.commit()
    reader = sign_in(app, cast.coordinator)
    app.config["ASKED"][:] = ENDS_ITSELF
    answer = client.post("/results/ask/it", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "outcome_unknown")
    page = reader.post("/desk/ask/it", headers={"Accept-Language": "en"})
    assert (page.status_code, "Look whether it was recorded" in page.text) == (503, True)


def test_what_came_of_a_full_disk_is_no_mistake_of_ours() -> None:
    """SQLite undoes the whole transaction then, and going back to a savepoint fails: there is none any more."""
    full, gone = sqlite3.OperationalError("database or disk is full"), sqlite3.OperationalError("no such savepoint: s")
    full.sqlite_errorcode, gone.sqlite_errorcode = sqlite3.SQLITE_FULL, sqlite3.SQLITE_ERROR
    first, second = (OperationalError("INSERT", {}, full), OperationalError("ROLLBACK TO SAVEPOINT s", {}, gone))
    assert not is_passing(second)

    second.__cause__, gone.__context__ = gone, first
    assert is_passing(second)
