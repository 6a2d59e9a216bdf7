"""The door of the API: who knocks, how often, and what a route may take and answer.

The order is the same at every address: who is there (401), whether there is such a thing for them (404), whether they
may do this (403), what was sent (422), and what the rules say of it (409). So a body is read only once the view asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field, create_model

from quality.api import PREFIX, pace
from quality.api.shapes import PROBLEMS
from quality.core.db import db
from quality.core.errors import Stale
from quality.core.words import _
from quality.people import keys
from quality.people.access import me
from quality.permissions import Sees
from quality.web.errors import answer, answer_stale

KEY = "bearer"  # the security scheme's name in the document
JSON_AT_MOST = 4 * 1024 * 1024  # bytes of a body of JSON
READ = ("query", "body", "form")  # what a view may take
PARAMETER = re.compile(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>")
TOLD = {  # of the parts of an address, in the document
    "number": "The case's number",
    "blind_no": "The portion's blind number",
    "report_no": "The laboratory's own number of the report",
    "handle": "The endpoint's id",
    "standard": "The standard's id: GET /standards",
    "message": "The message's webhook-id",
    "token": "What was answered when it was sent",
    "sha256": "The file's SHA-256, 64 hexadecimal digits",
}
OUTSIDE = {Sees.LABORATORY, Sees.PLATFORM}
V = TypeVar("V", bound=Callable[..., Any])
M = TypeVar("M", bound=BaseModel)


class Door(APIBlueprint):
    """flask-openapi3's blueprint; it documents what a view `takes`, and leaves the reading to the view.

    The document is collected when it is first asked for: that takes a third of the program's start.
    """

    def __init__(self, *args: Any, **told: Any) -> None:
        super().__init__(*args, **told)
        self._undescribed: list[Callable[[], Any]] = []

    def _collect_openapi_info(self, rule: str, func: Callable[..., Any], **told: Any) -> Any:
        func.__delay_validate_request__ = True  # type: ignore[attr-defined]
        self._undescribed.append(partial(self._describe, rule, func, **told))
        return (None,) * 7  # of what would be validated before the view is asked

    def describe(self) -> None:
        while self._undescribed:
            self._undescribed.pop(0)()

    def _describe(self, rule: str, func: Callable[..., Any], **told: Any) -> None:
        models = {name: func.__annotations__[name] for name in READ if name in func.__annotations__}
        func.__annotations__ = models | ({"path": parts_of(rule)} if "<" in rule else {})
        super()._collect_openapi_info(rule, func, **told)


def parts_of(rule: str) -> type[BaseModel]:
    """The parts of an address as a model, for the document."""
    parts: dict[str, Any] = {
        name: (int if kind == "int" else str, Field(description=TOLD.get(name, "Its id")))
        for kind, name in PARAMETER.findall(rule)
    }
    return create_model("PartsOfTheAddress", **parts)


def takes(**models: type[BaseModel]) -> Callable[[V], V]:
    """What a view reads by `sent`, `asked` or `form`, for the document: `body=…`, `query=…`, `form=…`."""

    def told(view: V) -> V:
        view.__annotations__.update(models)
        return view

    return told


def at_most(many: int) -> Callable[[V], V]:
    """How many bytes a request may have, where it is more than a body of JSON: a file comes along."""

    def marked(view: V) -> V:
        view.most_bytes = many  # type: ignore[attr-defined]
        return view

    return marked


def told(model: BaseModel, status: int = 200) -> Response:
    """An answer as the document describes it."""
    response = make_response(model.model_dump_json(by_alias=True), status)
    response.content_type = "application/json"
    return response


def door(
    name: str, *, tag: str, about: str = "", knocks: Callable[[], ResponseReturnValue | None] | None = None
) -> Door:
    """A blueprint behind the door. `tag` is the heading in the document; `knocks` lets others in than keys."""
    made = Door(
        f"api_{name}",
        __name__,
        url_prefix=PREFIX,
        abp_tags=[Tag(name=tag, description=about)],
        abp_security=[{KEY: []}],
        abp_responses=PROBLEMS,
        operation_id_callback=operation_id,
    )
    made.before_request(knocks or knock)
    made.after_request(never_kept)
    made.register_error_handler(Stale, told_stale)
    return made


def told_stale(no: Stale) -> ResponseReturnValue:
    """To a laboratory and a platform without what was done since: the record tells as much of it as is theirs."""
    return answer_stale(Stale(status=no.status, version=no.version) if me.sees in OUTSIDE else no)


def operation_id(*, name: str, path: str, method: str) -> str:
    return name


def knock() -> ResponseReturnValue | None:
    """Let a key in as who it acts for, or answer 401 or 429. No session is read: a cookie opens nothing here."""
    bound_the_body()
    if not (secret := secret_sent()):
        said = _("Send your key: `Authorization: Bearer KEY`")
        return shut("unauthorized", said)
    found = keys.holder_of(db.session(), secret)
    if found is None:
        return no_such_key()
    key, actor = found
    if wait := pace.wait_of(key.id):
        return too_many(wait)
    g.key, g.actor, g.person = key, actor, actor.person
    keys.see(key)
    return None


def bound_the_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "most_bytes", JSON_AT_MOST)


def secret_sent() -> str:
    scheme, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def no_such_key() -> Response:
    if wait := pace.wait_of_strangers():
        return too_many(wait)
    pace.count_stranger()
    return shut("bad_key", _("This key opens nothing: it is wrong, has expired or was revoked"))


def shut(code: str, said: Any) -> Response:
    response = make_response(answer(401, code, said))
    response.headers["WWW-Authenticate"] = 'Bearer realm="mingcha"'
    return response


def too_many(wait: int) -> Response:
    response = make_response(answer(429, "too_many_requests", _("Too many requests; wait a moment")))
    response.headers["Retry-After"] = str(wait)
    return response


def never_kept(response: Response) -> Response:
    """What was answered to one key is nobody else's, and is in the language that was asked for."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.vary.add("Accept-Language")
    return response
