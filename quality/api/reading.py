"""What a program sent, read once the view asks for it: everything wrong with it is told at once, at its field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, BinaryIO, TypeVar, cast

from flask import abort, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import FileStorage, MultiDict

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _
from quality.workbooks.columns import Columns
from quality.workbooks.keeping import read_at_once
from quality.workbooks.reading import Table

M = TypeVar("M", bound=BaseModel)


PLAIN = {"", "identity"}


class NotJson(ValueError):
    """A body that says it is JSON, and is not."""


def sent(model: type[M], *, each_by_itself: bool = False) -> M:
    """The body, as `model` has it. Raises `Invalid`; no JSON is 400, another type 415, too much 413.

    `each_by_itself`: what is in it is looked at later, one by one.
    """
    if not request.is_json:
        abort(415)
    raw = whole_body()
    try:
        body = json.loads(raw.decode(), parse_constant=refuse, object_pairs_hook=each_once)
    except (ValueError, RecursionError) as wrong:  # not UTF-8, not JSON, a number without end, nested without end
        raise NotJson from wrong
    if each_by_itself:
        return checked({}, lambda: model.model_validate(body))
    return checked(body, lambda: model.model_validate_json(raw))


def whole_body() -> bytes:
    """Of a body whose length is not told beforehand no more is read than may come: what is cut off is too much."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in PLAIN:
        abort(415)
    raw = request.get_data()
    if request.content_length is None and len(raw) >= (request.max_content_length or 0):
        abort(413)
    return raw


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values of one name nobody knows which is meant (RFC 8259 §4)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        doubled = next(name for name in names if names.count(name) > 1)
        raise Invalid(FieldProblem(called([doubled]), "doubled_field", _("This field stands twice; send it once")))
    return found


def form(model: type[M]) -> M:
    """The fields of a form that brings files, as `model` has them. The files are asked for by `file`."""
    if request.mimetype != "multipart/form-data":
        abort(415)
    return of_texts(model, request.form, but=frozenset(request.files))


def file(name: str = "file") -> FileStorage:
    """The one file of this name. Raises `Invalid`."""
    sent = request.files.getlist(name)
    if len(sent) != 1 or not sent[0].filename:
        raise Invalid(FieldProblem(name, "one_file", _("Send one file, with its name")))
    return sent[0]


def files(name: str = "file") -> list[FileStorage]:
    """The files of this name, one at least. Raises `Invalid`."""
    sent = request.files.getlist(name)
    if not sent or not all(each.filename for each in sent):
        raise Invalid(FieldProblem(name, "one_file", _("Send one file or several, each with its name")))
    return sent


def sent_table(columns: Columns) -> Table:
    """The one file, read at once and not kept. Raises `Invalid`."""
    came = file()
    return read_at_once(cast(BinaryIO, came.stream), PurePath(came.filename or "").name, columns)


def asked(model: type[M]) -> M:
    """What stands behind the question mark."""
    return of_texts(model, request.args)


def of_texts(model: type[M], sent: MultiDict[str, str], but: frozenset[str] = frozenset()) -> M:
    """A name that may come several times is a list. `but` are names of files, which the document has as fields."""
    lists = {name for name, one in model.model_fields.items() if "list" in str(one.annotation)}
    given: dict[str, Any] = {name: sent.getlist(name) if name in lists else sent[name] for name in sent}
    return checked(given, lambda: model.model_validate({**dict.fromkeys(but, ""), **given}))


def checked(body: Any, read: Callable[[], M]) -> M:
    if signs := list(unfit(body)):
        raise Invalid(*signs)
    try:
        return read()
    except ValidationError as wrong:
        raise Invalid(*map(problem_of, wrong.errors(include_url=False, include_input=False))) from None


def refuse(constant: str) -> Any:
    raise ValueError(constant)  # NaN, Infinity: no JSON (RFC 8259 §6)


def unfit(value: Any, place: Sequence[str | int] = ()) -> Iterator[FieldProblem]:
    """Texts that no database keeps as they are: with a NUL, or half a character."""
    match value:
        case str() if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
            yield FieldProblem(called(place), "bad_sign", _("A character in it cannot be kept; take it out"))
        case dict():
            for name, inner in value.items():
                yield from unfit(name, (*place, name))
                yield from unfit(inner, (*place, name))
        case list():
            for number, inner in enumerate(value):
                yield from unfit(inner, (*place, number))


def called(place: Sequence[str | int]) -> str:
    """`outcomes 2, acted_at` of ("outcomes", 1, "acted_at"), as the rooms name a field in a row."""
    named = ""
    for part in place:
        if isinstance(part, int):
            named += f" {part + 1}"
        else:
            shown = part.encode("utf-8", "replace").decode().replace("\0", "?")[:60]
            named += f", {shown}" if named else shown
    return named or "body"


def problem_of(error: ErrorDetails) -> FieldProblem:
    kind, context = error["type"], error.get("ctx", {})
    code, text = WORDS.get(kind) or ("bad_value", _("This cannot be used; docs/api.md says what is"))
    if kind in {"enum", "literal_error"}:
        text = _("Send one of: %(choices)s", choices=str(context["expected"]).replace(" or ", ", "))
    elif kind == "string_too_long":
        text = _("Send at most %(most)s characters", most=context["max_length"])
    elif kind in {"greater_than_equal", "greater_than"}:
        text = _("Send at least %(least)s", least=context.get("ge", context.get("gt")))
    elif kind in {"less_than_equal", "less_than"}:
        text = _("Send at most %(most)s", most=context.get("le", context.get("lt")))
    return FieldProblem(called(error["loc"]), code, text)


A_MOMENT = _("Send a moment with its zone, such as 2026-10-15T09:30:00+08:00")
WORDS: dict[str, tuple[str, Text]] = {
    "missing": ("missing", _("Send this")),
    "extra_forbidden": ("unknown_field", _("There is no such field; take it out")),
    "model_type": ("wrong_type", _("Send a JSON object")),
    "dict_type": ("wrong_type", _("Send a JSON object")),
    "list_type": ("wrong_type", _("Send a list")),
    "string_type": ("wrong_type", _("Send a text")),
    "int_type": ("wrong_type", _("Send a whole number")),
    "int_parsing": ("wrong_type", _("Send a whole number")),
    "int_from_float": ("wrong_type", _("Send a whole number")),
    "bool_type": ("wrong_type", _("Send true or false")),
    "datetime_type": ("bad_moment", A_MOMENT),
    "datetime_parsing": ("bad_moment", A_MOMENT),
    "datetime_from_date_parsing": ("bad_moment", A_MOMENT),
    "datetime_object_invalid": ("bad_moment", A_MOMENT),
    "timezone_aware": ("bad_moment", A_MOMENT),
    "not_in_our_time": ("bad_moment", _("Send a moment between the years 2000 and 2200")),
    "date_type": ("bad_day", _("Send a day, such as 2026-10-15")),
    "date_parsing": ("bad_day", _("Send a day, such as 2026-10-15")),
    "date_from_datetime_parsing": ("bad_day", _("Send a day, such as 2026-10-15")),
    "enum": ("bad_choice", ""),
    "literal_error": ("bad_choice", ""),
    "string_too_long": ("too_long", ""),
    "string_too_short": ("too_short", _("Send more characters")),
    "too_short": ("too_few", _("Send at least one")),
    "too_long": ("too_many", _("Send fewer at once")),
    "string_pattern_mismatch": ("bad_form", _("This does not have the form that docs/api.md describes")),
    "greater_than_equal": ("too_small", ""),
    "greater_than": ("too_small", ""),
    "less_than_equal": ("too_large", ""),
    "less_than": ("too_large", ""),
}
