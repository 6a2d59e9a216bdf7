"""The API as a program of others meets it: a key, JSON, and what is answered."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quality.people import keys
from quality.people.actor import Actor
from quality.people.models import Key
from tests.harness.people import membership_of

BASE = "/api/v1"


class Program:
    """Somebody's program: it holds a key, and asks in English so that a test can read the answers."""

    def __init__(self, app: Flask, secret: str, key: Key | None = None) -> None:
        self._client = app.test_client()
        self.secret = secret
        self.key_id = key.id if key else None
        self.headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.open("GET", address, **more)

    def post(self, address: str, body: Any = None, *, once: str = "", **more: Any) -> TestResponse:
        headers = {"Idempotency-Key": once} if once else {}
        return self.open("POST", address, headers=headers, json={} if body is None else body, **more)

    def open(self, method: str, address: str, *, headers: Any = None, **more: Any) -> TestResponse:
        headers = self.headers | (headers or {})
        response: TestResponse = self._client.open(BASE + address, method=method, headers=headers, **more)
        return response

    def version(self, address: str) -> int:
        version: int = self.get(address).get_json()["version"]
        return version


def program_of(app: Flask, session: Session, actor: Actor, **more: Any) -> Program:
    """A program that acts for `actor` by a key that they made for it."""
    key, secret = keys.make(session, membership_of(actor), name="LIMS", by=actor, **more)
    session.commit()
    return Program(app, secret, key)


def wrong(answer: TestResponse) -> dict[str, str]:
    """The fields that a 422 names, each with its code."""
    assert answer.status_code == 422, answer.text
    return {each["field"]: each["code"] for each in answer.get_json()["errors"]}
