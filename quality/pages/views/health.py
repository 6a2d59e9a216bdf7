"""Is the program alive, and is its database there and of this version: for whoever restarts and routes."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from quality.core.config import CHECKOUT
from quality.core.db import db
from quality.people.access import public as open_to_all

health = Blueprint("health", __name__)


@health.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    return jsonify(status="alive")


@health.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    try:
        at = db.session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except sa.exc.SQLAlchemyError:
        return jsonify(status="not ready", database="does not answer"), 503
    if at != head():
        return jsonify(status="not ready", database=at, wanted=head()), 503
    return jsonify(status="ready", database=at)


@cache
def head() -> str | None:
    """The newest migration of this checkout."""
    told = Config()
    told.set_main_option("script_location", str(CHECKOUT / "migrations"))
    return ScriptDirectory.from_config(told).get_current_head()
