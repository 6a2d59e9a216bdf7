"""A platform's program. Written from docs/api.md and the OpenAPI document alone: it knows nothing else of Mingcha."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from svix.webhooks import Webhook, WebhookVerificationError

from tests.outside.asking import ask, do, every, patiently


@dataclass
class Inbox:
    """Where webhooks arrive. What is not signed by our secret is refused, what came before is not taken twice."""

    address: str = ""
    secret: str = ""
    seen: set[str] = field(default_factory=set)
    refused: int = 0
    signatures: int = 0  # on what came last
    messages: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer with."""
        try:
            Webhook(self.secret).verify(body, dict(headers))
        except WebhookVerificationError:
            self.refused += 1
            return 400
        self.signatures = len(headers["webhook-signature"].split())
        if headers["webhook-id"] not in self.seen:
            self.seen.add(headers["webhook-id"])
            self.messages.put(json.loads(body))
        return 204

    def next(self, type: str, seconds: float = 30) -> dict[str, Any]:
        """What the next message of this type says; those of other types that come before are let go."""
        while True:
            message = self.messages.get(timeout=seconds)
            if message["type"] == type:
                data: dict[str, Any] = message["data"]
                return data


@contextmanager
def inbox() -> Iterator[Inbox]:
    """A server of ours, as long as the block lasts."""
    ours = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(ours.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    ours.address = f"http://127.0.0.1:{server.server_address[1]}/mingcha"
    try:
        yield ours
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def subscribe(program: httpx.Client, person: httpx.Client, ours: Inbox) -> str:
    """Have notices sent to our inbox: a program sets it up, a person says that the test arrived. The endpoint's id."""
    made = do(program, "/platform/webhooks", {"url": ours.address})
    ours.secret = made["secret"]
    do(program, f"/platform/webhooks/{made['id']}/test")
    code = ours.next("webhook.test")["code"]
    confirmed = do(person, f"/platform/webhooks/{made['id']}/confirm", {"code": code})
    assert confirmed["confirmed_at"]
    return str(made["id"])


def rotate(program: httpx.Client, endpoint: str, ours: Inbox) -> str:
    """Change over to a new secret. The old one."""
    old, ours.secret = ours.secret, do(program, f"/platform/webhooks/{endpoint}/rotate")["secret"]
    return old


def recover(program: httpx.Client, endpoint: str, since: str) -> int:
    return int(do(program, f"/platform/webhooks/{endpoint}/recover", {"since": since})["messages"])


def messages(program: httpx.Client, endpoint: str) -> list[dict[str, Any]]:
    return list(every(program, f"/platform/webhooks/{endpoint}/messages"))


def unsubscribe(program: httpx.Client, endpoint: str) -> None:
    patiently(program, "DELETE", f"/platform/webhooks/{endpoint}")


def to_answer(program: httpx.Client) -> list[str]:
    """Numbers of the notices that are not answered to their end."""
    statuses = ["issued", "served", "acknowledged", "reopened"]
    return [line["number"] for line in every(program, "/platform/notices", status=statuses)]


def read(program: httpx.Client, number: str) -> dict[str, Any]:
    notice: dict[str, Any] = ask(program, f"/platform/notices/{number}")
    return notice


def document(program: httpx.Client, number: str) -> bytes:
    """The notice itself, which is Chinese."""
    return patiently(program, "GET", f"/platform/notices/{number}.pdf", headers={"Accept-Language": "zh"}).content


def acknowledge(program: httpx.Client, number: str, reference: str) -> dict[str, Any]:
    done: dict[str, Any] = do(program, f"/platform/notices/{number}/acknowledge", {"reference": reference})
    return done


def prove(program: httpx.Client, name: str, bytes: bytes) -> str:
    """Send a file that proves what we say. Its hash."""
    kept = do(program, "/evidence", files={"file": (name, bytes)}, data={"kind": "platform_proof"})
    return str(kept["sha256"])


def answer(program: httpx.Client, number: str, outcomes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Say what became of listings; what was said of each, in the same order: `ok`, or why not."""
    said: list[dict[str, Any]] = do(program, f"/platform/notices/{number}/outcomes", {"outcomes": outcomes})["items"]
    return said


def listings(notice: Mapping[str, Any], *statuses: str) -> list[dict[str, Any]]:
    return [item for item in notice["items"] if item["status"] in statuses]
