"""Who may keep a page, for how long, and how it is known that it changed.

What is behind a sign-in stays with who asked. What is public is the same for all, and depends on the publication's
epoch only (publication/epoch.py): every view that is open to everybody, whoever adds it, unless its blueprint is named
here as one that depends on something else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.words import tongue_now
from quality.people.access import ACCESS, PUBLIC, named
from quality.publication.epoch import epoch_of
from quality.web.front import ROUTE, STATE, Front, Seldom, etag_of, is_of_one_kind
from quality.web.release import release
from quality.web.sessions import keeps_a_session

# Five seconds unasked, ten more while whoever keeps it asks anew: what is withdrawn is gone from every cache on the way
# after a quarter of a minute at most, and a page that all the country opens is asked of us once in five seconds
BY_THE_EPOCH = "public, max-age=5, stale-while-revalidate=10"
ASK_AGAIN = "no-cache"  # what was refused, or was made while the publication changed
T = TypeVar("T")
OTHERWISE = {  # blueprints that are open to everybody and depend on more than the epoch; what may be kept of them
    "calculator": "public, max-age=60",  # the minute stands in its form
    "verify": "public, no-cache",  # "in force" must be true when it is read
    "capsule_page": "public, no-cache",  # a key that signs, or was revoked, is said at once
    "tour": "public, no-cache",  # a case that it names may have moved on
    "subscription": "",  # these five say it themselves, or nothing
    "reply": "",
    "told_link": "",
    "health": "",
    "feed": "",
    "api_document": "",
    "app_files": "public, no-cache",  # another after an upgrade, not after a publication
}


def init_app(app: Flask) -> None:
    app.extensions[RELEASE], app.extensions[ALIKE] = partial(released, app), Alike()
    app.before_request(begin)
    app.after_request(say_who_may_keep_it)


def in_front_of(app: Flask) -> Front:
    """What answers before the program, where it can."""
    told = app.config["SETTINGS"]
    asked = Seldom(partial(state_of_the_database, app))
    by_proxies = told.trusted_proxies > 0
    made_of = app.extensions[RELEASE]
    return Front(app.wsgi_app, state=asked, release=made_of, keep=BY_THE_EPOCH, behind_proxies=by_proxies)


# --- what a page depends on ---


RELEASE, ALIKE = "release", "alike"


def released(app: Flask) -> bytes:
    """What the program is made of, and what it was told that stands on pages."""
    found = app.extensions.get("released")
    if found is None:
        told = app.config["SETTINGS"]
        signer = told.record_signing_key.hex()  # /proof/ names its public half
        licence = (told.open_data_licence or "", told.open_data_licence_url or "", str(told.open_data_days))
        told_pages = ("mail" if told.sends_mail else "", told.public_contact or "")  # /subscribe, /accessibility
        found = release(told.public_url, told.default_language, told.secret_key, signer, *told_pages, *licence)
        app.extensions["released"] = found
    return bytes(found)


def state_of(reader: Session | sa.Connection) -> str:
    """All that changes public pages from one request to the next: the epoch, and the day in Beijing.

    The day, because a page may count up to today; so it need not be told of midnight.
    """
    return f"{epoch_of(reader)}.{clock.now().astimezone(BEIJING):%Y-%m-%d}"


def state_of_the_database(app: Flask) -> str:
    with app.app_context():
        engine = db.engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return state_of(connection)


def etag_in(connection: sa.Connection) -> str:
    """Of this address, by the state that the connection sees: for what is read from it while it is sent."""
    return etag_of(request.environ, state_of(connection), current_app.extensions[RELEASE]())


def depends_on_the_epoch() -> bool:
    """Whether the view that answers does."""
    if request.endpoint is None or request.method not in {"GET", "HEAD"} or request.blueprint in OTHERWISE:
        return False
    view = current_app.view_functions[request.endpoint]
    return ACCESS.get(named(view)) == PUBLIC


# --- what many pages of one state need alike ---


class Alike:
    """What was found for one page and holds for every other of the same state; one in each worker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[str, dict[Hashable, Any]] = "", {}

    def get(self, state: str) -> dict[Hashable, Any]:
        known, found = self._of
        return found if known == state else {}

    def put(self, state: str, found: dict[Hashable, Any]) -> None:
        """Once it is certain that it was found in this state."""
        with self._lock:
            known, before = self._of
            self._of = state, {**before, **found} if known == state else found


def alike(name: Hashable, find: Callable[[], T]) -> T:
    """What `find` answers; asked once in each state. It depends on the epoch, and on `name`: few of them, and small."""
    if "state" not in g:
        return find()
    kept: Alike = current_app.extensions[ALIKE]
    found: dict[Hashable, Any] = g.setdefault("alike", {})
    known = kept.get(g.state)
    if name not in known and name not in found:
        found[name] = find()
    answer: T = known[name] if name in known else found[name]
    return answer


def alike_now(part: str, name: Hashable | None, caller: Callable[[], Markup]) -> Markup:
    """A part of a page that is the same on every page of this state and language with the same `name`, for
    `{% call %}`. Without a name, it is drawn."""
    if name is None:
        return caller()
    return alike(("part", part, name, tongue_now(), "lang" in request.args, request.script_root), caller)


# --- around each request ---


def begin() -> None:
    """The state before anything is read: as the front knows it, or else asked for."""
    if depends_on_the_epoch():
        g.only_reads = True
        g.state = request.environ.get(STATE) or state_of(db.session())


def say_who_may_keep_it(response: Response) -> Response:
    if keeps_a_session(request.path):
        response.headers["Cache-Control"] = "private, no-store"
    elif "state" in g:
        say_of_the_epoch(response)
    elif request.method in {"GET", "HEAD"} and (may_be_kept := OTHERWISE.get(request.blueprint or "")):
        response.headers.setdefault("Cache-Control", may_be_kept)
        response.vary.add("Accept")
        if response.status_code == HTTPStatus.OK:  # only then may a condition be answered (RFC 9110 §13.2.1)
            if not response.is_streamed:
                response.add_etag()
            answer_condition(response)
    return response


def say_of_the_epoch(response: Response) -> None:
    """A page is of a state that was the same before it was made and after: an epoch never comes back.

    Where it was not, the page may be half of each. It is true enough to be read, and not to be kept.
    """
    if not is_of_one_kind(request.path):
        response.vary.add("Accept")
    if response.status_code >= HTTPStatus.BAD_REQUEST and response.status_code != HTTPStatus.GONE:
        response.headers.setdefault("Cache-Control", ASK_AGAIN)
    elif response.status_code != HTTPStatus.OK or response.is_streamed or "ETag" in response.headers:
        response.headers.setdefault("Cache-Control", BY_THE_EPOCH)
    elif state_of(db.session()) == g.state:
        response.headers["Cache-Control"] = BY_THE_EPOCH
        response.headers["ETag"] = etag_of(request.environ, g.state, current_app.extensions[RELEASE]())
        if found := g.get("alike"):
            current_app.extensions[ALIKE].put(g.state, found)
        request.environ[ROUTE] = request.url_rule.rule if request.url_rule else None
    else:
        response.headers["Cache-Control"] = ASK_AGAIN
        response.add_etag()
    if response.status_code == HTTPStatus.OK:
        answer_condition(response)


def answer_condition(response: Response) -> None:
    """304, if whoever asks has it. Werkzeug looks for the length of what it answers, and would read a stream for that
    to its end: a million results, all of them in memory."""
    if response.is_streamed:
        response.implicit_sequence_conversion = False
    response.make_conditional(request)
