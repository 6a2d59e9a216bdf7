"""At the door: the second step after the password, and the passkey that stands for both."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.words import _
from quality.core.workflow import record
from quality.pages.forms.account import CodeForm, put
from quality.people import lockout, passkeys, second_step
from quality.people.access import at_the_door
from quality.people.accounts import Account
from quality.people.actor import themselves
from quality.people.security import cipher, half_signed_in, let_in, refused, try_now, wait_until
from quality.web import settings

door = Blueprint("signing_in", __name__, url_prefix="/account")


@door.get("/code")
@at_the_door
def second_step_page() -> ResponseReturnValue:
    if half_signed_in() is None:
        return start_again()
    return render_template("account/code.html", form=CodeForm(), tried=None, next=wanted())


@door.post("/code", endpoint="second_step")
@at_the_door
def take_second_step() -> ResponseReturnValue:
    """A code of the app or a recovery code. Neither opens twice, and tries are counted as at the password."""
    account = half_signed_in()
    if account is None:
        return start_again()
    if "code" not in request.form:  # on its way from the password, with a form to be carried on
        return second_step_page()
    form = CodeForm(request.form)
    if not form.validate():
        return refused(render_template("account/code.html", form=form, tried=None, next=wanted()), None)
    tried = try_now(f"code {account.id}")
    if tried.until or not opens(account, str(form.code.data)):
        put(form.code, wait_until(tried.until) if tried.until else _("This code is not right, or was used already"))
        return refused(render_template("account/code.html", form=form, tried=tried, next=wanted()), tried)
    lockout.forget(db.session(), tried.account)
    let_in(account, "code")
    return redirect(wanted() or url_for("desk.home"))


def opens(account: Account, typed: str) -> bool:
    database, person = db.session(), account.person
    if second_step.takes_code(database, cipher(), person.id, typed):
        return True
    if not second_step.takes_recovery_code(database, person.id, typed):
        return False
    record(database, person, "recovery_code_used", by=themselves(person))
    left = second_step.codes_left(database, person.id)
    flash(str(_("That was a recovery code; it is used up. %(left)s are left", left=left)), "info")
    return True


@door.post("/passkey/ask")
@at_the_door
def ask_for_passkey() -> ResponseReturnValue:
    """What the browser needs for it, as JSON; our module asks."""
    options, session["passkey"] = passkeys.ask(here())
    return Response(options, mimetype="application/json")


@door.post("/passkey")
@at_the_door
def enter_by_passkey() -> ResponseReturnValue:
    challenge = session.pop("passkey", None)
    proof = request.form.get("credential", "")
    holder = passkeys.holder(db.session(), here(), proof=proof, challenge=challenge) if challenge else None
    if holder is None or not holder.active:
        flash(str(_("This passkey does not open an account here; sign in with your password")), "error")
        return redirect(url_for("security.login", next=wanted()))
    let_in(Account(holder), "passkey")
    return redirect(wanted() or url_for("desk.home"))


def start_again() -> ResponseReturnValue:
    flash(str(_("Begin with your password, please")), "info")
    return redirect(url_for("security.login", next=wanted()))


def here() -> passkeys.Place:
    return passkeys.place(request.host_url, settings().public_url)


def wanted() -> str | None:
    """The page that a person was sent to sign-in from: one of ours behind the door, and no other site's."""
    asked = request.values.get("next", "")
    ours = asked.startswith(("/desk/", "/account/")) and asked.isprintable() and "\\" not in asked
    return asked if ours else None
