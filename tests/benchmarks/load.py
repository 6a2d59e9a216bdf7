"""Several readers at once on a real server: each asks, reads the answer whole, and asks again at once."""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

READERS = 8


class Load(NamedTuple):
    each: float  # seconds of the clock for each answer
    p50: float
    p99: float
    cpu: float  # seconds of the processor that the server took for each; 0 where it is not named


def load(
    port: int,
    asked: Iterator[bytes],
    seconds: float,
    *,
    readers: int = READERS,
    status: bytes = b"200",
    pid: int | None = None,
) -> Load:
    """Whatever is `asked`, by whoever is free. All answers have the same status. `pid`: who answers."""
    took, wrong = list[float](), list[bytes]()
    until = time.perf_counter() + seconds

    def read() -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (began := time.perf_counter()) < until:
                connection.sendall(next(asked))
                first = answered(connection)
                took.append(time.perf_counter() - began)
                if status not in first:
                    wrong.append(first)
                    return

    threads = [threading.Thread(target=read) for _reader in range(readers)]
    began, worked = time.perf_counter(), processor(pid)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed, worked = time.perf_counter() - began, processor(pid) - worked
    assert not wrong, wrong[0]
    took.sort()
    return Load(elapsed / len(took), median(took), took[int(len(took) * 0.99)], worked / len(took))


def processor(pid: int | None) -> float:
    """Seconds that a process has taken of the processor, in all its threads (proc(5))."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answered(connection: socket.socket) -> bytes:
    """The status line, once the answer is read."""
    got = connection.recv(65536)
    while (end := got.find(b"\r\n\r\n")) < 0:
        got += connection.recv(65536)
    head = got[:end].lower()
    at = head.find(b"content-length:")
    if at >= 0:
        left = int(head[at + 15 :].split(b"\r\n", 1)[0]) - (len(got) - end - 4)
        while left > 0:
            left -= len(connection.recv(65536))
    elif b"chunked" in head:
        while not got.endswith(b"0\r\n\r\n"):
            got = got[-8:] + connection.recv(65536)
    return head.partition(b"\r\n")[0]


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{lines}\r\n".encode()


def each_time_another(path: str) -> Iterator[bytes]:
    """The same page under an address that nobody has asked for before, so that none is given again.

    Readers take from it at the same moment, which a generator refuses.
    """
    return map(lambda number: get(f"{path}{'&' if '?' in path else '?'}n={number}"), NUMBERS)


NUMBERS = itertools.count()


def rows_of_stream(port: int, path: str) -> Iterator[bytes]:
    """What comes, as it comes."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(get(path, Connection="close"))
        while some := connection.recv(1 << 20):
            yield some
