"""The tables, from one version to another. A room of its own, so that a program that only serves loads no Alembic."""

from __future__ import annotations

import flask_migrate
from flask import current_app

from quality.core.db import db
from quality.core.surroundings import CHECKOUT

FOLDER = CHECKOUT / "migrations"


def upgrade(revision: str = "head") -> None:
    """Bring the current program's database up to `revision`."""
    flask_migrate.upgrade(_folder(), revision)


def downgrade(revision: str) -> None:
    flask_migrate.downgrade(_folder(), revision)


def _folder() -> str:
    if "migrate" not in current_app.extensions:
        flask_migrate.Migrate(current_app, db, directory=str(FOLDER))
    return str(FOLDER)
