"""The OpenAPI document as a stranger uses it: what is asked and what is answered is held against it."""

from __future__ import annotations

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator


class Document:
    """As it was read from the running program. `asked` names the operations that were used."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._paths = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in told["paths"]}
        self.asked: set[str] = set()

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """The most literal path that fits: `{number}.pdf` before `{number}`."""
        fitting = [named for shape, named in self._paths.items() if shape.fullmatch(path)]
        assert fitting, f"the document has no {path}"
        found = max(fitting, key=lambda named: len(re.sub(r"\{\w+\}", "", named)))
        operations: dict[str, Any] = self._told["paths"][found]
        assert method.lower() in operations, f"the document has no {method} {path}"
        self.asked.add(f"{method} {found}")
        said: dict[str, Any] = operations[method.lower()]
        return said

    def watch(self, answer: httpx.Response) -> None:
        """For a client's hooks: the answer is as the document says, and so was the question if it was taken."""
        answer.read()
        request = answer.request
        operation = self.operation(request.method, request.url.path)
        assert str(answer.status_code) in operation["responses"], (request.url, answer.status_code)
        content = operation["responses"][str(answer.status_code)].get("content", {})
        media = answer.headers["Content-Type"].split(";")[0]
        assert media in content, (request.url, media)
        if media.endswith("json"):
            self.require(answer.json(), content[media]["schema"])
        sent = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if answer.is_success and sent:
            self.require(httpx.Response(200, content=request.read()).json(), sent["schema"])

    def require(self, value: Any, schema: dict[str, Any]) -> None:
        Draft202012Validator(schema | {"components": self._told["components"]}).validate(value)
