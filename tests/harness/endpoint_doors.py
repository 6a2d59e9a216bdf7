"""The forms of a platform's desk about its endpoints, its mailbox and its post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from quality.core import clock
from quality.delivery import endpoints
from quality.delivery.sending import taken
from quality.people.actor import Actor
from tests.harness.people import Cast
from tests.harness.purchases import settings

Fits = dict[str, Any]
HERE = "/desk/endpoints/"


def of_endpoints(session: Session, cast: Cast, now: Any) -> Iterator[tuple[str, Actor, str, Fits, str]]:
    """`now` stands for the moment at which a form is sent."""
    handle, code = tested_endpoint(session, cast.desk)
    one = f"{HERE}{handle}"
    yield "endpoint", cast.desk, f"{HERE}new", {"url": "https://8.8.4.4/notices"}, ""
    yield "mailbox", cast.desk, f"{HERE}contact", {"email": "notices@tl.example"}, HERE
    reach = {"order": "email,webhook,letter", "recipient": "法务部", "address": "云州市云山路1号"}
    yield "reach", cast.desk, f"{HERE}reach", reach, HERE
    yield "code", cast.desk, f"{one}/confirm", {"code": code}, one
    yield "since", cast.desk, f"{one}/recover", {"since": now}, one
    yield "conformance", cast.desk, "/desk/conformance/", {"url": "https://8.8.4.4/try"}, ""


def tested_endpoint(session: Session, desk: Actor) -> tuple[str, str]:
    """The handle of an endpoint that took its test, and the code that the test carried."""
    endpoint, _secret = endpoints.add(session, settings(), "https://8.8.8.8/notices", by=desk)
    delivery = endpoints.send_test(session, endpoint, by=desk)
    taken(delivery, clock.now())
    session.flush()
    return endpoint.handle, json.loads(delivery.message.body)["data"]["code"]
