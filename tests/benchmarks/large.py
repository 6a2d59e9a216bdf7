"""A gigabyte of evidence through a real `mingcha serve`: sent and fetched, and what it costs a worker in memory."""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from moto.server import ThreadedMotoServer

from quality.core.surroundings import CHECKOUT
from quality.people import keys
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind
from quality.people.operations import add_organisation
from quality.permissions import Role
from tests.benchmarks.measure import Row
from tests.harness.databases import environment_for

GIGABYTE = 1024**3
QUARTER = GIGABYTE // 4  # for the bucket: the test's server of S3 reads a file anew for each range of it
AT_ONCE = 1024**2
MOST_GROWTH = 100 * 1024**2  # bytes of a worker's memory (CONTRACT of issue 4)
BOX = b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp41"
ENDS = b'\r\n--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nopening\r\n--x--\r\n'
BEGINS = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'


class Cost(NamedTuple):
    seconds: float
    growth: int  # bytes: the worker's most during the request, less what it held before


def a_film(size: int) -> Iterator[bytes]:
    """An MP4 of one box of noise, a megabyte at a time; the same for the same size."""
    left = size - len(BOX) - 16
    yield BOX + b"\x00\x00\x00\x01mdat" + (left + 16).to_bytes(8, "big")
    noise = hashlib.shake_256(b"noise").digest(AT_ONCE)
    number = 0
    while left > 0:
        piece = (number.to_bytes(8, "big") + noise[8:])[: min(left, AT_ONCE)]
        yield piece
        left -= len(piece)
        number += 1


def a_key(session: Any) -> str:
    agency = add_organisation(session, kind=OrganisationKind.AGENCY, code="LARGE", name="大件检验所", by=SYSTEM)
    membership = keys.program_of(session, agency, Role.COORDINATOR, by=SYSTEM)
    _key, secret = keys.make(session, membership, name="bench", by=SYSTEM)
    session.commit()
    return secret


@contextmanager
def serving(database: str, folder: Path, **more: str) -> Iterator[tuple[int, int]]:
    """A program of one worker, or of `WORKERS`: its port, and a worker's process."""
    workers = more.pop("WORKERS", "1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = os.environ | environment_for(database, folder) | {"PYTHONPATH": str(CHECKOUT)} | more
    command = [
        sys.executable,
        "-m",
        "quality.cli",
        "serve",
        "--port",
        str(port),
        "--workers",
        workers,
        "--no-jobs",
    ]
    server = subprocess.Popen(command, cwd=CHECKOUT, env=told)
    try:
        until(lambda: answers(port))
        yield port, worker_of(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def until(is_so: Any) -> None:
    patience = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > patience:
            raise TimeoutError("the server does not answer")
        time.sleep(0.1)


def answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False


def worker_of(pid: int) -> int:
    """The process that answers: the one without children."""
    while children := Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pid = int(children[-1])
    return pid


def memory(pid: int, name: str) -> int:
    """`VmRSS` is what it holds, `VmHWM` the most since `forget_the_most`; in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def forget_the_most(pid: int) -> int:
    Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5)
    return memory(pid, "VmRSS")


def send(port: int, secret: str, pid: int, size: int) -> tuple[Cost, str]:
    """As multipart, of a known length; the sha256 that was answered is that of what was sent."""
    before, begun = forget_the_most(pid), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.putrequest("POST", "/api/v1/evidence")
    connection.putheader("Authorization", f"Bearer {secret}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(len(BEGINS) + size + len(ENDS)))
    connection.endheaders(BEGINS)
    digest = hashlib.sha256()
    for piece in a_film(size):
        digest.update(piece)
        connection.send(piece)
    connection.send(ENDS)
    answer = connection.getresponse()
    body = answer.read().decode()
    cost = Cost(time.monotonic() - begun, memory(pid, "VmHWM") - before)
    assert answer.status == http.HTTPStatus.CREATED, body
    assert digest.hexdigest() in body
    return cost, digest.hexdigest()


def fetch(port: int, secret: str, pid: int, sha256: str, *, a_second: int = 0) -> Cost:
    """Whole, and as it was sent; not faster than so many bytes a second, for a slow reader."""
    before, begun = forget_the_most(pid), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    connection.request("GET", f"/api/v1/evidence/{sha256}/file", headers={"Authorization": f"Bearer {secret}"})
    answer, digest, read = connection.getresponse(), hashlib.sha256(), 0
    while piece := answer.read(AT_ONCE):
        digest.update(piece)
        read += len(piece)
        if a_second:
            time.sleep(max(0, read / a_second - (time.monotonic() - begun)))
    cost = Cost(time.monotonic() - begun, memory(pid, "VmHWM") - before)
    assert (answer.status, digest.hexdigest()) == (http.HTTPStatus.OK, sha256)
    return cost


def rows(database: str, address: str, session: Any, folder: Path, size: int = GIGABYTE) -> list[Row]:
    """With the vault in a folder, and in a store that speaks S3."""
    secret, made = a_key(session), list[Row]()
    with serving(address, folder) as server:
        made += measured(server, secret, size, database, "in a folder")
    with a_bucket() as told, serving(address, folder, **told) as server:
        made += measured(server, secret, min(size, QUARTER), database, "in a bucket")
    return made


def measured(server: tuple[int, int], secret: str, size: int, database: str, where: str) -> list[Row]:
    port, pid = server
    sent, sha256 = send(port, secret, pid, size)
    costs = {
        "sent": sent,
        "fetched": fetch(port, secret, pid, sha256),
        "fetched by a slow reader": fetch(port, secret, pid, sha256, a_second=size // 8),
    }
    return [
        Row(
            f"growth of a worker, {size / GIGABYTE:.2g} GiB of evidence {where}: {name}, {cost.seconds:.1f} s",
            "100 MiB", database, cost.growth, MOST_GROWTH, cost.growth / MOST_GROWTH, 1.0, "B",
        )
        for name, cost in costs.items()
    ]  # fmt: skip


@contextmanager
def a_bucket() -> Iterator[dict[str, str]]:
    """What a program is told, to keep its evidence in a bucket of an S3 server on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it names every part
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.put(f"http://{host}:{port}/evidence").raise_for_status()
    credentials = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    yield {"EVIDENCE_URL": f"s3://evidence?endpoint=http://{host}:{port}", **credentials}
    server.stop()
