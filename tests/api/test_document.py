"""The OpenAPI document is valid, describes every address, and is read on a page of our own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from quality.api.shapes import Asked, Sent, Told
from tests.harness.api import BASE

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def said(sqlite_app: Flask) -> Any:
    return sqlite_app.test_client().get(f"{BASE}/openapi.json").get_json()


def test_the_document_is_openapi_3_1(said: Any) -> None:
    assert said["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(said).iter_errors()] == []


def test_every_address_of_the_api_stands_in_the_document(sqlite_app: Flask, said: Any) -> None:
    rules = {
        (re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in sqlite_app.url_map.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith(BASE) and not rule.endpoint.startswith("api_document.")
    }
    described = {(path, method) for path, item in said["paths"].items() for method in item}
    assert described == {(path, method) for path, method in rules if method in METHODS}


def test_every_operation_has_a_name_of_its_own_a_summary_and_its_problems(said: Any) -> None:
    operations = [each for item in said["paths"].values() for each in item.values()]
    names = [each["operationId"] for each in operations]
    assert sorted(names) == sorted(set(names))
    for each in operations:
        assert each["summary"], each["operationId"]
        assert {"401", "404", "422", "429"} <= each["responses"].keys()
        assert any(status.startswith("2") for status in each["responses"])
        problem = each["responses"]["404"]["content"]
        assert problem == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_shows_every_operation_under_our_own_policy(sqlite_app: Flask, said: Any, language: str) -> None:
    page = sqlite_app.test_client().get(f"{BASE}/docs?lang={language}")
    assert page.status_code == 200
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    for item in said["paths"].values():
        for each in item.values():
            assert f'id="{each["operationId"]}"' in page.text
    assert ("接口" in page.text) is (language == "zh")


def test_no_two_shapes_bear_one_name(sqlite_app: Flask) -> None:
    """The document knows them by it, and would describe one by the other."""
    shapes = [shape for root in (Sent, Told, Asked) for shape in under(root) if "[" not in shape.__name__]
    names = [shape.__name__ for shape in shapes]
    assert sorted(names) == sorted(set(names))


def under(shape: type[Any]) -> set[type[Any]]:
    return {below for child in shape.__subclasses__() for below in (child, *under(child))}
