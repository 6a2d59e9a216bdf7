"""The OpenAPI document, as JSON and as a page of our own: the packaged ones break our policy of content."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from flask import Blueprint, Flask, current_app, make_response, render_template
from flask.typing import ResponseReturnValue
from flask_openapi3 import Info, OpenAPI
from flask_openapi3.models import Schema
from pydantic import BaseModel

from quality.api.door import KEY, Door
from quality.api.shapes import Problem
from quality.people.access import public

ABOUT = "Product-quality mystery shopping: what a page can do, a key of the same role can do."
KEYS = "A key acts for one person of one organisation in one role. It is sent with every request."
IDEMPOTENCY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of yours: the same again, with the same body, gives the first answer again (30 days)",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
HERE = "mingcha_api"  # among the program's extensions
BY_TUS = "/api/v1/uploads"  # which has its own way to go on with what broke off
UNDESCRIBED = "default"
DEEPEST = 3  # objects in objects that the page shows

document = Blueprint("api_document", __name__, url_prefix="/api/v1")


class Row(NamedTuple):
    """A field of a body, or a parameter."""

    name: str
    type: str
    must: bool
    about: str
    depth: int = 0


class Operation(NamedTuple):
    method: str
    path: str
    id: str
    summary: str
    about: str
    parameters: list[Row]
    media_type: str
    body: list[Row]
    answers: list[tuple[str, str, list[Row]]]  # status, name, fields


class Section(NamedTuple):
    name: str
    about: str
    operations: list[Operation]


def init_app(app: Flask, doors: Sequence[Door]) -> None:
    app.extensions[HERE] = Described(doors)
    app.register_blueprint(document)


class Described:
    """The document of some doors, made when somebody first asks for it."""

    def __init__(self, doors: Sequence[Door]) -> None:
        self._doors = doors

    @cached_property
    def told(self) -> dict[str, Any]:
        api = OpenAPI(__name__, doc_ui=False, static_folder=None)
        api.info = Info(title="Mingcha 明察", version="1", description=ABOUT)
        api.security_schemes = {KEY: {"type": "http", "scheme": "bearer", "description": KEYS}}
        api.components_schemas.update(schemas_of(Problem))
        for door in self._doors:
            door.describe()
            api.register_api(door)
        return finished(api.api_doc)


def schemas_of(model: type[BaseModel]) -> dict[str, Schema]:
    """A model that no answer names as its own, and what it is made of, by their names in the document."""
    told = model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    parts = {name: Schema(**part) for name, part in told.pop("$defs", {}).items()}
    return {**parts, model.__name__: Schema(**told)}


def told() -> dict[str, Any]:
    described: Described = current_app.extensions[HERE]
    return described.told


def finished(said: dict[str, Any]) -> dict[str, Any]:
    """With what holds for every operation, and without what the library adds that is not so."""
    for path, item in said["paths"].items():
        for method, operation in item.items():
            operation["responses"] = {
                status: answer for status, answer in operation["responses"].items() if status != UNDESCRIBED
            }
            if method == "post" and not path.startswith(BY_TUS):
                operation.setdefault("parameters", []).append(IDEMPOTENCY)
    said["components"]["schemas"].pop("ValidationErrorModel", None)
    return said


@document.get("/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    response = make_response(json.dumps(told(), ensure_ascii=False))
    response.content_type = "application/json"
    return response


@document.get("/docs")
@public
def page() -> ResponseReturnValue:
    said = told()
    return render_template("api/docs.html", said=said, sections=list(sections(said)), key=KEYS)


def sections(said: Mapping[str, Any]) -> Iterator[Section]:
    """The operations under their headings, in the order of the document."""
    for tag in said["tags"]:
        found = [
            operation(said, method, path, each)
            for path, item in said["paths"].items()
            for method, each in item.items()
            if tag["name"] in each["tags"]
        ]
        yield Section(tag["name"], tag.get("description", ""), found)


def operation(said: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {})
    media_type, schema = next(((kind, each["schema"]) for kind, each in body.items()), ("", {}))
    parameters = [
        Row(each["name"], type_of(each.get("schema", {})), each.get("required", False), each.get("description", ""))
        for each in told.get("parameters", [])
    ]
    answers = []
    for status, answer in told["responses"].items():
        for _kind, each in answer.get("content", {}).items():
            inner = each["schema"]
            is_problem = name_of(inner) == "Problem"
            answers.append((status, name_of(inner), [] if is_problem else list(rows(said, inner))))
    return Operation(
        method.upper(),
        path,
        told["operationId"],
        told.get("summary", ""),
        told.get("description", ""),
        parameters,
        media_type,
        list(rows(said, schema)),
        sorted(answers),
    )


def rows(said: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Iterator[Row]:
    """The fields of an object, and under each the fields of what is in it."""
    whole = resolved(said, schema)
    required = set(whole.get("required", []))
    for name, field in whole.get("properties", {}).items():
        yield Row(name, type_of(field), name in required, field.get("description", ""), depth)
        inner = inside(field)
        if inner is not None and depth < DEEPEST:
            yield from rows(said, inner, depth + 1)


def inside(field: Mapping[str, Any]) -> dict[str, Any] | None:
    """The object that a field holds, if it holds one, or a list of them."""
    held: list[dict[str, Any]] = [dict(field), field.get("items", {}), *field.get("anyOf", ())]
    for each in held:
        if "$ref" in each:
            return each
        inner: dict[str, Any] = each.get("items", {})
        if "$ref" in inner:
            return inner
    return None


def resolved(said: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return said["components"]["schemas"][name_of(schema)] if "$ref" in schema else schema


def name_of(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def type_of(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return name_of(field)
    if "anyOf" in field:
        return " | ".join(type_of(each) for each in field["anyOf"])
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"[{type_of(field.get('items', {}))}]"
    return str(field.get("format") or field.get("type", "any"))
