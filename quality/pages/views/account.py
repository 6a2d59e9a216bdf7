"""The pages about the own account that Flask-Security has not: what one works as."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quality.core.errors import NotFound
from quality.people.access import signed_in
from quality.people.security import memberships

account = Blueprint("account", __name__, url_prefix="/account")


@account.get("/membership")
@signed_in
def membership() -> ResponseReturnValue:
    return render_template("account/membership.html", memberships=memberships(g.person))


@account.post("/membership", endpoint="choose_membership")
@signed_in
def choose_membership() -> ResponseReturnValue:
    """One worked in at a time; it is kept in the session."""
    asked = request.form.get("membership", type=int)
    chosen = next((m for m in memberships(g.person) if m.id == asked), None)
    if chosen is None:
        raise NotFound("membership")
    session["membership"] = chosen.id
    return redirect(url_for("desk.home"))
