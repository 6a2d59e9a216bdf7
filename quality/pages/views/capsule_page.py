"""Evidence capsules for whoever was given one: how it is checked, the page that does it, and the agencies' keys."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from quality.capsules.keys import current_keys, keys_used, statements_of
from quality.capsules.page import page
from quality.clocks.days import day_of
from quality.core.clock import rfc3339
from quality.core.db import db
from quality.core.handover import HANDOVER, REVOCATION, fingerprint
from quality.people.access import public as open_to_all
from quality.web import settings
from quality.web.streams import ALONE

capsule_page = Blueprint("capsule_page", __name__, url_prefix="/proof/capsules")


@capsule_page.get("/")
@open_to_all
def about() -> ResponseReturnValue:
    return render_template("public/capsules.html", keys=keys(), section="proof")


@capsule_page.get("/keys.json", endpoint="keys")
@open_to_all
def as_json() -> ResponseReturnValue:
    """Each key with the days on which it signed; `statements` is what `mingcha capsule verify --keys` reads."""
    return jsonify(items=keys(), statements=statements_of(db.session(), settings()))


@capsule_page.get("/verify.html")
@open_to_all
def checker() -> ResponseReturnValue:
    """The page that stands in every capsule, to be saved: it runs a script of its own, and so never here."""
    answer = Response(page(), content_type="text/html; charset=utf-8")
    answer.headers["Content-Disposition"] = "attachment; filename=verify.html"
    answer.headers["Content-Security-Policy"] = ALONE
    return answer


def keys() -> list[dict[str, Any]]:
    """What signed capsules, or would now; by agency, the newest first."""
    session, told = db.session(), settings()
    statements = statements_of(session, told)
    voucher = {each["to"]: fingerprint(each["from"]) for each in statements if each["format"] == HANDOVER}
    gone = {each["key"]: each["at"] for each in statements if each["format"] == REVOCATION}
    present = current_keys(session, told)
    used = keys_used(session)
    found = [
        {
            "agency": each.agency.name,
            "agency_code": each.agency.code,
            "algorithm": "Ed25519",
            "key": each.key,
            "sha256": each.fingerprint,
            "of_the_agency": each.is_own,
            "first_day": day_of(each.first_used_at).isoformat(),
            "last_day": day_of(each.last_used_at).isoformat(),
            "first_used_at": rfc3339(each.first_used_at),
            "last_used_at": rfc3339(each.last_used_at),
            "current": present.get(each.agency.code) == each.key,
            "vouched_by": voucher.get(each.key),
            "revoked_at": gone.get(each.key),
        }
        for each in used
    ]
    return found
