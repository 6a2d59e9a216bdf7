"""Databases of both kinds, migrated once per worker and copied from there on; and what a program is told in a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from quality.core.config import Settings
from quality.core.db import db
from tests.harness.postgres import Server, running_server
from tests.harness.workers import once

# `pytestmark = on_sqlite`, or `@on_sqlite`: what PostgreSQL cannot do differently need not be asked twice
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

OF_ALL_WORKERS = pytest.StashKey[Server]()
KEY = "bWluZ2NoYSBtaW5nY2hhIG1pbmdjaGEgbWluZ2NoYSE="


@pytest.fixture(scope="session")
def sqlite_template(shared: Path) -> Path:
    def made(folder: Path) -> Path:
        migrate(f"sqlite:///{folder}/mingcha.db", folder)
        return folder / "mingcha.db"

    file: Path = once(shared / "sqlite", made)
    return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Server, shared: Path) -> str:
    def made(folder: Path) -> str:
        postgresql_server.say("CREATE DATABASE template_mingcha")
        migrate(postgresql_server.address("template_mingcha"), folder)
        return "template_mingcha"

    name: str = once(shared / "postgresql", made)
    return name


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """That of the run, if there are several workers; else this process's own."""
    told = getattr(request.config, "workerinput", {})
    if "postgresql" in told:
        with closing(Server(Path(told["postgresql"]))) as server:
            yield server
    else:
        with running_server() as server:
            yield server


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Several workers are about to start: one server for all of them."""
    started = ExitStack()
    config.add_cleanup(started.close)
    config.stash[OF_ALL_WORKERS] = started.enter_context(running_server())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgresql"] = str(node.config.stash[OF_ALL_WORKERS].folder)


def environment_for(database: str, folder: Path) -> dict[str, str]:
    """What the program is told in a test: everything it keeps lies in the test's own folder."""
    secrets = [
        "SECRET_KEY",
        "SECURITY_PASSWORD_SALT",
        "IDENTITY_KEYS",
        "IDENTITY_INDEX_KEY",
        "RECORD_SIGNING_KEY",
        "FIELD_KEYS",
    ]
    kept = {"EVIDENCE_URL": f"file://{folder}/evidence", "FRAMES_FOLDER": f"{folder}/frames"}
    mail = {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "notices@mingcha.example"}  # nobody listens there
    folders = {"ROOTS_FOLDER": f"{folder}/roots", "AGENCY_KEYS": f"{folder}/keys"}
    return dict.fromkeys(secrets, KEY) | kept | folders | mail | {"DATABASE_URL": database}


def settings_for(database: str, folder: Path) -> Settings:
    settings = Settings.read(environment_for(database, folder))
    settings.make_folders()
    return settings


def migrate(address: str, folder: Path) -> None:
    from quality import create_app  # a test that asks for no database does not wait for these
    from quality.core import migrations

    app = create_app(settings_for(address, folder), TESTING=True)
    with app.app_context():
        migrations.upgrade()
        db.session.remove()
        db.engine.dispose()
