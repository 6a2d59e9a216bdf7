"""By which laboratories and platforms take part in a walk: the API over HTTP, with keys of their own.

The program is served on this machine while the walk goes on, at a port of its own, on the configured database. Keys
and endpoints are made when they are first needed and taken back at the end; who is killed leaves keys that nobody
knows and that end within a day, and endpoints that the next walks remove.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import sqlalchemy as sa
from flask import Flask
from flask_babel import get_locale
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import WSGIRequestHandler, make_server

from quality.core.clock import rfc3339
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.delivery.guard import is_public, resolve
from quality.delivery.sending import send_due_webhooks
from quality.notices.models import Notice
from quality.people import keys
from quality.people.actor import Actor
from quality.people.models import Key, Membership, Organisation
from quality.permissions import Role
from quality.walk import crew
from quality.walk.listener import PATH, Listener

API = "/api/v1"
PATIENCE = 60.0  # seconds for one answer
WAITS = (0, 6, 6)  # seconds before a webhook is looked for: another process may have tried it first, in vain
LEFT_BEHIND = 5  # endpoints of walks that were killed; then they are removed
REFUSED, INVALID, TOO_MANY = 400, 422, 429


class Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: a walk prints its own."""


@contextmanager
def served(app: Flask) -> Iterator[httpx.Client]:
    """The program at a free port of this machine, and a client of it."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with client_at(f"http://127.0.0.1:{server.server_port}") as client:
            yield client
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client_at(base: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    return httpx.Client(base_url=base, timeout=PATIENCE, trust_env=False, transport=transport)


class Doors:
    """What a walk asks of the program as a laboratory or as a platform."""

    def __init__(
        self, app: Flask, sessions: sessionmaker[Session], settings: Settings, client: httpx.Client, listener: Listener
    ) -> None:
        self.sessions, self.client, self.listener = sessions, client, listener
        self.settings = replace(settings, webhook_allow_private=True)  # of this process alone; see `only_here`
        app.config["SETTINGS"] = self.settings
        self.secrets: dict[str, str] = {}  # by the signature and role of whom they act for
        self.made: list[tuple[int, Actor]] = []  # keys
        self.endpoints: dict[int, tuple[str, Actor]] = {}  # by platform: the endpoint's id, and who made it

    # --- asking ---

    def ask(self, by: Actor, method: str, address: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer; what is refused there is raised here, in the reader's words."""
        headers = {"Authorization": f"Bearer {self.secret_of(by)}", "Accept-Language": str(get_locale() or "zh")}
        while True:
            try:
                answer = self.client.request(method, f"{API}{address}", json=body, headers=headers)
            except httpx.TransportError as lost:
                raise Refused("no_answer", _("The program did not answer; walk again")) from lost
            if answer.status_code != TOO_MANY:
                break
            time.sleep(int(answer.headers["Retry-After"]))
        said: dict[str, Any] = answer.json()
        if answer.status_code == INVALID:
            raise Invalid(*(FieldProblem(each["field"], each["code"], each["reason"]) for each in said["errors"]))
        if answer.status_code >= REFUSED:
            raise Refused(said["code"], said["detail"])
        return said

    def secret_of(self, by: Actor) -> str:
        """Of a key that acts for this person, made when it is first needed."""
        who = f"{by.signature} {by.organisation_id} {by.role}"
        if who not in self.secrets:
            with self.sessions.begin() as session:
                asked = sa.select(Membership).filter_by(
                    person_id=by.id, organisation_id=by.organisation_id, role=by.role
                )
                membership = session.scalars(asked).one()
                key, secret = keys.make(
                    session, membership, name="mingcha walk", by=Actor.working_in(membership), days=1
                )
                self.made.append((key.id, by))
            self.secrets[who] = secret
        return self.secrets[who]

    # --- webhooks ---

    def listen_for(self, platform: Organisation, session: Session) -> None:
        """Add an endpoint of this platform that leads here, test it, and confirm the test, as its people would."""
        if platform.id in self.endpoints:
            return
        desk, path = crew.actor(session, platform, Role.PLATFORM), f"{PATH}{platform.id}"
        there = self.ask(desk, "GET", "/platform/webhooks")["items"]
        left = [each["id"] for each in there if PATH in each["url"]]
        for handle in left if len(left) >= LEFT_BEHIND else []:
            with suppress(Refused):  # another walk was first
                self.ask(desk, "DELETE", f"/platform/webhooks/{handle}")
        made = self.ask(desk, "POST", "/platform/webhooks", {"url": self.listener.url(path)})
        self.listener.secrets[path] = made["secret"]
        self.endpoints[platform.id] = (made["id"], desk)
        self.ask(desk, "POST", f"/platform/webhooks/{made['id']}/test", {})
        self.wait_for(lambda: path in self.listener.codes)
        self.ask(desk, "POST", f"/platform/webhooks/{made['id']}/confirm", {"code": self.listener.codes[path]})

    def hear_of(self, notice: Notice, session: Session) -> None:
        """The webhook of this notice has arrived here and was verified; one that went elsewhere is sent again."""
        heard = ("notice.issued", notice.number)
        if heard in self.listener.heard:
            return
        assert notice.issued_at is not None, "what is served was issued"
        self.listen_for(notice.platform, session)
        handle, desk = self.endpoints[notice.platform_id]
        self.deliver()
        if heard not in self.listener.heard:
            since = {"since": rfc3339(notice.issued_at)}
            self.ask(desk, "POST", f"/platform/webhooks/{handle}/recover", since)
        self.wait_for(lambda: heard in self.listener.heard)

    def wait_for(self, arrived: Any) -> None:
        for wait in WAITS:
            time.sleep(wait)
            self.deliver()
            if arrived():
                return
        raise Refused("webhook_missing", _("The webhook did not arrive, or was not signed as it must be; walk again"))

    def deliver(self) -> None:
        send_due_webhooks(self.sessions, self.settings, resolve=self.only_here)

    def only_here(self, host: str, port: int) -> Sequence[str]:
        """Where a name leads: to us, or on the public network as ever. That we send to ourselves opens nothing else."""
        found = resolve(host, port)
        is_ours = (host, port) == ("127.0.0.1", self.listener.port)
        if not is_ours and not all(is_public(address) for address in found):
            raise OSError("not on the public network")
        return found

    # --- the end ---

    def give_back(self) -> None:
        """Endpoints and keys."""
        if self.endpoints:
            self.deliver()
        for handle, desk in self.endpoints.values():
            with suppress(Refused):
                self.ask(desk, "DELETE", f"/platform/webhooks/{handle}")
        with self.sessions.begin() as session:
            for key_id, by in self.made:
                keys.revoke(session, session.get_one(Key, key_id), by=by)
        self.endpoints, self.made, self.secrets = {}, [], {}


@contextmanager
def open_doors(
    app: Flask, sessions: sessionmaker[Session], settings: Settings, client: httpx.Client | None = None
) -> Iterator[Doors]:
    """Serve, listen, and give everything back; who is killed in between leaves it as it is."""
    with ExitStack() as stack:
        listener = stack.enter_context(Listener())
        doors = Doors(app, sessions, settings, client or stack.enter_context(served(app)), listener)
        try:
            yield doors
        except (Exception, KeyboardInterrupt):
            doors.give_back()
            raise
        doors.give_back()
