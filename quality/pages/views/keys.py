"""Keys by which programs come in: a person's own, on their account, and an organisation's, on its administrator's desk.

A secret stands on the answer to the form that made it and nowhere else. That form sent once more makes no second key.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import Invalid
from quality.core.words import Text, _
from quality.pages.forms.keys import Holder, KeyForm, key_form
from quality.pages.forms.sheet import put_beside
from quality.pages.words import word
from quality.pages.words.people import KEYS
from quality.people import keyring, keys
from quality.people.access import acting, me, needs, signed_in
from quality.people.actor import Actor, themselves
from quality.people.kept import comes_back
from quality.people.models import Key, Membership
from quality.people.operations import ROLES_OF
from quality.people.security import is_proved, memberships, refused
from quality.permissions import Can, Role
from quality.web import settings

own_keys = Blueprint("own_keys", __name__, url_prefix="/account/keys")
org_keys = Blueprint("org_keys", __name__, url_prefix="/desk/people/keys")
A_PAGE = 50
TRY = {
    Role.PLATFORM: "platform/notices",
    Role.PLATFORM_READER: "platform/notices",
    Role.PLATFORM_ENGINEER: "platform/webhooks",
    Role.ANALYST: "lab/samples",
    Role.SIGNATORY: "lab/reports",
}
REVOKED = _("The key is taken back; from this moment on it opens nothing")


# --- a person's own ---


@own_keys.get("/")
@signed_in
def own() -> ResponseReturnValue:
    """They stand on the page of the account, with the other ways in."""
    return redirect(url_for("account.own"))


@own_keys.get("/new")
@signed_in
def new_own() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="keys"))
    there = keyring.that_take_keys(memberships(g.person))
    chosen = the_one_asked_for(there)
    if not there:
        flash(str(_("What you work as takes no keys")), "info")
        return redirect(url_for("account.own"))
    return own_page(chosen, there)


@own_keys.post("/new", endpoint="make")
@signed_in
def make_own() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="keys"))
    there = keyring.that_take_keys(memberships(g.person))
    chosen = the_one_asked_for(there)
    if chosen is None:
        return refused(own_page(None, there), None)
    if was_sent_before():
        return redirect(url_for("account.own"))
    form = key_form(holder_in(chosen), request.form)
    try:
        if not form.validate():
            raise Invalid
        return make(form, chosen, Actor.working_in(chosen))
    except Invalid as wrong:
        db.session.rollback()
        put_beside(form, wrong.problems)
        return refused(own_page(chosen, there, form), None)


def the_one_asked_for(there: list[Membership]) -> Membership | None:
    asked = request.values.get("membership", type=int)
    return next((m for m in there if m.id == asked or len(there) == 1), None)


@own_keys.post("/<int:key>/rotate")
@signed_in
def rotate(key: int) -> ResponseReturnValue:
    mine = keyring.one_own(db.session(), g.person, key)
    if not is_proved():
        return redirect(url_for("account.confirm", then="keys"))
    return turned(mine, Actor.working_in(mine.membership))


@own_keys.post("/<int:key>/revoke")
@signed_in
def revoke(key: int) -> ResponseReturnValue:
    """Without the password: taking a key back opens nothing to anybody, and may be urgent."""
    keys.revoke(db.session(), keyring.one_own(db.session(), g.person, key), by=themselves(g.person))
    flash(str(REVOKED), "success")
    return redirect(url_for("account.own"))


# --- an organisation's, for its administrators ---


@org_keys.get("/")
@needs(Can.KEY_GIVE)
def everyones() -> ResponseReturnValue:
    before = request.args.get("before", type=int)
    found, older = keyring.of_organisation(db.session(), me, A_PAGE, before)
    soon = keyring.soon_over(db.session(), programs_of=me.organisation_id)
    return render_template("keys/everyones.html", keys=found, older=older, before=before, states=KEYS, soon_over=soon)


@org_keys.get("/new")
@needs(Can.KEY_GIVE)
def new_of_programs() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="program_keys"))
    role = role_asked_for()
    return roles_page() if role is None else page_of(of_programs(role), [], None)


@org_keys.post("/new", endpoint="make")
@comes_back
@needs(Can.KEY_GIVE)
def make_of_programs() -> ResponseReturnValue:
    if not is_proved():
        return redirect(url_for("account.confirm", then="program_keys"))
    role = role_asked_for()
    if role is None:
        return refused(roles_page(), None)
    if was_sent_before():
        return redirect(url_for("org_keys.everyones"))
    holder = of_programs(role)
    form = key_form(holder, request.form)
    try:
        if not form.validate():
            raise Invalid
        return make(form, keys.program_of(db.session(), holder.organisation, role, by=me), me)
    except Invalid as wrong:
        db.session.rollback()  # an account that was opened for nothing
        put_beside(form, wrong.problems)
        return refused(page_of(holder, [], form), None)


def roles_of_programs() -> list[Role]:
    assert me.organisation
    return sorted(ROLES_OF[me.organisation.kind] - keys.WITHOUT)


def role_asked_for() -> Role | None:
    there, asked = roles_of_programs(), request.values.get("role")
    return next((role for role in there if role == asked or len(there) == 1), None)


def roles_page() -> str:
    choices = [(word("role", role), url_for("org_keys.new_of_programs", role=role)) for role in roles_of_programs()]
    return page_of(None, choices, None)


def of_programs(role: Role) -> Holder:
    assert me.organisation
    return Holder(role, me.organisation)


@org_keys.post("/<int:key>/rotate")
@acting
def rotate_for_program(key: int) -> ResponseReturnValue:
    theirs = keyring.one_visible(db.session(), me, key)
    if not is_proved():
        return redirect(url_for("account.confirm", then="program_keys"))
    return turned(theirs, me)


@org_keys.post("/<int:key>/revoke")
@acting
def revoke_any(key: int) -> ResponseReturnValue:
    keys.revoke(db.session(), keyring.one_visible(db.session(), me, key), by=me)
    flash(str(REVOKED), "success")
    return redirect(url_for("org_keys.everyones"))


# --- both ---


def own_page(chosen: Membership | None, there: list[Membership], form: KeyForm | None = None) -> str:
    choices: list[tuple[Text, str]] = [
        (f"{word('role', m.role)} · {m.organisation.name}", url_for("own_keys.new_own", membership=m.id)) for m in there
    ]
    return page_of(holder_in(chosen) if chosen else None, choices, form)


def holder_in(membership: Membership) -> Holder:
    return Holder(membership.role, membership.organisation, membership.id)


def page_of(holder: Holder | None, choices: list[tuple[Text, str]], form: KeyForm | None) -> str:
    """The form, or first the choice of whom the key acts for. Its mark makes it one form, however often it is sent."""
    mark = request.form.get("once") or secrets.token_hex(8)
    shown = form or (key_form(holder) if holder else None)
    return render_template("keys/new.html", holder=holder, choices=choices, form=shown, once=mark[:32])


def was_sent_before() -> bool:
    sent = keys.is_made(db.session(), mark_of_the_form())
    if sent:
        flash(str(keys.sent_twice().reason), "info")
    return sent


def mark_of_the_form() -> str:
    """What makes it one form, however often it is sent; with the person's, so that nobody spoils another's."""
    return f"{g.person.id} {request.form.get('once', '')[:32]}"


def make(form: KeyForm, membership: Membership, by: Any) -> ResponseReturnValue:
    scope = [Can(deed) for deed in form["scope"].data]
    name, days = form.name.data or "", form.days.data or 0
    mark = mark_of_the_form()
    key, secret = keys.make(db.session(), membership, name=name, days=days, scope=scope, by=by, sent_as=mark)
    return shown_once(key, secret)


def turned(key: Key, by: Any) -> ResponseReturnValue:
    newer, secret = keys.rotate(db.session(), key, by=by)
    return shown_once(newer, secret, before=key)


def shown_once(key: Key, secret: str, before: Key | None = None) -> ResponseReturnValue:
    membership = db.session().get_one(Membership, key.membership_id)
    api = f"{settings().public_url.rstrip('/')}/api/v1"
    return render_template(
        "keys/secret.html",
        key=key,
        secret=secret,
        before=before,
        line=f'curl -H "Authorization: Bearer {secret}" {api}/{TRY.get(membership.role, "campaigns")}',
        docs=f"{api}/docs",
        back=url_for("org_keys.everyones" if membership.person.is_program else "account.own"),
    )
