"""The own account: name and look, password, second step, passkeys, browsers, and what one works as today."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid, NotFound
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.field import phones
from quality.pages.forms.account import ChangePasswordForm, CodeForm, PasskeyForm, PasswordForm, PreferencesForm, put
from quality.pages.forms.sheet import put_beside
from quality.pages.moments import language_now
from quality.pages.views.signing_in import here, wanted
from quality.pages.words.people import KEYS
from quality.people import keyring, lockout, passkeys, second_step, sittings
from quality.people.access import signed_in
from quality.people.actor import themselves
from quality.people.models import Authenticator, Sitting
from quality.people.operations import keep_preferences, keep_theme
from quality.people.security import (
    THEMES,
    change_password,
    cipher,
    is_proved,
    is_their_password,
    memberships,
    prove,
    refused,
    try_now,
    wait_until,
    wrong_with,
)

account = Blueprint("account", __name__, url_prefix="/account")
NOT_THEIRS = _("This is not your present password")


@account.get("/")
@signed_in
def own() -> ResponseReturnValue:
    person = g.person
    proposed = {"name": person.name, "language": person.language or language_now(), "theme": person.theme or "system"}
    return own_page(PreferencesForm(data=proposed))


@account.post("/", endpoint="keep")
@signed_in
def keep() -> ResponseReturnValue:
    """Language and look go with the person; what was only tried out in this browser is over."""
    form = PreferencesForm(request.form)
    try:
        if not form.validate():
            raise Invalid
        keep_preferences(
            db.session(),
            g.person,
            name=form.name.data or "",
            language=str(form.language.data),
            theme=None if form.theme.data == "system" else str(form.theme.data),
            version=request.form.get("version", type=int),
        )
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return refused(own_page(form), None)
    session.pop("lang", None)
    session.pop("theme", None)
    g.language = form.language.data
    return done(_("Name and look are kept"))


@account.post("/look", endpoint="look")
@signed_in
def keep_look() -> ResponseReturnValue:
    """From the menu: back to the page that it was chosen on."""
    asked = request.form.get("theme", "")
    if asked not in (*THEMES, "system"):
        raise NotFound("theme")
    keep_theme(db.session(), g.person, None if asked == "system" else asked)
    session.pop("theme", None)
    return redirect(wanted() or url_for("desk.home"))


def own_page(form: PreferencesForm) -> str:
    database, person = db.session(), g.person
    return render_template(
        "account/own.html",
        form=form,
        has_second_step=second_step.is_on(database, person.id),
        codes_left=second_step.codes_left(database, person.id),
        passkeys=passkeys.of(database, person.id),
        here=g.sitting.id,
        sittings=sittings.open_sittings(database, person.id),
        memberships=memberships(person),
        keys=keyring.of_person(database, person),
        takes_keys=keyring.that_take_keys(memberships(person)),
        states=KEYS,
        phones=phones.in_force(database, person.id),
    )


@account.post("/phones/<int:phone>/revoke", endpoint="revoke_phone")
@signed_in
def revoke_phone(phone: int) -> ResponseReturnValue:
    """Without the password: it may be lost at this moment."""
    phones.revoke(db.session(), g.person.id, phone, by=themselves(g.person))
    return done(_("The telephone is taken back; from this moment on it sends nothing"))


# --- the password, and whether it is really they ---


@account.get("/confirm/<any(second_step, passkey, recovery_codes, keys, program_keys):then>")
@signed_in
def confirm(then: str) -> ResponseReturnValue:
    """Before what would open the account to whoever finds the desk unlocked."""
    return render_template("account/confirm.html", form=PasswordForm(), then=then)


@account.post("/confirm/<any(second_step, passkey, recovery_codes, keys, program_keys):then>", endpoint="prove")
@signed_in
def take_proof(then: str) -> ResponseReturnValue:
    form = PasswordForm(request.form)
    tried = checked(form)
    if form.errors:
        return refused(render_template("account/confirm.html", form=form, then=then), tried)
    prove()
    return redirect(url_for(AFTER[then]))


AFTER = {
    "second_step": "account.second_step_page",
    "passkey": "account.new_passkey",
    "recovery_codes": "account.second_step_page",
    "keys": "account.own",
    "program_keys": "org_keys.everyones",
}


def checked(form: PasswordForm) -> lockout.Try | None:
    """Whether the form is filled in and the password theirs; what is wrong stands at its field."""
    if not form.validate():
        return None
    theirs, tried = is_their_password(g.person, str(form.password.data))
    if not theirs:
        put(form.password, wait_until(tried.until) if tried.until else NOT_THEIRS)
    return tried


@account.get("/change-password")
@signed_in
def password() -> ResponseReturnValue:
    return render_template("account/change_password.html", form=ChangePasswordForm())


@account.post("/change-password", endpoint="change_password")
@signed_in
def take_password() -> ResponseReturnValue:
    form = ChangePasswordForm(request.form)
    tried = checked(form)
    if not form.errors:
        for problem in wrong_with(str(form.new.data), g.person):
            put(form.new, problem)
    if form.errors or tried is None:
        return refused(render_template("account/change_password.html", form=form), tried)
    change_password(g.person, str(form.new.data))
    lockout.forget(db.session(), tried.account)
    return done(_("Your password is changed; other browsers are signed out"))


# --- the second step ---


@account.get("/second-step")
@signed_in
def second_step_page() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="second_step"))
    return second_step_answer(CodeForm())


@account.post("/second-step/begin", endpoint="begin_second_step")
@signed_in
def begin_second_step() -> ResponseReturnValue:
    """A new secret for an app. One that is on stays on until it is turned off."""
    if not is_proved():
        return redirect(url_for("account.confirm", then="second_step"))
    if not second_step.is_on(db.session(), g.person.id):
        second_step.prepare(db.session(), cipher(), g.person)
    return redirect(url_for("account.second_step_page"))


@account.post("/second-step", endpoint="confirm_second_step")
@signed_in
def confirm_second_step() -> ResponseReturnValue:
    database, person, form = db.session(), g.person, CodeForm(request.form)
    if not is_proved() or second_step.is_on(database, person.id):
        return redirect(url_for("account.second_step_page"))
    if not form.validate():
        return refused(second_step_answer(form), None)
    tried = try_now(f"code {person.id}")
    typed = str(form.code.data)
    codes = None if tried.until else second_step.confirm(database, cipher(), person, typed, by=themselves(person))
    if codes is None:
        database.rollback()
        put(form.code, wait_until(tried.until) if tried.until else _("This code is not right; enter the next one"))
        return refused(second_step_answer(form), tried)
    lockout.forget(database, tried.account)
    sittings.end_all(database, person.id, but=g.sitting)
    return shown_once(codes)


@account.post("/second-step/codes", endpoint="new_recovery_codes")
@signed_in
def new_recovery_codes() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="recovery_codes"))
    if not second_step.is_on(db.session(), g.person.id):
        raise NotFound("second step")
    return shown_once(second_step.renew_recovery_codes(db.session(), g.person, by=themselves(g.person)))


@account.post("/second-step/off", endpoint="second_step_off")
@signed_in
def second_step_off() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="second_step"))
    if second_step.is_on(db.session(), g.person.id):
        second_step.remove(db.session(), g.person.id)
        record(db.session(), g.person, "second_step_off", by=themselves(g.person))
    return done(_("The second step is off; the password alone opens your account"))


def second_step_answer(form: CodeForm) -> str:
    """Begun, to be confirmed, or on: the QR code is drawn here and sent in the page, and nowhere kept."""
    database, person = db.session(), g.person
    is_on = second_step.is_on(database, person.id)
    begun = not is_on and database.get(Authenticator, person.id) is not None
    key = second_step.secret_of(database, cipher(), person.id) if begun else None
    picture = b64encode(second_step.qr_code(key, person.email)).decode() if key else None
    left = second_step.codes_left(database, person.id)
    return render_template(
        "account/second_step.html", form=form, is_on=is_on, key=key, picture=picture, codes_left=left
    )


def shown_once(codes: list[str]) -> ResponseReturnValue:
    return render_template("account/recovery_codes.html", codes=codes)


# --- passkeys ---


@account.get("/passkeys/new")
@signed_in
def new_passkey() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="passkey"))
    return render_template("account/passkey.html", form=PasskeyForm())


@account.post("/passkeys/offer", endpoint="offer_passkey")
@signed_in
def offer_passkey() -> ResponseReturnValue:
    if not is_proved():
        raise NotFound("passkey")
    options, session["passkey"] = passkeys.offer(db.session(), here(), g.person)
    return Response(options, mimetype="application/json")


@account.post("/passkeys/new", endpoint="add_passkey")
@signed_in
def add_passkey() -> ResponseReturnValue:
    form, kept = PasskeyForm(request.form), session.pop("passkey", None)
    if not is_proved():
        return redirect(url_for("account.confirm", then="passkey"))
    made: Any = request.form.get("credential", "")
    try:
        if not form.validate():
            raise Invalid
        name = str(form.name.data)[:60]
        offered = kept if isinstance(kept, dict) else {"challenge": "", "handle": ""}
        passkeys.add(db.session(), here(), g.person, made=made, name=name, **offered)
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return refused(render_template("account/passkey.html", form=form), None)
    return done(_("The passkey is kept; from now on it opens your account"))


@account.post("/passkeys/<int:passkey>/remove", endpoint="remove_passkey")
@signed_in
def remove_passkey(passkey: int) -> ResponseReturnValue:
    if not passkeys.take_away(db.session(), g.person, passkey):
        raise NotFound("passkey")
    return done(_("The passkey opens nothing any more; delete it on the device too"))


# --- browsers ---


@account.post("/sittings/<int:sitting>/end", endpoint="end_sitting")
@signed_in
def end_sitting(sitting: int) -> ResponseReturnValue:
    if not sittings.end(db.session(), Sitting.id == sitting, Sitting.person_id == g.person.id):
        raise NotFound("sitting")
    return done(_("That browser is signed out"))


@account.post("/sittings/end", endpoint="end_sittings")
@signed_in
def end_sittings() -> ResponseReturnValue:
    """Everywhere but here: who wants to leave here too signs out."""
    ended = sittings.end_all(db.session(), g.person.id, but=g.sitting)
    return done(_("Signed out in %(ended)s other browsers", ended=ended))


# --- what one works as ---


@account.get("/membership")
@signed_in
def membership() -> ResponseReturnValue:
    there, now = memberships(g.person), g.actor
    present = [m.id for m in there if now and (m.role, m.organisation_id) == (now.role, now.organisation_id)]
    return render_template("account/membership.html", memberships=there, present=present)


@account.post("/membership", endpoint="choose_membership")
@signed_in
def choose_membership() -> ResponseReturnValue:
    """One worked in at a time; it is kept in the session."""
    if "membership" not in request.form:  # a form is on its way to where it was going, and who sent it must choose
        return membership()
    asked = request.form.get("membership", type=int)
    chosen = next((m for m in memberships(g.person) if m.id == asked), None)
    if chosen is None:
        raise NotFound("membership")
    session["membership"] = chosen.id
    return redirect(url_for("desk.home"))


def done(says: Text) -> ResponseReturnValue:
    flash(str(says), "success")
    return redirect(url_for("account.own"))
