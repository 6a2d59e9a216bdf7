"""What /metrics says is true, is read by Prometheus' own parser, costs a few statements, and is for few."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session, sessionmaker

from quality import create_app
from quality.clocks.jobs import record_overdue_clocks
from quality.clocks.rules import every_rule
from quality.core import clock as real_clock
from quality.core.config import Settings
from quality.core.db import db
from quality.delivery.jobs import tell_lately
from quality.delivery.models import Contact, Delivery
from quality.documents.models import Document
from quality.notices.models import NoticeStatus
from quality.purchases.operations.storage import KEEPING
from quality.watch import watched
from quality.watch.exposition import exposition
from quality.watch.figures import Figure, figures
from quality.watch.pulse import Pulse
from tests.harness.clock import HeldClock
from tests.harness.databases import environment_for, on_sqlite
from tests.harness.notices import notice_at
from tests.harness.people import Cast

TOKEN = "a token that nobody guesses: 0123456789"


def read(text: str) -> dict[tuple[str, ...], float]:
    """By name and values of the labels."""
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {(each.name, *each.labels.values()): each.value for each in samples}


@pytest.mark.own_app
def test_what_waits_and_what_is_late_is_counted(
    client: FlaskClient, session: Session, cast: Cast, clock: HeldClock
) -> None:
    told = read(client.get("/metrics").text)
    assert told["mingcha_clocks_running", next(iter(every_rule()))] == told["mingcha_deliveries_dead", "email"] == 0
    assert told["mingcha_jobs_processes",] == 0

    session.add(Contact(platform_id=cast.platform.id, email="desk@tl.example", since_at=clock.now()))
    session.add(Contact(platform_id=cast.other_platform.id, email="desk@qh.example", since_at=clock.now()))
    notice_at(session, cast, NoticeStatus.ISSUED)
    session.commit()
    sessions = sessionmaker(db.engine)
    tell_lately(sessions, client.application.config["SETTINGS"])
    clock.advance(days=40)
    signs = Pulse("here:1")
    with signs.run_of("send due mail", 5):
        pass
    with pytest.raises(ZeroDivisionError), signs.run_of("make documents", 2):
        _nothing = 1 / 0
    signs.say(sessions)
    text = exposition(figures(session, client.application.config["SETTINGS"], real_clock.now()))
    told = read(text)
    running = {name: value for name, value in told.items() if name[0] == "mingcha_clocks_running" and value}
    overdue = {name: value for name, value in told.items() if name[0] == "mingcha_clocks_overdue" and value}
    assert running and sum(overdue.values()) == sum(many for name, many in running.items() if name[1] not in KEEPING)
    record_overdue_clocks(sessions, clock.now())
    assert read(exposition(figures(session, client.application.config["SETTINGS"], clock.now()))) | told == told
    assert told["mingcha_deliveries_waiting", "email"] == 1
    assert told["mingcha_deliveries_oldest_seconds", "email"] == 40 * 24 * 3600
    unprinted = sa.select(sa.func.count()).select_from(Document).where(Document.sha256.is_(None))
    assert told["mingcha_documents_waiting",] == session.scalar(unprinted)
    assert told["mingcha_jobs_processes",] == 1
    assert (told["mingcha_job_late", "send due mail"], told["mingcha_job_late", "make documents"]) == (0, 1)
    assert told["mingcha_job_finished_seconds", "make documents"] == float("inf")
    assert told["mingcha_job_failures_total", "make documents"] == 1
    assert told["mingcha_free_bytes", "evidence"] > 0
    session.execute(sa.update(Delivery).values(dead_at=clock.now(), next_try_at=None))
    session.commit()
    told = read(exposition(figures(session, client.application.config["SETTINGS"], clock.now())))
    assert (told["mingcha_deliveries_waiting", "email"], told["mingcha_deliveries_dead", "email"]) == (0, 1)


def test_the_statements_are_few_and_none_counts_what_ever_was(app: Flask, session: Session) -> None:
    said: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        said.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        figures(session, app.config["SETTINGS"], real_clock.now())
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert len(said) <= 10
    if db.engine.dialect.name == "sqlite":
        small = {"job_run", "endpoint", "alembic_version"}
        for statement, parameters in said:
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            scanned = [row[3] for row in plan if row[3].startswith("SCAN") and "INDEX" not in row[3]]
            assert all(any(name in each for name in small) for each in scanned), (statement, scanned)


def test_a_label_may_hold_anything() -> None:
    odd = 'a "quoted" back\\slash\nand a line'
    text = exposition([Figure("odd", "What is odd", [({"name": odd}, 1.5)])])
    assert read(text) == {("odd", odd): 1.5}


@on_sqlite
@pytest.mark.own_app
def test_without_a_database_it_says_what_is_not_there(client: FlaskClient, session: Session) -> None:
    session.execute(sa.text("ALTER TABLE alembic_version RENAME TO elsewhere"))
    session.commit()
    told = read(client.get("/metrics").text)
    assert {name: value for name, value in told.items() if not name[0].startswith("mingcha_request")} == {
        ("mingcha_ready", "database"): 0, ("mingcha_ready", "evidence"): 1, ("mingcha_ready", "frames"): 1,
        ("mingcha_ready", "jobs"): 0, ("mingcha_ready", "pdf"): 1,
    }  # fmt: skip


@pytest.fixture
def behind_proxies(sqlite_database: str, tmp_path: Any) -> FlaskClient:
    told = environment_for(sqlite_database, tmp_path) | {"TRUSTED_PROXIES": "1", "METRICS_TOKEN": TOKEN}
    return create_app(Settings.read(told), TESTING=True).test_client()


@on_sqlite
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_who_asks_on_this_machine_is_answered(client: FlaskClient, peer: str) -> None:
    answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": peer})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")


@on_sqlite
@pytest.mark.parametrize("headers", [
    {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "for=127.0.0.1"},
    {"Via": "1.1 proxy"}, {"X-Real-IP": "127.0.0.1"}, {"Host": "mingcha.example"}, {"Host": "127.0.0.1.example:8000"},
    {"Host": ""},
])  # fmt: skip
def test_who_comes_through_a_proxy_on_this_machine_is_not_from_here(
    client: FlaskClient, behind_proxies: FlaskClient, headers: dict[str, str]
) -> None:
    for asked in (client, behind_proxies):
        assert asked.get("/metrics", headers=headers).status_code == 403


@on_sqlite
def test_from_elsewhere_the_token_opens_it_and_nothing_else(client: FlaskClient, behind_proxies: FlaskClient) -> None:
    elsewhere: Any = {"environ_overrides": {"REMOTE_ADDR": "198.51.100.7"}}
    assert client.get("/metrics", **elsewhere).status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, **elsewhere).status_code == 403
    for brought, status in [(TOKEN, 200), (TOKEN[:-1], 403), ("", 403), ("密码", 403)]:
        headers = {"Authorization": f"Bearer {brought}".encode().decode("latin-1"), "X-Forwarded-For": "127.0.0.1"}
        assert behind_proxies.get("/metrics", headers=headers, **elsewhere).status_code == status
    assert behind_proxies.get("/metrics").status_code == 200, "this machine needs no token"


def test_prometheus_is_answered_before_it_gives_up() -> None:
    assert watched.PATIENCE < 10
