"""How the program is: for whoever restarts it, and whoever sends it requests. Never slow, whatever we stand on does."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from quality.people.access import public as open_to_all
from quality.watch.readiness import Readiness

health = Blueprint("health", __name__)


@health.record_once
def get_ready(state: BlueprintSetupState) -> None:
    state.app.extensions["readiness"] = Readiness(state.app.config["SETTINGS"])


@health.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """This process answers; nothing more is asked, so that a database that is away gets no process killed."""
    return jsonify(status="alive")


@health.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    ready, told = current_app.extensions["readiness"].ask()
    return jsonify(told), 200 if ready else 503
