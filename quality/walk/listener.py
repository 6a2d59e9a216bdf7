"""A platform's own system, as far as a walk needs one: it takes webhooks, and believes those that `svix` verifies.

`svix` is what many receivers use; it checks id, moment and signature by the specification (Standard Webhooks).
"""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

MOST = 4 << 20  # bytes of a body
PATH = "/mingcha-walk/"


class Listener:
    """Listens on this machine while a walk goes on. `secrets` are those of its endpoints, by path."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.codes: dict[str, str] = {}  # of the tests that arrived, by path
        self.heard: set[tuple[str, str]] = set()  # type and number of what was verified
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Here", (Handler,), {"listener": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> bool:
        """Whether it was signed with the secret of this endpoint. Nothing else is read."""
        from svix.webhooks import Webhook, WebhookVerificationError  # noqa: PLC0415 - 300 modules, for a walk alone

        secret = self.secrets.get(path)
        if secret is None:
            return False
        try:
            Webhook(secret).verify(body, headers)
        except WebhookVerificationError:
            return False
        said: dict[str, Any] = json.loads(body)
        if said["type"] == "webhook.test":
            self.codes[path] = said["data"]["code"]
        self.heard.add((said["type"], said["data"].get("number", "")))
        return True


class Handler(BaseHTTPRequestHandler):
    listener: Listener

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, MOST))
        is_ours = self.listener.take(self.path, dict(self.headers), body)
        self.send_response(HTTPStatus.NO_CONTENT if is_ours else HTTPStatus.BAD_REQUEST)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a walk prints its own."""
