"""What the public reads, with a million published results, eight readers at once, on the server that we ship with.

Floors in the same run: a bare Flask page that reads the same 50 rows by SQLAlchemy Core, Flask's empty route, a bare
cursor with csv.writer. The peer, datasette, has a Python of its own, named by `PEER_PYTHON`; without it its rows are
left out, and said to be. `python -m tests.benchmarks.public [RESULTS]` measures these alone, on SQLite.
"""

from __future__ import annotations

import csv
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import quote

from flask import Flask

from quality import create_app
from quality.core import migrations
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from tests.benchmarks.large import forget_the_most, memory, serving, until, worker_of
from tests.benchmarks.load import Load, each_time_another, get, load, processor, rows_of_stream
from tests.benchmarks.measure import Row, as_markdown
from tests.benchmarks.published import NAMED, filled, flat
from tests.harness.databases import environment_for, settings_for

MANY, FEW = 1_000_000, 10_000
SECONDS, ROUNDS = 2.0, 5
MOST_MEMORY = 200 * 1024**2  # bytes of a worker that gives out everything
BARE = Path(__file__).with_name("bare_public.py")
SEARCH = quote("玩具")
LISTS = {"list": "/results", "list of one platform": "/results?platform=TL", "search by 玩具": f"/results?q={SEARCH}"}
BARELY = "_size=50&_sort_desc=id&_nofacet=1&_nosuggest=1&_nocount=1"  # what datasette can leave out
ASKED_OF_DATASETTE = {
    "list": f"/flat/flat?{BARELY}",
    "list of one platform": f"/flat/flat?platform_code=TL&{BARELY}",
    "search by 玩具": f"/flat/flat?product_name__contains={SEARCH}&{BARELY}",
    "a result": "/flat/flat/77",
    "a result as JSON": "/flat/flat/77.json",
}
OURS = LISTS | {"a result": "/results/R-B-77", "a result as JSON": "/results/R-B-77.json"}
Deed = Callable[[], Load]


class Server(NamedTuple):
    port: int
    pid: int


def rows(database: str, many: tuple[Flask, str], few: tuple[Flask, str], folder: Path) -> list[Row]:
    """Each is a filled program with its address."""
    found = list[Row]()
    with serving(many[1], folder) as ours, bare(many[1], folder) as floor:
        mine = Server(*ours)
        found += made_anew(database, mine, floor)
        found += given_again(database, mine, floor)
        with serving(few[1], folder) as other:
            found += by_size(database, mine, Server(*other))
        found += everything(database, mine, many[0], folder)
        found += beside_the_peer(database, mine, many[0], folder)
    return found


def in_rounds(ours: Deed, theirs: Deed) -> tuple[Load, Load, float]:
    """A B A B …: the medians, and the median of the ratios pair by pair.

    Of the processor's time that an answer takes: beside other work that is the same, and a rate is not.
    """
    pairs = [(ours(), theirs()) for _round in range(ROUNDS)]
    ratio = median(a.cpu / b.cpu for a, b in pairs)
    return middle([a for a, _ in pairs]), middle([b for _, b in pairs]), ratio


def middle(loads: Sequence[Load]) -> Load:
    return Load(*(median(column) for column in zip(*loads, strict=True)))


def compared(what: str, floor: str, database: str, *, bar: float, ours: Deed, theirs: Deed) -> Row:
    mine, other, ratio = in_rounds(ours, theirs)
    print(f"· {what}: {as_text(mine)}; {floor}: {as_text(other)}", file=sys.stderr)
    return Row(what, floor, database, mine.cpu, other.cpu, ratio, bar)


def as_text(measured: Load) -> str:
    slow = f"p50 {measured.p50 * 1000:.1f} ms, p99 {measured.p99 * 1000:.1f} ms"
    return f"{measured.cpu * 1000:.2f} ms of the processor, {1 / measured.each:.0f} a second, {slow}"


def anew(server: Server, path: str, share: float = 1) -> Deed:
    """Under another address each time, so that every answer is made."""
    return lambda: load(server.port, each_time_another(path), SECONDS * share, pid=server.pid)


def again(server: Server, asked: bytes, status: bytes = b"200") -> Deed:
    return lambda: load(server.port, repeat(asked), SECONDS, status=status, pid=server.pid)


def made_anew(database: str, ours: Server, floor: Server) -> list[Row]:
    against = "a bare Flask page of the same 50 rows by SQLAlchemy Core"
    return [
        compared(
            f"public {name}, made anew, 8 readers", against, database,
            bar=1.5, ours=anew(ours, path), theirs=anew(floor, path),
        )
        for name, path in LISTS.items()
    ]  # fmt: skip


def given_again(database: str, ours: Server, floor: Server) -> list[Row]:
    """By the epoch, before Flask."""
    page = "/results/R-B-77"
    unchanged = again(ours, get(page, If_None_Match=etag_of(ours.port, page)), b"304")
    asked = {"a result, given again": again(ours, get(page)), "a result, unchanged (304)": unchanged}
    empty = again(floor, get("/"))
    return [
        compared(f"public: {name}, 8 readers", "Flask's empty route", database, bar=1 / 1.3, ours=deed, theirs=empty)
        for name, deed in asked.items()
    ]


def etag_of(port: int, path: str) -> str:
    head = b"".join(rows_of_stream(port, path)).partition(b"\r\n\r\n")[0].decode().lower()
    return head.partition("etag: ")[2].partition("\r\n")[0]


def by_size(database: str, many: Server, few: Server) -> list[Row]:
    pages = LISTS | {
        "a result": "/results/R-B-77", "a result as JSON": "/results/R-B-77.json", "first page": "/",
        "feed": "/results.atom", "list, far down": f"/results?cursor={quote('2022-01-03T00:00:00.000000Z,2880')}",
    }  # fmt: skip
    return [
        compared(
            f"public pages with {MANY:,} results: {name}", f"with {FEW:,}", database,
            bar=1.5, ours=anew(many, path, 0.5), theirs=anew(few, path, 0.5),
        )
        for name, path in pages.items()
    ]  # fmt: skip


# --- everything as a table ---


def everything(database: str, ours: Server, app: Flask, folder: Path) -> list[Row]:
    """Whole, by a row of it, against a bare cursor with csv.writer that writes the same cells to nowhere."""
    path = folder / f"flat-{database}.db"
    flat(app, path)
    pairs = []
    before = forget_the_most(ours.pid)
    for _round in range(3):
        began = processor(ours.pid)
        got = ends_of_lines(rows_of_stream(ours.port, "/results.csv"))
        mine, began = processor(ours.pid) - began, time.process_time()
        theirs = bare_table(path)
        pairs.append((mine / max(got, 1), (time.process_time() - began) / theirs, got, theirs))
    growth = memory(ours.pid, "VmHWM") - before
    assert all(abs(got - theirs) < theirs // 1_000 for _mine, _floor, got, theirs in pairs), (
        "complete, but for rows cut by reading"
    )
    mine, floor = median(a for a, *_ in pairs), median(b for _, b, *_ in pairs)
    ratio = median(a / b for a, b, *_ in pairs)
    return [
        Row(
            "all results as CSV, over a socket: a row", "a bare cursor and csv.writer", database, mine, floor, ratio, 1
        ),
        Row("growth of a worker meanwhile", "200 MiB", database, growth, MOST_MEMORY, growth / MOST_MEMORY, 1, "B"),
    ]


def ends_of_lines(stream: Iterator[bytes]) -> int:
    """Of the table, each of which bears the address of its page; the rest are the heading's and of the chunks."""
    return sum(some.count(PAGE) for some in whole_lines(stream))


def whole_lines(stream: Iterator[bytes]) -> Iterator[bytes]:
    """As it comes, but nothing that is sought is cut in two."""
    kept = b""
    for some in stream:
        seen, _end, rest = (kept + some).rpartition(b"\n")
        yield seen
        kept = rest
    yield kept


PAGE = b"/results/R-B-"


def bare_table(path: Path) -> int:
    many = 0
    with sqlite3.connect(path) as there, open(os.devnull, "w", encoding="utf-8", newline="") as nowhere:
        writer = csv.writer(nowhere)
        for row in there.execute(f"SELECT {', '.join(NAMED)} FROM flat ORDER BY id DESC"):
            writer.writerow(row)
            many += 1
    there.close()
    return many


# --- servers beside ours ---


@contextmanager
def bare(address: str, folder: Path) -> Iterator[Server]:
    """`bare_public.py` on the same server, a worker of one thread: more would only wait for each other."""
    port = free_port()
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-log", "--blocking-threads", "1"]
    told = os.environ | environment_for(address, folder) | {"PYTHONPATH": str(CHECKOUT)}
    with running([*granian, "--port", str(port), "bare_public:app"], port, told, BARE.parent) as pid:
        yield Server(port, pid)


def beside_the_peer(database: str, ours: Server, app: Flask, folder: Path) -> list[Row]:
    python = os.environ.get("PEER_PYTHON")
    if database != "SQLite":
        return []
    if not python or subprocess.run([python, "-c", "import datasette"], capture_output=True, check=False).returncode:
        print("· no peer: PEER_PYTHON names no Python that has datasette", file=sys.stderr)
        return []
    path, port = folder / "flat.db", free_port()
    (folder / f"flat-{database}.db").rename(path)
    datasette = [python, "-m", "datasette", "serve", "-i", str(path), "-p", str(port)]
    command = [*datasette, "--setting", "sql_time_limit_ms", "10000"]
    found = []
    with running(command, port, dict(os.environ), folder) as pid:
        peer = Server(port, pid)
        for name, asked in ASKED_OF_DATASETTE.items():
            what = f"public {name}, as readers get it, 8 readers"
            mine, theirs, ratio = in_rounds(again(ours, get(OURS[name])), again(peer, get(asked)))
            print(f"· {what}: {as_text(mine)}; datasette: {as_text(theirs)}", file=sys.stderr)
            bar, slow = 1 / 15 if name in LISTS else 1 / 3, mine.p99 / theirs.p50
            found.append(Row(what, "datasette", database, mine.cpu, theirs.cpu, ratio, bar))
            found.append(Row(f"{what}: p99", "datasette's p50", database, mine.p99, theirs.p50, slow, 1))
        for name in ("a result", "a result as JSON"):
            found.append(
                compared(
                    f"public {name}, made anew, 8 readers", "datasette", database,
                    bar=1 / 3, ours=anew(ours, OURS[name]), theirs=again(peer, get(ASKED_OF_DATASETTE[name])),
                )
            )  # fmt: skip
    return found


@contextmanager
def running(command: list[str], port: int, told: dict[str, str], folder: Path) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=folder, env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: is_open(port))
        yield worker_of(process.pid)
    finally:
        process.terminate()
        process.wait()


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, programs = Path(name), list[tuple[Flask, str]]()
        for size in (many, min(many, FEW)):
            address = f"sqlite:///{folder}/{len(programs)}.db"
            app = create_app(replace(settings_for(address, folder)))
            with app.app_context():
                migrations.upgrade()
            began = time.perf_counter()
            filled(app, size)
            print(f"· {size:,} results: {time.perf_counter() - began:.1f} s", file=sys.stderr)
            programs.append((app, address))
            with app.app_context():
                db.engine.dispose()
        print(as_markdown(rows("SQLite", programs[0], programs[1], folder)))


if __name__ == "__main__":
    main()
