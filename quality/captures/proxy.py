"""The only way out that the browser has: to hosts that the agency named, at addresses that were checked and pinned.

Every request of a page goes through here, its redirects and pictures too. So a name that leads into our network, or
that answers differently the second time it is asked, leads nowhere; and what a page sends us has an end.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

from quality.delivery.guard import PORTS, Resolve, Target, Unsafe, checked, parts_of, resolve

HEAD = 64 * 1024  # bytes of a request before its body
CONNECTING = 5.0  # seconds
IDLE = 20.0
PIECE = 64 * 1024


class Limits(NamedTuple):
    hosts: Sequence[str]  # "shop.example", "*.shop.example"
    most_bytes: int
    allow_private: bool = False


def is_allowed(host: str, hosts: Sequence[str]) -> bool:
    """`*.shop.example` is every name below it, and not itself."""
    return any(host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in hosts)


class Proxy:
    """Runs within a `with`; then says what it carried, and whether it refused the page itself."""

    def __init__(self, limits: Limits, resolve: Resolve = resolve) -> None:
        self.limits = limits
        self.resolve = resolve
        self.refused: list[str] = []  # hosts
        self.is_full = False
        self._carried = 0
        self._lock = threading.Lock()
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy.serve(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler, bind_and_activate=True)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_full = True if kind else self.is_full
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(self, client: socket.socket) -> None:
        client.settimeout(IDLE)
        try:
            head, _blank, rest = read_head(client).partition(b"\r\n\r\n")
            method, asked = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")[:2]
            is_tunnel = method == "CONNECT"
            target = self.check(f"https://{asked}/" if is_tunnel else asked)
            if target is None or (not is_tunnel and method not in {"GET", "HEAD"}):
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with connected(target) as server:
                if is_tunnel:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    server.sendall(rest)
                    threading.Thread(target=self.upload, args=(client, server), daemon=True).start()
                else:
                    server.sendall(plain_request(method, target, head))
                self.download(server, client)
        except (OSError, ValueError):
            return  # the browser is told by the end of the connection

    def check(self, url: str) -> Target | None:
        """Where it leads, or None. A plain http address is one of a test."""
        parts = parts_of(url)
        if parts is None:
            return None
        try:
            if not is_allowed(parts.host, self.limits.hosts):
                raise NotNamed(parts.host)
            if parts.port != PORTS[parts.scheme] and not self.limits.allow_private:
                raise NotNamed(parts.host)
            return checked(url, self.resolve, allow_private=self.limits.allow_private)
        except (Unsafe, NotNamed):
            self.refused.append(parts.host)
            return None

    def upload(self, client: socket.socket, server: socket.socket) -> None:
        try:
            while piece := client.recv(PIECE):
                server.sendall(piece)
        except OSError:
            return

    def download(self, server: socket.socket, client: socket.socket) -> None:
        while piece := server.recv(PIECE):
            with self._lock:
                self._carried += len(piece)
                self.is_full = self.is_full or self._carried > self.limits.most_bytes
            if self.is_full:
                return
            client.sendall(piece)


class NotNamed(Exception):
    """The agency has not named this host."""


def read_head(client: socket.socket) -> bytes:
    read = b""
    while b"\r\n\r\n" not in read:
        piece = client.recv(PIECE)
        if not piece or len(read) > HEAD:
            raise ValueError("no request")
        read += piece
    return read


def connected(target: Target) -> socket.socket:
    failed: OSError = OSError("no address")
    for address in target.addresses:
        try:
            found = socket.create_connection((address, target.port), CONNECTING)
        except OSError as this:
            failed = this
            continue
        found.settimeout(IDLE)
        return found
    raise failed


def plain_request(method: str, target: Target, head: bytes) -> bytes:
    """One request and no more: the connection is closed behind its answer."""
    left_out = (b"proxy-", b"connection:", b"host:")
    lines = [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith(left_out)]
    first = f"{method} {target.path} HTTP/1.1\r\nHost: {target.host_header}\r\nConnection: close".encode()
    return b"\r\n".join([first, *lines, b"", b""])
