"""Databases of both kinds, migrated once per worker and copied from there on; and what a program is told in a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from quality.core.config import Settings
from quality.core.db import db
from tests.harness.postgres import Server, running_server

# `pytestmark = on_sqlite`, or `@on_sqlite`: what PostgreSQL cannot do differently need not be asked twice
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

KEY = "bWluZ2NoYSBtaW5nY2hhIG1pbmdjaGEgbWluZ2NoYSE="


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "mingcha.db"
    migrate(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    postgresql_server.say("CREATE DATABASE template_mingcha")
    migrate(postgresql_server.address("template_mingcha"), tmp_path_factory.mktemp("template"))
    return "template_mingcha"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    with running_server() as server:
        yield server


def environment_for(database: str, folder: Path) -> dict[str, str]:
    """What the program is told in a test: everything it keeps lies in the test's own folder."""
    secrets = ["SECRET_KEY", "SECURITY_PASSWORD_SALT", "IDENTITY_KEYS", "IDENTITY_INDEX_KEY", "RECORD_SIGNING_KEY"]
    kept = {"EVIDENCE_URL": f"file://{folder}/evidence", "FRAMES_FOLDER": f"{folder}/frames"}
    mail = {"SMTP_URL": "smtp://127.0.0.1:9", "MAIL_FROM": "notices@mingcha.example"}  # nobody listens there
    return dict.fromkeys(secrets, KEY) | kept | mail | {"DATABASE_URL": database, "ROOTS_FOLDER": f"{folder}/roots"}


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
