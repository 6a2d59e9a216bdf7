"""A platform's own system: a real server that answers as the test says, and keeps what it was sent."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Taken(NamedTuple):
    """One request as it came."""

    headers: Mapping[str, str]  # names in lower case
    body: bytes
    path: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.body)
        return read


class Reply(NamedTuple):
    status: int = 204
    headers: Mapping[str, str] = {}
    body: bytes = b""
    hangs: float = 0.0  # seconds before the first byte
    drips: float = 0.0  # seconds between the bytes


@dataclass
class Receiver:
    """`answers` gives the reply to each request; by default it takes everything."""

    url: str = ""
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    answers: Callable[[Taken], Reply] = lambda _taken: Reply()
    closing: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> Counter[str]:
        return Counter(each.id for each in self.taken)

    def of(self, type: str) -> list[Taken]:
        return [each for each in self.taken if each.said["type"] == type]


@contextmanager
def receiver(answers: Callable[[Taken], Reply] | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listens on a port of this machine until the test ends."""
    here = Receiver()
    here.answers = answers or here.answers

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            taken = Taken({name.lower(): value for name, value in self.headers.items()}, body, self.path)
            here.taken.append(taken)
            reply = here.answers(taken)
            here.closing.wait(reply.hangs)
            head = [f"HTTP/1.1 {reply.status} Said", f"Content-Length: {len(reply.body)}"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            text = "\r\n".join([*head, "", ""]).encode() + reply.body
            pieces = [text[at : at + 1] for at in range(len(text))] if reply.drips else [text]
            for piece in pieces:
                self.wfile.write(piece)
                if here.closing.wait(reply.drips):
                    break

        def log_message(self, *_said: Any) -> None:
            """Nothing: the test looks at `taken`."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128
        daemon_threads = True

        def handle_error(self, *_of: Any) -> None:
            """Whoever called has hung up; some tests want that."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    here.port = server.server_address[1]
    here.url = f"{'https' if tls else 'http'}://127.0.0.1:{here.port}/in"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        here.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """For what another process does: looks again until it holds, and says so if it never does."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)
