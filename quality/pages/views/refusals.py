"""Refusals that need to know who asks: to sign-in with 401, and what was done meanwhile with 409."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException, Unauthorized

from quality.core.db import db
from quality.core.errors import Stale
from quality.core.words import Text, _
from quality.pages.forms.fields import Line, Typed
from quality.pages.kinds import Kind, kind_for
from quality.pages.timeline import lines_of
from quality.web import errors

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


def init_app(app: Flask) -> None:
    app.register_error_handler(Unauthorized, to_sign_in)
    app.register_error_handler(Stale, changed_meanwhile)
    app.add_template_global(title_of)


def title_of(status: int) -> Text:
    return TITLES.get(status, _("This did not work"))


def to_sign_in(no: HTTPException) -> ResponseReturnValue:
    if errors.wants_problem():
        return errors.answer_http(no)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("security.login", next=wanted))


def changed_meanwhile(no: Stale) -> ResponseReturnValue:
    """Who did what since the page was opened, where the case may be seen; and what was written is not lost."""
    if errors.wants_problem() or g.get("actor") is None or "kind" not in (asked := request.view_args or {}):
        return errors.answer_stale(no)
    kind = kind_for(g.actor, asked["kind"])
    session = db.session()
    case = kind.one_visible(session, g.actor, asked["number"])
    page = render_template(
        "errors/refused.html",
        status=409,
        code=no.code,
        title=_("Someone else changed this just now"),
        reason=no.reason,
        lines=list(lines_of(session, no.since, g.actor, case)),
        typed=typed(session, kind, case, asked),
        back=kind.address(case),
        more={},
    )
    return make_response(page, 409)


def typed(session: Session, kind: Kind, case: Any, asked: dict[str, Any]) -> list[tuple[Text, str]]:
    """What was sent with the move, by its labels, to be taken over by hand: it was not recorded."""
    name, part = asked["name"], asked.get("part")
    sheet = kind.part_sheets.get(name) if part else kind.sheets.get(name)
    if sheet is None:
        note = request.form.get("note", "")
        return [(_("Note"), note)] if note else []
    subject = next(each for each in kind.describe(session, case, g.actor).parts if each.id == part) if part else case
    form = sheet.form(session, subject, g.actor)
    form.process(request.form)
    return [(f.label.text, f.written()) for f in form if isinstance(f, Typed | Line) and f.written()]
