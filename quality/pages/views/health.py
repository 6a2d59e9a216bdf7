"""How the program is: for whoever restarts it, sends it requests, watches it. Never slow, whatever we stand on does."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from quality.core.errors import NotPermitted
from quality.core.words import _
from quality.people.access import public as open_to_all
from quality.watch.exposition import MEDIA_TYPE
from quality.watch.readiness import Readiness
from quality.watch.watched import Watched
from quality.web import settings

health = Blueprint("health", __name__)

BROUGHT_BY_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")


@health.record_once
def get_ready(state: BlueprintSetupState) -> None:
    told = state.app.config["SETTINGS"]
    readiness = state.app.extensions["readiness"] = Readiness(told)
    state.app.extensions["watched"] = Watched(told, readiness)


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


@health.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    if not (asks_from_this_machine() or brings_the_token()):
        said = _("Figures are for this machine, or for who brings METRICS_TOKEN: `Authorization: Bearer …`")
        raise NotPermitted("not_from_here", said)
    return Response(current_app.extensions["watched"].told(), content_type=MEDIA_TYPE)


def asks_from_this_machine() -> bool:
    """By the connection itself, and only if no proxy stands between: through one on this machine, everybody comes from
    here. A name that is not this machine's own was reached by a proxy too, or by a page that had its name resolved
    anew.
    """
    if any(name in request.headers for name in BROUGHT_BY_A_PROXY):
        return False
    came_from = request.environ.get("werkzeug.proxy_fix.orig", request.environ).get("REMOTE_ADDR", "")
    name = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    return is_loopback(came_from) and (name == "localhost" or is_loopback(name.strip("[]")))


def is_loopback(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def brings_the_token() -> bool:
    wanted, authorization = settings().metrics_token, request.headers.get("Authorization", "")
    scheme, _blank, brought = authorization.partition(" ")
    return bool(wanted) and scheme.lower() == "bearer" and hmac.compare_digest(brought.encode(), str(wanted).encode())
