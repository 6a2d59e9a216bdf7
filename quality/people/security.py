"""Signing in by Flask-Security: its account is a view of our `Person`, and what it changes becomes an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, current_app, flash, g, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import LoginForm, ResetPasswordForm, RoleMixin, Security, UserDatastore, UserMixin, current_user
from flask_security.recoverable import generate_reset_password_token
from flask_wtf import CSRFProtect
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from quality.core.config import Settings
from quality.core.db import db
from quality.core.words import Text, _
from quality.core.workflow import record
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Role
from quality.web import settings
from quality.web.language import LANGUAGES
from quality.web.sessions import keeps_a_session

INVITATION = timedelta(days=3)
THEMES = ("light", "dark")


class Account(UserMixin):
    """A person as Flask-Security sees one. What it sets here is kept by `Accounts.put`."""

    roles: list[RoleMixin] = []  # noqa: RUF012 - ours are memberships; Flask-Security only reads it
    fs_uniquifier = ""  # of each account; Flask-Security looks for it on the class

    def __init__(self, person: Person) -> None:
        self.person = person
        self.id, self.email, self.active = person.id, person.email, person.active
        self.password, self.fs_uniquifier = person.password, person.fs_uniquifier

    def __hash__(self) -> int:
        return hash(self.id)


class Accounts(UserDatastore):
    """Finds people, and writes a changed password down as the deed that it is. Our own request commits."""

    def __init__(self) -> None:
        super().__init__(Account, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **asked: Any) -> Account | None:
        name, value = asked.popitem()
        column = getattr(Person, name)
        if case_insensitive:
            value = str(value).lower()  # as addresses are kept
        person = db.session.scalars(sa.select(Person).where(column == value)).one_or_none()
        return Account(person) if person else None

    def put(self, account: Account) -> Account:
        person = account.person
        kept = ("password", "fs_uniquifier")
        facts = {name: getattr(account, name) for name in kept if getattr(account, name) != getattr(person, name)}
        if facts:
            record(db.session(), person, "choose_password", by=themselves(person), facts=facts)
        return account

    def commit(self) -> None:
        """web/transactions.py does."""


def later(text: Text) -> str:
    """WTForms is told that a sentence is a string; it becomes one when the form is shown."""
    return cast(str, text)


class SignInForm(LoginForm):
    """Says the same whatever was wrong: which addresses have an account is nobody's business."""

    email = EmailField(later(_("E-mail")), [InputRequired(later(_("Enter your e-mail address")))])
    password = PasswordField(later(_("Password")), [InputRequired(later(_("Enter your password")))])
    remember = None  # type: ignore[assignment] # a session ends with the browser

    def validate(self, **more: Any) -> bool:
        if super().validate(**more):
            return True
        if self.email.data and self.password.data:
            self.email.errors, self.password.errors = (
                [],
                [later(_("E-mail address or password is not right; try again"))],
            )
        return False


class ChoosePasswordForm(ResetPasswordForm):
    password = PasswordField(later(_("New password")), [InputRequired(later(_("Choose a password")))])
    password_confirm = PasswordField(
        later(_("The same once more")), [InputRequired(later(_("Enter the password once more")))]
    )

    def validate(self, **more: Any) -> bool:
        fits: bool = super().validate(**more)
        if fits and self.password.data != self.password_confirm.data:
            self.password_confirm.errors = [later(_("The two passwords differ"))]
            return False
        return fits


def init_app(app: Flask, told: Settings) -> None:
    app.config.update(
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_RESET_URL="/password",
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_PASSWORD_SALT=told.security_password_salt,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_RECOVERABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=INVITATION,
        SECURITY_SEND_PASSWORD_RESET_EMAIL=False,
        SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL=False,
        SECURITY_POST_LOGIN_VIEW="/desk",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_LOGIN_USER_TEMPLATE="account/sign_in.html",
        SECURITY_RESET_PASSWORD_TEMPLATE="account/choose_password.html",
        SECURITY_FORGOT_PASSWORD_TEMPLATE="account/forgotten.html",
        SECURITY_MSG_PASSWORD_RESET_REQUEST=(ASK, "info"),
        SECURITY_MSG_PASSWORD_RESET_EXPIRED=(_("This link is too old; ask for a new one"), "error"),
        SECURITY_MSG_INVALID_RESET_PASSWORD_TOKEN=(_("This link was used already, or is not whole"), "error"),
        SECURITY_MSG_PASSWORD_RESET_NO_LOGIN=(_("Your password is set. Sign in with it."), "success"),
        SECURITY_MSG_PASSWORD_INVALID_LENGTH=(_("Use at least %(length)s characters"), "error"),
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may lie open over lunch
    )
    if app.testing:  # a password that is hard to guess is slow to hash
        app.config["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = {"argon2__rounds": 1, "argon2__memory_cost": 64}
    csrf = CSRFProtect(app)

    @app.before_request
    def protect_forms() -> None:
        if app.config["WTF_CSRF_ENABLED"] and not request.path.startswith("/api/"):
            csrf.protect()

    security = Security(
        app,
        Accounts(),
        login_form=SignInForm,
        reset_password_form=ChoosePasswordForm,
        render_template=page_of_a_form,  # type: ignore[arg-type] # its views answer whatever it gives
    )
    security.login_manager.request_loader(lambda _request: None)  # a session signs a page in, and nothing else does
    app.before_request(recognise)


def recognise() -> None:
    """Who asks, and as what they work: `g.person`, `g.actor`. Only where sessions live."""
    g.person = g.actor = g.language = g.theme = None
    if not keeps_a_session(request.path):
        return
    for name, words in (("lang", LANGUAGES), ("theme", THEMES)):
        if request.args.get(name) in words:
            session[name] = request.args[name]
    if request.args.get("theme") == "system":
        session.pop("theme", None)
    g.language, g.theme = session.get("lang"), session.get("theme")
    if not current_user.is_authenticated:
        return
    g.person = current_user.person
    g.language = g.language or g.person.language
    there = memberships(g.person)
    chosen = [m for m in there if m.id == session.get("membership")] or there
    if len(chosen) == 1:
        g.actor = Actor.working_in(chosen[0])


def memberships(person: Person) -> list[Membership]:
    """Where a person works at present."""
    return [membership for membership in person.memberships if membership.ended_at is None]


def invitation_link(person: Person) -> str:
    """Where an invited person chooses a password. It works once, and not for ever."""
    with current_app.test_request_context(base_url=settings().public_url):
        token: str = generate_reset_password_token(Account(person))  # type: ignore[no-untyped-call]
        return url_for("security.reset_password", token=token, _external=True)


def themselves(person: Person) -> Actor:
    """A person who acts for nobody but themselves."""
    return Actor(person, None, Role.ADMIN)


def page_of_a_form(template: str, **context: Any) -> ResponseReturnValue:
    """Flask-Security's pages in our look. One whose form was refused says so to programs too."""
    form = next((value for name, value in context.items() if name.endswith("_form")), None)
    if form is not None and form.errors:
        for message in form.form_errors:
            flash(message, "error")
        return make_response(render_template(template, form=form, **context), 422)
    return render_template(template, form=form, **context)


ASK = _("Ask the administrator of your organisation for a new link")
