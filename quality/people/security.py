"""Signing in by Flask-Security: its account is a view of our `Person`, and what it changes becomes an event."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any, cast

from flask import Flask, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_out
from flask_security import (
    LoginForm,
    ResetPasswordForm,
    RoleMixin,
    Security,
    UserDatastore,
    current_user,
    hash_password,
    login_user,
    logout_user,
    user_authenticated,
    verify_password,
)
from flask_security.recoverable import generate_reset_password_token
from flask_security.tf_plugin import TfPluginBase
from flask_security.utils import validate_redirect_url
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from quality.core import clock
from quality.core.cipher import Cipher
from quality.core.config import Settings
from quality.core.db import db
from quality.core.words import LANGUAGES, Text, _
from quality.core.workflow import record
from quality.people import kept, lockout, second_step, sittings
from quality.people.accounts import Account, found
from quality.people.actor import Actor, themselves
from quality.people.models import Membership, Person
from quality.web import settings
from quality.web.bounds import let_files_in
from quality.web.sessions import keeps_a_session

INVITATION = timedelta(days=3)
THEMES = ("light", "dark")
HALF = timedelta(minutes=10)  # between password and code
PROOF = timedelta(minutes=15)  # that a person is not asked for the password again


class Accounts(UserDatastore):
    """Finds people, and writes a changed password down as the deed that it is. Our own request commits."""

    def __init__(self) -> None:
        super().__init__(Account, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **by: Any) -> Account | None:
        name, value = by.popitem()
        if "\0" in str(value):  # PostgreSQL takes none
            return None
        if case_insensitive:
            value = str(value).lower()  # as addresses are kept
        return found(db.session(), name, value)

    def put(self, account: Account) -> Account:
        person = account.person
        kept = ("password", "fs_uniquifier")
        facts = {name: getattr(account, name) for name in kept if getattr(account, name) != getattr(person, name)}
        if facts:
            record(db.session(), person, "choose_password", by=themselves(person), facts=facts)
            sittings.end_all(db.session(), person.id)
            lockout.forget(db.session(), lockout.keyed(settings().secret_key, door_of(person.email)))
        return account

    def commit(self) -> None:
        """web/transactions.py does."""


def later(text: Text) -> str:
    """WTForms is told that a sentence is a string; it becomes one when the form is shown."""
    return cast(str, text)


def without_invisible(typed: str | None) -> str:
    return "".join(sign for sign in typed or "" if sign.isprintable())


class SignInForm(LoginForm):
    """Says the same whatever was wrong: which addresses have an account is nobody's business."""

    email = EmailField(
        later(_("E-mail")), [InputRequired(later(_("Enter your e-mail address")))], filters=[without_invisible]
    )
    password = PasswordField(later(_("Password")), [InputRequired(later(_("Enter your password")))])
    next = HiddenField(filters=[without_invisible])
    remember = None  # type: ignore[assignment] # a session ends with the browser

    tried: lockout.Try | None = None

    def validate_next(self, field: Any) -> None:
        """An address of another site is forgotten, and nobody is kept at the door for it."""
        if field.data and not validate_redirect_url(field.data):
            field.data = ""

    def validate(self, **more: Any) -> bool:
        if not super(LoginForm, self).validate(**more):  # something is empty: nothing was tried
            return False
        self.tried = try_now(door_of(str(self.email.data)))
        if self.tried.until:
            self.email.errors, self.password.errors = [], [later(wait_until(self.tried.until))]
            return False
        if super().validate(**more):
            lockout.forget(db.session(), self.tried.account)
            return True
        self.email.errors, self.password.errors = [], [later(NOT_RIGHT)]
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


class SecondStep(TfPluginBase):
    """Asked by Flask-Security once a password was right: who has an authenticator is not signed in yet."""

    def __init__(self, _app: Flask) -> None:
        pass

    def get_setup_methods(self, account: Any) -> list[tuple[str, str]]:
        return [("authenticator", "")] if second_step.is_on(db.session(), account.id) else []

    def tf_login(self, _account: Any, _payload: dict[str, Any], _next_loc: str | None) -> Any:
        session["half_since"] = clock.now().timestamp()
        asked = url_for("signing_in.second_step", next=request.values.get("next") or None)
        return redirect(asked, 307 if kept.FIELD in request.form else 302)


def init_app(app: Flask, told: Settings) -> None:
    app.config.update(
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_RESET_URL="/password",
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={"authenticator": f"{__name__}.SecondStep"},
        SECURITY_PASSWORD_SALT=told.security_password_salt,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # its page that asks for the password again would count no tries
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
    security = Security(
        app,
        Accounts(),
        login_form=SignInForm,
        reset_password_form=ChoosePasswordForm,
        render_template=page_of_a_form,  # type: ignore[arg-type] # its views answer whatever it gives
    )
    security.login_manager.request_loader(lambda _request: None)  # a session signs a page in, and nothing else does
    security.support_mfa = True  # only now: its own pages for it stay away
    user_authenticated.connect(sit_down, app)
    user_logged_out.connect(stand_up, app)
    app.before_request(recognise)
    app.before_request(lambda: protect_forms(csrf))
    app.before_request(kept.refuse_what_does_not_come_back)
    app.after_request(kept.carry_on)


def recognise() -> None:
    """Who asks, and as what they work: `g.person`, `g.actor`. Only where sessions live."""
    g.person = g.actor = g.sitting = g.language = g.theme = None
    if not keeps_a_session(request.path):
        return
    if "_user_id" in session:  # signed by us; whose it is, and whether it ended meanwhile, is asked below
        let_files_in()
    g.kept = kept.take_up()
    if request.args:
        for name, words in (("lang", LANGUAGES), ("theme", THEMES)):
            if request.args.get(name) in words:
                session[name] = request.args[name]
        if request.args.get("theme") == "system":
            session["theme"] = None
    g.language, g.theme = session.get("lang"), session.get("theme")
    if not current_user.is_authenticated:
        return
    person, sitting = current_user.person, current_user.sitting
    if sitting is None:  # ended from elsewhere, or from before there were any
        session.pop(sittings.KEY, None)
        logout_user()
        return
    sittings.see(sitting)
    g.person, g.sitting = person, sitting
    g.language, g.theme = g.language or person.language, session.get("theme", person.theme)
    there = memberships(g.person)
    chosen = [m for m in there if m.id == session.get("membership")] or there
    if len(chosen) == 1:
        g.actor = Actor.working_in(chosen[0])


def protect_forms(csrf: CSRFProtect) -> ResponseReturnValue | None:
    """A form must carry the token of its sitting. One of an earlier sitting, from a page of ours, is shown again."""
    if g.get("kept"):
        is_theirs = g.person is None or g.kept.person in {None, g.person.id}
        return None if is_theirs else to_an_empty_form()
    if not current_app.config["WTF_CSRF_ENABLED"] or not keeps_a_session(request.path):
        return None
    is_theirs = kept.is_for_who_is_signed_in()
    if is_theirs and g.person is None:
        return None  # the view asks who it is, before anything else
    try:
        csrf.protect()
    except CSRFError:
        if not is_theirs or not kept.is_from_our_pages():
            raise
        kept.do_not_record(kept.names_of_files())
    return None


def to_an_empty_form() -> ResponseReturnValue:
    """Somebody else signed in than who had typed: what was typed is not theirs to read."""
    flash(str(_("What somebody else typed here before you signed in is not shown")), "info")
    return redirect(url_for("desk.home"), 303)


def memberships(person: Person) -> list[Membership]:
    """Where a person works at present."""
    return [membership for membership in person.memberships if membership.ended_at is None]


def invitation_link(person: Person) -> str:
    """Where an invited person chooses a password. It works once, and not for ever."""
    with current_app.test_request_context(base_url=settings().public_url):
        token: str = generate_reset_password_token(Account(person))  # type: ignore[no-untyped-call]
        return url_for("security.reset_password", token=token, _external=True)


def sit_down(_app: Flask, user: Account, **_more: Any) -> None:
    session.pop("membership", None)  # of whoever sat here before
    session["person"] = user.person.id  # who typed what comes back, should they be signed out meanwhile
    prove()
    sittings.begin(db.session(), user.person, request.user_agent.string)


def stand_up(_app: Flask, **_more: Any) -> None:
    sittings.end_this(db.session())


def cipher() -> Cipher:
    told = settings()
    return Cipher(told.identity_keys, told.identity_index_key)


def door_of(email: str) -> str:
    return f"password {email.strip().lower()}"


def try_now(account: str) -> lockout.Try:
    """Write down that somebody tries to open `account` from where this request comes from."""
    return lockout.begin(db.engine, settings().secret_key, account, request.remote_addr or "")


def is_their_password(person: Person, typed: str) -> tuple[bool, lockout.Try]:
    """Before what would open the account to somebody at an unlocked desk. Tried as often as at the door, no more."""
    tried = try_now(door_of(person.email))
    if tried.until or person.password is None:
        return False, tried
    return verify_password(normal(typed), person.password), tried


def normal(password: str) -> str:
    """As Flask-Security hashes it: the same signs typed on another keyboard are the same password."""
    utility: Any = current_app.extensions["security"].password_util
    return str(utility.normalize(password))


def wrong_with(password: str, person: Person) -> list[str]:
    """What forbids it as a password, in sentences."""
    utility: Any = current_app.extensions["security"].password_util
    problems, _normal = utility.validate(password, False, user=Account(person))
    return list(problems or [])


def change_password(person: Person, typed: str) -> None:
    """The other browsers are signed out; this one stays."""
    facts = {"password": hash_password(normal(typed))}
    record(db.session(), person, "choose_password", by=themselves(person), facts=facts)
    sittings.end_all(db.session(), person.id, but=g.sitting)


def half_signed_in() -> Account | None:
    """Whose password was right just now, and whose code is still to come."""
    since, known = session.get("half_since", 0.0), session.get("tf_user_id")
    if not known or clock.now().timestamp() - since > HALF.total_seconds():
        return None
    account = Accounts().find_user(fs_uniquifier=known)
    return account if account and account.active else None


def let_in(account: Account, way: str) -> None:
    for name in ("half_since", "tf_user_id", "passkey"):
        session.pop(name, None)
    login_user(account, remember=False, authn_via=[way])


def prove() -> None:
    """The person was just asked who they are; for some minutes they may change how they sign in."""
    session["proved"] = clock.now().timestamp()


def is_proved() -> bool:
    return bool(clock.now().timestamp() - session.get("proved", 0.0) < PROOF.total_seconds())


def wait_until(moment: datetime) -> Text:
    """Minutes are counted up: whoever comes then is not sent away again."""
    at = moment.astimezone(clock.BEIJING) + timedelta(minutes=1)
    return _("Too many tries. Wait, and try again from %(time)s on", time=f"{at:%H:%M}")


def page_of_a_form(template: str, **context: Any) -> ResponseReturnValue:
    """Flask-Security's pages in our look. One whose form was refused says so to programs too."""
    form = next((value for name, value in context.items() if name.endswith("_form")), None)
    if form is None or not form.errors:
        return render_template(template, form=form, **context)
    for message in form.form_errors:
        flash(message, "error")
    return refused(render_template(template, form=form, **context), getattr(form, "tried", None))


def refused(page: str, tried: lockout.Try | None) -> ResponseReturnValue:
    """A form that comes back: 422, or 429 and when to come again."""
    if tried is None or tried.until is None:
        return make_response(page, 422)
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(ceil((tried.until - clock.now()).total_seconds()))
    return response


NOT_RIGHT = _("E-mail address or password is not right; try again")
ASK = _("Ask the administrator of your organisation for a new link")
