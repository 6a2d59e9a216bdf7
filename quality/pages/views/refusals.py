"""Refusals that need to know who asks: to sign-in, what was done meanwhile, and what was typed in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, Unauthorized

from quality.core.db import db
from quality.core.errors import NotFound, Refused, Stale
from quality.core.words import Text, _
from quality.pages.forms.fields import Line, Moment, Typed, shown
from quality.pages.timeline import lines_of
from quality.pages.views.signing_in import wanted
from quality.pages.words import STATUSES
from quality.people import kept
from quality.people.security import SignInForm, without_invisible
from quality.web import errors

if TYPE_CHECKING:
    from quality.pages.kinds import Kind

TITLES: dict[int, Text] = {
    401: _("Please sign in"),
    403: _("Not for your role"),
    404: _("Nothing here"),
    409: _("This is not possible now"),
    410: _("Withdrawn"),
    422: _("Something is missing or wrong"),
    429: _("A moment, please"),
    503: _("A moment, please"),
}

COMES_BACK = _("You were signed out meanwhile. Sign in, and what you typed comes back; it is not recorded yet")
LOST = _("You were signed out meanwhile, and nothing was recorded. Sign in and do it once more")
ONCE_MORE = _("This page had been open for too long; sign in once more")
SAID_WITH = {"note": _("Note"), "reason": _("Reason"), "answer": _("Note or reason"), "why": _("Why you must read it")}


def init_app(app: Flask) -> None:
    app.register_error_handler(Unauthorized, to_sign_in)
    app.register_error_handler(CSRFError, too_old)
    app.register_error_handler(Refused, not_now)
    app.register_error_handler(Stale, changed_meanwhile)
    app.add_template_global(title_of)


def title_of(status: int) -> Text:
    return TITLES.get(status, _("This did not work"))


def to_sign_in(no: HTTPException) -> ResponseReturnValue:
    if errors.wants_problem():
        return errors.answer_http(no)
    if request.method == "GET":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    g.sealed = kept.seal()
    form = SignInForm(formdata=None)
    form.next.data = page_of_the_form()
    return make_response(render_template("account/sign_in.html", form=form, why=COMES_BACK if g.sealed else LOST), 401)


def page_of_the_form() -> str:
    """Where the form that was sent stood, as far as its address has a page."""
    adapter = current_app.create_url_adapter(request)
    return request.path if adapter and adapter.test(request.path, method="GET") else url_for("desk.home")


def too_old(no: CSRFError) -> ResponseReturnValue:
    """A page that lay open while its browser was signed out and in again."""
    if errors.wants_problem():
        return errors.answer_http(no)
    if request.endpoint == "security.login":
        form = SignInForm(formdata=None)
        form.email.data, form.next.data = without_invisible(request.form.get("email")), wanted()
        return make_response(render_template("account/sign_in.html", form=form, why=ONCE_MORE), 400)
    return errors.answer(400, "page_too_old", kept.PAGE_TOO_OLD)


def not_now(no: Refused) -> ResponseReturnValue:
    """The rules forbid it as things stand. What was written with it can still be read and copied."""
    if errors.wants_problem():
        return errors.answer(409, no.code, no.reason, **no.more)
    asked = request.view_args or {}
    about: dict[str, Any] = {"reason": no.reason}
    if g.get("actor") is not None and {"kind", "number", "name"} <= asked.keys():
        kind, session = kind_of(asked), db.session()
        if (case := still_theirs(session, kind, asked)) is None:
            return errors.answer(409, no.code, no.reason)
        about = {"crumb": (kind, case), "back": kind.address(case), "reason": in_words(no, kind, case, asked)}
        said = typed(session, kind, case, asked) if request.method == "POST" else []
    else:
        said = said_with()
    page = render_template("errors/refused.html", status=409, code=no.code, typed=said, more={}, **about)
    return make_response(page, 409)


def still_theirs(session: Session, kind: Kind, asked: dict[str, Any]) -> Any | None:
    """The case of the address; None where it is not theirs any more: what they or another did took it from them."""
    try:
        return kind.one_visible(session, g.actor, asked["number"])
    except (NotFound, Refused):
        return None


def said_with() -> list[tuple[Text, str]]:
    return [(label, text) for name, label in SAID_WITH.items() if (text := shown(request.form.get(name, "")))]


def kind_of(asked: dict[str, Any]) -> Kind:
    from quality.pages.kinds import kind_for  # noqa: PLC0415 - who is refused at a case has come by the desk, which is there

    return kind_for(g.actor, asked["kind"])


def in_words(no: Refused, kind: Kind, case: Any, asked: dict[str, Any]) -> Text:
    """A move at the wrong time names both by their codes, as programs read them; people read their words."""
    name, part = asked["name"], asked.get("part")
    subject = next((each for each in kind.parts(case) if each.id == part), None) if part else case
    life, sheets = (kind.part_life, kind.part_sheets) if part else (kind.life, kind.sheets)
    if no.code != "wrong_status" or subject is None or life is None or (name not in life and name not in sheets):
        return no.reason
    label = life[name].label if name in life else sheets[name].label
    status = STATUSES.get(subject.__tablename__, {}).get(subject.status)
    if not label or status is None:
        return no.reason
    return _("“%(move)s” is not possible now: it is “%(status)s”", move=label, status=status.word)


def changed_meanwhile(no: Stale) -> ResponseReturnValue:
    """Who did what since the page was opened, where the case may be seen; and what was written is not lost."""
    if errors.wants_problem() or g.get("actor") is None or "kind" not in (asked := request.view_args or {}):
        return errors.answer_stale(no)
    kind = kind_of(asked)
    session = db.session()
    if (case := still_theirs(session, kind, asked)) is None:
        return errors.answer_stale(no)
    page = render_template(
        "errors/refused.html",
        status=409,
        code=no.code,
        title=_("Someone else changed this just now"),
        reason=no.reason,
        lines=list(lines_of(session, no.since, g.actor, case)),
        typed=typed(session, kind, case, asked),
        crumb=(kind, case),
        back=kind.address(case),
        more={},
    )
    return make_response(page, 409)


def typed(session: Session, kind: Kind, case: Any, asked: dict[str, Any]) -> list[tuple[Text, str]]:
    """What was sent with the move, by its labels, to be taken over by hand: it was not recorded."""
    if "name" not in asked:  # a page of the case that is no move
        return said_with()
    name, part = asked["name"], asked.get("part")
    sheet = kind.part_sheets.get(name) if part else kind.sheets.get(name)
    if sheet is None:
        note = shown(request.form.get("note", ""))
        return [(_("Note"), note)] if note else []
    subject = next((each for each in kind.parts(case) if each.id == part), None) if part else case
    if subject is None:  # taken off meanwhile
        return []
    form = sheet.form(session, subject, g.actor)
    form.process(request.form)
    return [(f.label.text, in_reading(f)) for f in form if isinstance(f, Typed | Line) and f.written()]


def in_reading(field: Typed | Line) -> str:
    """A moment as its hint says it is typed, not as browsers send it."""
    text: str = field.written()
    return text.replace("T", " ") if isinstance(field, Moment) else text
