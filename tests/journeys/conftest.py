"""The program on a port, as a browser meets it, and a browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from quality import create_app
from quality.core.db import db
from tests.harness.beginnings import Settled, settling
from tests.harness.clock import HeldClock
from tests.harness.databases import settings_for
from tests.harness.demonstration import DEMO_PASSWORD, bring_demonstration
from tests.harness.snapshots import Road, Snapshot
from tests.harness.templates import watch
from tests.journeys.looked_at import LOOKED_AT

# Debian's, the one that needs no screen first; where there is none, Playwright brings its own
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium", path="/usr/bin")


class Served(NamedTuple):
    """A copy of the world, served with everything on that a browser meets: forms' tokens too."""

    app: Flask
    address: str
    settled: Settled | None  # None: it is the demonstration


def answering_whole(app: Flask) -> WSGIApplication:
    """Werkzeug leaves a file open whose browser has gone elsewhere meanwhile; read whole, none is open by then."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if hasattr(body, "close"):
                body.close()

    return answer


@pytest.fixture
def road() -> Road:
    return settling


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """A browser meets pages, and which database is behind them is asked in the rooms: one long way is on PostgreSQL."""
    address: str = request.getfixturevalue(f"{request.param}_database")
    return address


@pytest.fixture
def served(database: str, arrived: Snapshot, clock: HeldClock, tmp_path: Path) -> Iterator[Served]:
    clock.moment = arrived.moment
    with on_a_port(database, tmp_path) as (app, address):
        yield Served(app, address, Settled(**arrived.left))


@pytest.fixture
def demonstrated(
    loaded_demonstration: Path, clock: HeldClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """The demonstration as a newcomer meets it an hour after it was loaded."""
    monkeypatch.setenv("DEMO_PASSWORD", DEMO_PASSWORD)
    loaded_at = (loaded_demonstration / "mingcha.db").stat().st_mtime
    clock.moment = datetime.fromtimestamp(loaded_at, UTC) + timedelta(hours=1)
    with on_a_port(bring_demonstration(loaded_demonstration, tmp_path), tmp_path) as (app, address):
        yield Served(app, address, None)


@contextmanager
def on_a_port(database: str, folder: Path) -> Iterator[tuple[Flask, str]]:
    """A program with everything on that a browser meets."""
    app = create_app(settings_for(database, folder), TESTING=True)
    watch(app)
    server = make_server("127.0.0.1", 0, answering_whole(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield app, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def browser(shared: Path) -> Iterator[Browser]:
    LOOKED_AT.kept_in(shared / "looked-at")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
