"""The program on a test's database, and a client that is stricter than any browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

import jinja2
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quality.core.config import Settings
from quality.core.db import db
from quality.core.record import verify
from tests.harness.databases import settings_for
from tests.harness.reading import broken_references, does_nothing, read_strictly, shape_of
from tests.harness.templates import watch

WRITES = re.compile(r"(?:INSERT INTO|(?<!FOR )(?<!DO )UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
ENGINES: dict[str, Engine] = {}  # by address: what one has compiled serves the next test in the same place as well
PROGRAMS: dict[str, tuple[Flask, dict[str, Any]]] = {}  # by the same, each with the configuration it began with
READS = re.compile(r"(?:FROM|JOIN)\s+\"?(\w+)")
STAYS_AS_IT_IS = {  # of what public pages read, and why no change of it need raise the epoch
    "epoch": "the epoch itself",
    "drawn": "written by the draw, which moves its campaign",
    "frame_layer": "of a frame, which nobody changes after freezing",
    "event": "the record, of which nothing changes",
    "installation": "made with the tables",
    "campaign_item": "of the plan, which nobody changes after freezing",
}
A_LOOK_MAY_WRITE = {"access", "sitting", "api_key", "phone"}  # who looked at what is protected; when whose key was seen


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return settings_for(database, tmp_path)


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings, compiled_templates: Path) -> Iterator[Flask]:
    """The whole program; the test stands in its application context."""
    with running(program_for(request, settings, compiled_templates)) as app:
        yield app


@pytest.fixture
def sqlite_app(
    request: pytest.FixtureRequest, sqlite_database: str, tmp_path: Path, compiled_templates: Path
) -> Iterator[Flask]:
    """The same where one database is enough: for questions about routes and pages, not about rows."""
    with running(program_for(request, settings_for(sqlite_database, tmp_path), compiled_templates)) as app:
        yield app


@pytest.fixture
def session(request: pytest.FixtureRequest, app: Flask) -> Iterator[Session]:
    """What a test leaves behind is a record without a gap, unless it `@breaks_the_record` on purpose."""
    yield db.session()
    if request.node.get_closest_marker("breaks_the_record"):
        return
    db.session.remove()
    broken = verify(db.session(), app.config["SETTINGS"].roots_folder).broken
    assert broken is None, broken


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def compiled_templates(shared: Path) -> Path:
    (folder := shared / "templates").mkdir(exist_ok=True)
    READ.share(shared / "shapes")
    return folder


def program_for(request: pytest.FixtureRequest, settings: Settings, compiled_templates: Path) -> Flask:
    """The worker's program on this database; or one for this test alone."""
    asked = made if request.node.get_closest_marker("own_app") else kept
    return asked(settings, compiled_templates)


def kept(settings: Settings, compiled_templates: Path) -> Flask:
    """The worker's program on this database, as if nobody had used it before."""
    if settings.database_url not in PROGRAMS:
        app = made(settings, compiled_templates)
        app._got_first_request = True  # from here on Flask refuses whoever would add to it: others need it as it is
        PROGRAMS[settings.database_url] = app, dict(app.config)
    from quality.api import pace
    from quality.pages.freshness import ALIKE, Alike

    app, config = PROGRAMS[settings.database_url]
    app.config.clear()
    app.config.update(config, SETTINGS=settings)
    pace.init_app(app)
    app.extensions[ALIKE] = Alike()
    return app


def made(settings: Settings, compiled_templates: Path) -> Flask:
    from quality import create_app  # a test that asks for no app does not wait for it

    app = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    app.fetch_all()  # so that each test sees every address
    app.test_client_class = StrictClient
    app.jinja_env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(compiled_templates))
    watch(app)
    with app.app_context():
        cast("dict[str | None, Engine]", db.engines)[None] = ENGINES.setdefault(settings.database_url, db.engine)
    return app


@contextmanager
def running(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


class StrictClient(FlaskClient):
    """Refuses a page that is not well-formed or refers to what is not on it, a change left unsaved, a GET that writes.

    Each request has a session of its own, as in life. What the test did before is committed first, and what
    the test holds is read anew afterwards.
    """

    reads = True  # whoever asks for thousands of pages that other tests read anyway may leave that out

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        db.session.commit()
        with self.application.app_context(), writes_of(db.engine) as writes:
            response = super().open(*args, buffered=buffered, **kwargs)
            sent = response.request.environ["wsgi.input"]
            if buffered and not isinstance(sent, io.BytesIO):  # a large body lies in a file that nobody else closes
                sent.close()
            unsaved = {type(row).__name__ for row in (*db.session.new, *db.session.dirty, *db.session.deleted)}
        db.session.expire_all()
        asked = f"{response.request.method} {response.request.path}"
        assert not unsaved | writes.unsaved, f"{asked} leaves changes unsaved: {unsaved | writes.unsaved}"
        if response.request.method in {"GET", "HEAD"}:
            assert writes.saved <= A_LOOK_MAY_WRITE, f"{asked} writes to {writes.saved - A_LOOK_MAY_WRITE}"
        if response.cache_control.stale_while_revalidate:  # it is kept by the epoch: pages/freshness.py
            unseen = unseen_by_the_epoch(writes.asked)
            assert not unseen, f"{asked} shows {unseen}, and no change of it raises the epoch: publication/epoch.py"
        if (
            self.reads
            and response.mimetype == "text/html"
            and response.request.method != "HEAD"
            and not response.location
        ):
            look_through(response.text, asked)
        return response


def look_through(text: str, asked: str) -> None:
    """A page of whose shape another came before is as good as that: reading one takes longer than making it."""
    if (digest := blake2b(shape_of(text).encode(errors="surrogatepass"), digest_size=32).hexdigest()) not in READ:
        page = read_strictly(text)
        assert not broken_references(page), f"{asked}: {broken_references(page)}"
        assert not does_nothing(page), f"{asked}: {does_nothing(page)}"
        READ.add(digest)


class Shapes:
    """Digests of shapes of pages in which nothing was wrong: in this worker, and as empty files in any of them."""

    def __init__(self) -> None:
        self.here: set[str] = set()
        self.place: Path | None = None

    def share(self, place: Path) -> None:
        place.mkdir(exist_ok=True)
        self.place = place

    def add(self, digest: str) -> None:
        self.here.add(digest)
        if self.place:
            (self.place / digest).touch()

    def __contains__(self, digest: str) -> bool:
        if digest not in self.here and self.place and (self.place / digest).exists():
            self.here.add(digest)
        return digest in self.here


READ = Shapes()


def unseen_by_the_epoch(statements: list[str]) -> set[str]:
    """The tables that these statements read, but for those that raise the epoch when they change."""
    from quality.publication.epoch import SHOWN  # a test that asks for no app does not wait for it
    from quality.tables import metadata

    read = {table for each in statements for table in READS.findall(each)} & metadata.tables.keys()
    return read - {model.__tablename__ for model in SHOWN} - STAYS_AS_IT_IS.keys()


class Writes:
    """The tables that were written to, as the engine saw it."""

    def __init__(self) -> None:
        self.unsaved: set[str] = set()
        self.saved: set[str] = set()
        self.asked: list[str] = []

    def execute(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):  # most do, and none of those writes
            self.asked.append(statement)
        else:
            self.unsaved |= {table.lower() for table in WRITES.findall(statement)}

    def commit(self, _connection: Any) -> None:
        self.saved |= self.unsaved
        self.unsaved = set()

    def rollback(self, _connection: Any) -> None:
        self.unsaved = set()


@contextmanager
def writes_of(engine: Engine) -> Iterator[Writes]:
    writes = Writes()
    if engine not in WATCHED:  # once: to listen and to leave again takes as long as many a request
        WATCHED[engine] = []
        for name in ("before_cursor_execute", "commit", "rollback"):
            sa.event.listen(engine, name, partial(tell, WATCHED[engine], TOLD[name]))
    WATCHED[engine].append(writes)
    try:
        yield writes
    finally:
        WATCHED[engine].remove(writes)


WATCHED: WeakKeyDictionary[Engine, list[Writes]] = WeakKeyDictionary()
TOLD: dict[str, Callable[..., None]] = {
    "before_cursor_execute": Writes.execute,
    "commit": Writes.commit,
    "rollback": Writes.rollback,
}


def tell(listening: list[Writes], happened: Callable[..., None], *how: Any) -> None:
    for writes in listening:
        happened(writes, *how)
