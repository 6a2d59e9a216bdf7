"""What a virus scanner says of a file: clamd, over its own protocol (clamd(8), INSTREAM).

It is sent what it is to look at and opens nothing of ours, so it may run on another machine and as another user.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

PIECE = 256 * 1024  # bytes at once
REACHED_WITHIN = 2.0  # seconds: it runs on this machine or beside it
LONGEST_ANSWER = 4096
FOUND = re.compile(r"^stream: (?P<name>.{1,200}) FOUND$", re.DOTALL)


class Outcome(StrEnum):
    WAITING = "waiting"  # it was not reached; a job asks again
    CLEAN = "clean"
    FOUND = "found"
    TOO_LARGE = "too_large"  # longer than it takes (its StreamMaxLength)


class Scanned(NamedTuple):
    outcome: Outcome
    name: str = ""  # of what was found, as the scanner calls it


class Away(Exception):
    """It does not answer, or not in time, or says nothing that we know."""


def scanned(url: str, file: BinaryIO, within: float) -> Scanned:
    """Send the whole file and wait for what is said of it, `within` so many seconds in all. Else `Away`."""
    file.seek(0)
    with talking(url, within) as (line, ends):
        try:
            line.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE):
                line.settimeout(left(ends))
                line.sendall(len(piece).to_bytes(4, "big") + piece)
            line.sendall(bytes(4))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough, and says why
        said = answer(line, ends)
    if said == "stream: OK":
        return Scanned(Outcome.CLEAN)
    if found := FOUND.match(said):
        return Scanned(Outcome.FOUND, found["name"])
    if "size limit exceeded" in said:
        return Scanned(Outcome.TOO_LARGE)
    raise Away(said)


def version(url: str) -> str:
    """What it calls itself, with the age of what it knows. `Away` where it does not answer."""
    with talking(url, REACHED_WITHIN) as (line, ends):
        line.sendall(b"zVERSION\0")
        return answer(line, ends)


@contextmanager
def talking(url: str, within: float) -> Iterator[tuple[socket.socket, float]]:
    ends = time.monotonic() + within
    try:
        with closing(connected(url)) as line:
            yield line, ends
    except OSError as failed:  # no such socket, nobody there, too slow
        raise Away(type(failed).__name__) from failed


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    if parts.scheme == "tcp":
        return socket.create_connection((parts.hostname, parts.port), REACHED_WITHIN)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(REACHED_WITHIN)
    try:
        line.connect(parts.path)
    except OSError:
        line.close()
        raise
    return line


def answer(line: socket.socket, ends: float) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < LONGEST_ANSWER:
        line.settimeout(left(ends))
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        said += piece
    return said.rstrip(b"\0\n").decode("utf-8", "replace")


def left(ends: float) -> float:
    """Seconds until then; TimeoutError when there are none."""
    rest = ends - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    return rest
