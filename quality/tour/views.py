"""`/tour` for everybody, and a door for each person of the demonstration, open while it is loaded."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_security import logout_user
from markupsafe import Markup

from quality.core.db import db
from quality.core.errors import NotFound
from quality.core.surroundings import everything_given
from quality.core.words import _
from quality.demonstration.sign_ins import PASSWORD, SignIn, sign_ins
from quality.pages.views.signing_in import wanted
from quality.pages.words import word
from quality.people.access import at_the_door
from quality.people.access import public as open_to_all
from quality.people.accounts import Account
from quality.people.security import SignInForm, let_in
from quality.permissions import Role

tour = Blueprint("tour", __name__)


@tour.get("/tour")
@open_to_all
def walk() -> ResponseReturnValue:
    """Says no password: whoever keeps a copy of a public page would keep it after the demonstration is gone."""
    from quality.tour.places import places  # noqa: PLC0415 - it knows every kind of case, and a start none

    accounts = everybody()
    shown = places(db.session(), accounts)
    return render_template(
        "tour/walk.html",
        places=shown,
        whose={name: _("Everybody") if name == "public" else word("role", name) for name in shown},
        admin=next((one for one in accounts if one.actor.role == Role.ADMIN), None),
        is_loaded=bool(accounts),
    )


@tour.get("/account/tour/<player>")
@at_the_door
def door(player: str) -> ResponseReturnValue:
    who = one_of_them(player)
    if g.person is not None and g.person.email == who.email:
        return redirect(wanted() or url_for("desk.home"))
    return render_template("tour/door.html", who=who, next=wanted(), step=step(), back=back())


@tour.post("/account/tour/<player>", endpoint="enter")
@at_the_door
def change_places(player: str) -> ResponseReturnValue:
    """By the door that everybody comes through. Whoever is signed in here leaves, once it is open."""
    who = one_of_them(player)
    answer = change(who) if g.person else current_app.view_functions["security.login"]()
    if current_user.is_authenticated:
        link = Markup('<a href="{}">{}</a>').format(back(), _("Back to the tour"))
        flash(Markup("{} {}").format(_("You are %(name)s now.", name=who.name), link), "info")
    return cast(ResponseReturnValue, answer)


def change(who: SignIn) -> ResponseReturnValue:
    """The password is tried before anything is written: a try has a transaction of its own, which would wait for ours.

    Who has to enter a code, or whose password it was not, is asked again at their door, with nobody signed in.
    """
    form = SignInForm()
    opened = form.validate() and not who.asks_for_code
    logout_user()
    if not opened:
        return redirect(url_for("tour.door", player=who.player, next=wanted(), step=step()), 303)
    let_in(cast(Account, form.user), "password")
    return redirect(wanted() or url_for("desk.home"), 303)


def step() -> str | None:
    """The step of the tour that a person came from."""
    from quality.tour.places import STEPS  # noqa: PLC0415 - as above

    asked = request.values.get("step", "")
    return asked if asked in STEPS else None


def back() -> str:
    return url_for("tour.walk", _anchor=step())


def one_of_them(player: str) -> SignIn:
    who = next((one for one in everybody() if one.player == player), None)
    if who is None:
        raise NotFound(player)
    return who


def everybody() -> list[SignIn]:
    """The password is asked anew each time: it was perhaps made while this program ran."""
    return sign_ins(db.session(), everything_given().get(PASSWORD, ""))


def at_the_sign_in() -> dict[str, Any]:
    """For the page of Flask-Security."""
    return {"sign_ins": everybody()}
