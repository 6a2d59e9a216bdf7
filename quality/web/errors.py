"""What the domain refuses, as a page or as an RFC 9457 problem: once for the whole program."""

from __future__ import annotations

import errno
import sqlite3
from http import HTTPStatus
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from quality.core.errors import Invalid, NotFound, NotPermitted, Refused, Stale, Unavailable
from quality.core.words import Text, _
from quality.web.asked import BROKEN, request_id

PROBLEM = "application/problem+json"
OUR_TROUBLE = 500  # from here on


def init_app(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda no: answer(404, no.code, no.reason))
    app.register_error_handler(NotPermitted, lambda no: answer(403, no.code, no.reason))
    app.register_error_handler(Stale, answer_stale)
    app.register_error_handler(Unavailable, answer_unavailable)
    app.register_error_handler(Refused, lambda no: answer(409, no.code, no.reason, **no.more))
    app.register_error_handler(Invalid, answer_invalid)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(OperationalError, answer_operational)
    app.register_error_handler(InterfaceError, answer_operational)
    app.register_error_handler(OSError, answer_full_disk)


def answer(status: int, code: str, reason: Text, **more: Any) -> ResponseReturnValue:
    """The refusal in the form that was asked for. `more` are further members of the problem."""
    title = OTHERS.get(status) or HTTPStatus(status).phrase
    if wants_problem():
        if status >= BROKEN:
            more["request_id"] = request_id()
        body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": str(reason)}
        response = jsonify(body | more)
        response.status_code, response.content_type = status, PROBLEM
        return response
    return render_template(
        "errors/refused.html", status=status, code=code, reason=reason, more=more, request_id=request_id()
    ), status


def wants_problem() -> bool:
    if request.path.startswith("/api/") or request.path.endswith(".json"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM], "text/html")
    return best != "text/html"


def answer_stale(no: Stale) -> ResponseReturnValue:
    since = [{"seq": e.seq, "action": e.action, "actor": e.actor, "at": e.at.isoformat()} for e in no.since]
    return answer(409, no.code, no.reason, present={"status": no.status, "version": no.version}, since=since)


def answer_invalid(no: Invalid) -> ResponseReturnValue:
    errors = [{"field": p.field, "code": p.code, "reason": str(p.text)} for p in no.problems]
    return answer(422, "invalid", _("Some of what was sent cannot be used"), errors=errors)


def answer_http(no: HTTPException) -> ResponseReturnValue:
    """An exception of the framework, with the headers it brings (`Allow`, `Retry-After`, `WWW-Authenticate`)."""
    status = no.code or 500
    if status >= OUR_TROUBLE:
        forget_who_reads()
    response = make_response(answer(status, code_of(status), SAYS.get(status, _("This did not work"))))
    for name, value in no.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def code_of(status: int) -> str:
    """For programs: what HTTP calls a status, as long as it keeps the name."""
    return RENAMED.get(status) or HTTPStatus(status).name.lower()


def answer_operational(no: OperationalError | InterfaceError) -> ResponseReturnValue:
    """The database did not answer in time, or restarts: nothing was kept, and trying again is right.

    All else that drivers call operational is a mistake of ours, such as a table that is not there.
    """
    if not is_passing(no):
        raise no
    said = _("The database is busy; nothing was recorded. Try again in a moment")
    return answer_unavailable(Unavailable("busy", said, retry_after=2))


def forget_who_reads() -> None:
    """The page that says that something is away, or broke, must not ask the database who opened it."""
    for name in ("actor", "person"):
        g.pop(name, None)
    g._login_user = AnonymousUserMixin()


def answer_unavailable(no: Unavailable) -> ResponseReturnValue:
    forget_who_reads()
    response = make_response(answer(503, no.code, no.reason))
    response.headers["Retry-After"] = str(no.retry_after)
    return response


def answer_full_disk(failed: OSError) -> ResponseReturnValue:
    """Where large requests lie while they are read (TMPDIR). All else of the system is a mistake of ours."""
    if failed.errno not in {errno.ENOSPC, errno.EDQUOT}:
        raise failed
    said = _("There is no room on our side for what you sent; nothing was recorded. Try again later")
    return answer_unavailable(Unavailable("disk_full", said, retry_after=300))


def is_passing(no: OperationalError | InterfaceError) -> bool:
    """Or it came of one that is: on a full disk SQLite undoes the whole transaction, and knows no savepoint then."""
    each: BaseException | None = no
    while each is not None:
        if isinstance(each, OperationalError | InterfaceError) and passes(each):
            return True
        each = each.__cause__ or each.__context__
    return False


def passes(no: OperationalError | InterfaceError) -> bool:
    """Locked, too late, cut off or full: by SQLite's primary result code, or by the class of PostgreSQL's SQLSTATE."""
    if no.connection_invalidated:
        return True
    if isinstance(no.orig, sqlite3.Error):
        return getattr(no.orig, "sqlite_errorcode", 0) & 0xFF in PASSING_OF_SQLITE
    state = getattr(no.orig, "sqlstate", None)
    return state is None or state[:2] in PASSING_CLASSES  # without one there was no connection


OTHERS = {460: "Checksum Mismatch"}  # tus 1.0, which HTTP does not know
RENAMED = {  # between versions of Python; a code of ours stays
    413: "too_large", 414: "address_too_long", 416: "range_not_satisfiable", 422: "unprocessable",
}  # fmt: skip
PASSING_OF_SQLITE = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN,  # so it says too that there is no room for the files beside it
}  # fmt: skip
PASSING_CLASSES = {"08", "40", "53", "55", "57"}  # connection, rolled back, resources, not now, operator

SAYS = {
    400: _("This address or form was not understood; go back and try again"),
    401: _("Sign in to see this"),
    403: _("Your role may not open this"),
    404: _("There is nothing at this address, or it is not yours to see"),
    405: _("This address takes no such request"),
    413: _("What was sent is too large"),
    415: _(
        "Send the type of body that this address takes, not compressed: `application/json`, or a form where files come "
        "along"
    ),
    416: _("The file does not have these bytes; ask for others"),
    429: _("Too many requests; wait a moment"),
    500: _("Something went wrong on our side; nothing of yours was recorded"),
}
