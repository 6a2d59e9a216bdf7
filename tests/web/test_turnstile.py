"""One works while others send: who is slow keeps nobody waiting, and nobody works beside another."""

from __future__ import annotations

import io
import threading
import time
from typing import Any

import pytest

from quality.web.bounds import SMALL
from quality.web.turnstile import Turnstile


class Slow(io.RawIOBase):
    """A body that comes when the test says so."""

    def __init__(self) -> None:
        self.come = threading.Event()

    def read(self, size: int = -1) -> bytes:
        assert self.come.wait(10)
        return b"x" * size


def environ(body: Any = None, **more: str) -> dict[str, Any]:
    return {"wsgi.input": body or io.BytesIO(), **more}


def test_who_sends_slowly_keeps_nobody_waiting_and_is_read_whole() -> None:
    read: list[bytes] = []

    def program(environ: dict[str, Any], _start: Any) -> list[bytes]:
        read.append(environ["wsgi.input"].read())
        return [b""]

    door, slow = Turnstile(program), Slow()
    waiting = threading.Thread(target=door, args=(environ(slow, CONTENT_LENGTH="5"), None))
    waiting.start()
    door(environ(), lambda *_: None)  # type: ignore[arg-type]
    assert read == [b""]
    slow.come.set()
    waiting.join(10)
    assert read == [b"", b"xxxxx"]


def test_two_never_work_at_once() -> None:
    inside, most = [0], [0]

    def program(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.005)
        inside[0] -= 1
        return [b""]

    door = Turnstile(program)
    threads = [threading.Thread(target=door, args=(environ(), None)) for _eight in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1]


@pytest.mark.parametrize(
    "said", [{"CONTENT_LENGTH": str(SMALL + 1)}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": "-1"}]
)
def test_a_large_body_and_one_of_unknown_length_take_no_turn(said: dict[str, str]) -> None:
    held = threading.Event()

    def program(environ: dict[str, Any], _start: Any) -> list[bytes]:
        if said.items() <= environ.items():
            return [environ["wsgi.input"].read(1)]
        assert held.wait(10)
        return [b""]

    door = Turnstile(program)
    working = threading.Thread(target=door, args=(environ(), None))
    working.start()
    assert door(environ(io.BytesIO(b"abc"), **said), lambda *_: None) == [b"a"]  # type: ignore[arg-type]
    held.set()
    working.join(10)
