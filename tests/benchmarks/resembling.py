"""One picture searched among a million, from request to hits, against a bare scan of the same hashes in memory.

Ours: `GET /evidence/{sha256}/resembling` at a server of four processes, with its key, its row scope and the hits as
JSON; four readers at once, and one alone. The floor holds the million hashes in numpy already, and counts the bits that
differ from one of them, where ours looks for the picture in three turns too; it knows no request, no rows and no scope.
Four processes scan at once where four readers ask at once. `python -m tests.benchmarks.resembling` measures it alone.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality import create_app, tables
from quality.core import clock, migrations
from quality.core.db import db
from quality.evidence.perceptual import BITS, NEAR, kept, pieces
from quality.people import keys
from quality.people.actor import SYSTEM
from quality.people.models import OrganisationKind
from quality.people.operations import add_organisation
from quality.permissions import Role
from tests.benchmarks.large import serving
from tests.benchmarks.measure import Row, as_markdown, in_turn
from tests.harness.databases import settings_for
from tests.harness.postgres import running_server

PICTURES, PROCESSES, ASKED, BAR = 1_000_000, 4, 40, 10
TURNS = ("upright", "right", "over", "left")
Hashes = np.ndarray[Any, np.dtype[np.uint64]]


def likely(many: int) -> Hashes:
    """Upright hashes as pHash makes them of waves that know nothing of each other: half of the bits, and the first."""
    chance = np.random.default_rng(2026)
    found = [np.empty(0, np.uint64)]
    for _piece in range(many // 100_000):
        waves = chance.normal(size=(100_000, BITS))
        waves[:, 0] = np.inf  # how bright it is
        bits = waves > np.median(waves, axis=1, keepdims=True)
        found.append(np.packbits(bits, axis=1).view(">u8").astype(np.uint64).ravel())
    return np.concatenate(found)


def filled(app: Flask, hashes: Hashes) -> str:
    """A million pictures of one agency, some of which resemble others; the key of its program."""
    with app.app_context(), Session(db.engine) as session:
        agency = add_organisation(session, kind=OrganisationKind.AGENCY, code="MANY", name="百万图片局", by=SYSTEM)
        membership = keys.program_of(session, agency, Role.COORDINATOR, by=SYSTEM)
        _key, secret = keys.make(session, membership, name="bench", by=SYSTEM)
        session.commit()
        chance = random.Random(1)
        with db.engine.begin() as connection:
            for first in range(0, len(hashes), 50_000):
                some = [(at, int(hashes[at])) for at in range(first, first + 50_000)]
                connection.execute(sa.insert(tables.metadata.tables["holding"]), [
                    {"id": at + 1, "organisation_id": agency.id, "sha256": f"{at:064x}", "kind": "parcel",
                     "media_type": "image/jpeg", "bytes": 1, "sent_at": clock.now()} for at, _bits in some
                ])  # fmt: skip
                connection.execute(sa.insert(tables.metadata.tables["picture_hash"]), [
                    {"holding_id": at + 1, "organisation_id": agency.id, "compared_at": clock.now(),
                     "upright": kept(bits),
                     **{turn: kept(chance.getrandbits(BITS)) for turn in TURNS[1:]},
                     **{f"piece_{place}": piece for place, piece in enumerate(pieces(bits), 1)}} for at, bits in some
                ])  # fmt: skip
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE" if db.engine.dialect.name == "postgresql" else "ANALYZE"))
    return secret


def alike_in_pairs(hashes: Hashes) -> Hashes:
    """Each of the first few thousand is near to the one behind it."""
    chance = random.Random(3)
    for at in range(0, 4000, 2):
        bits = int(hashes[at])
        for bit in chance.sample(range(BITS - 1), chance.randrange(NEAR + 1)):
            bits ^= 1 << bit
        hashes[at + 1] = bits
    return hashes


def scan(hashes: Hashes, asked: int) -> int:
    """How many are near: one pass, no more than numpy needs."""
    return int(np.flatnonzero(np.bitwise_count(hashes ^ np.uint64(asked)) <= NEAR).size)


def scanner(hashes: Hashes, pipe: Any) -> None:
    """A process that holds them, and scans as often as it is told."""
    chance = random.Random(4)
    while (many := pipe.recv()) is not None:
        for _turn in range(many):
            scan(hashes, chance.getrandbits(BITS))
        pipe.send(many)


@contextmanager
def scanners(hashes: Hashes) -> Iterator[Callable[[int], None]]:
    context = multiprocessing.get_context("fork")
    ends = [context.Pipe() for _process in range(PROCESSES)]
    started = [context.Process(target=scanner, args=(hashes, theirs), daemon=True) for _ours, theirs in ends]
    for process in started:
        process.start()

    def scanned(many: int) -> None:
        for ours, _theirs in ends:
            ours.send(many)
        for ours, _theirs in ends:
            ours.recv()

    try:
        yield scanned
    finally:
        for ours, _theirs in ends:
            ours.send(None)
        for process in started:
            process.join()


def reader(port: int, secret: str) -> Callable[[int], None]:
    """Asks for one picture after the other over one connection; each has its hit."""
    connection, chance = http.client.HTTPConnection("127.0.0.1", port), random.Random(port)

    def ask(many: int) -> None:
        for _turn in range(many):
            at = 2 * chance.randrange(2000)
            path = f"/api/v1/evidence/{at:064x}/resembling"
            connection.request("GET", path, headers={"Authorization": f"Bearer {secret}"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
            assert answer.status == http.HTTPStatus.OK, said
            assert f"{at + 1:064x}" in {each["sha256"] for each in said["items"]}

    return ask


def measured(database: str, address: str, folder: Path, hashes: Hashes, secret: str) -> list[Row]:
    with serving(address, folder, WORKERS=str(PROCESSES), API_PER_MINUTE="999999") as (port, _pid):
        readers = [reader(port, secret) for _reader in range(PROCESSES)]
        with scanners(hashes) as scanned, ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(lambda ask: ask(20), readers))

            def all_ask() -> None:
                list(pool.map(lambda ask: ask(ASKED), readers))

            at_once = in_turn(all_ask, lambda: scanned(ASKED), rounds=9)
            chance = random.Random(5)

            def one_scans() -> None:
                for _turn in range(ASKED):
                    scan(hashes, chance.getrandbits(BITS))

            alone = in_turn(lambda: readers[0](ASKED), one_scans, rounds=9)
    what = f"one picture searched among {PICTURES:,}, in four turns, from request to hits; four processes"
    floor = "a bare scan of the hashes in memory (numpy), upright only"
    rows = []
    for name, (ours, theirs, ratio) in {"four at once": at_once, "one reader": alone}.items():
        rows.append(Row(f"{what}, {name}", floor, database, ours / ASKED, theirs / ASKED, ratio, BAR))
    return rows


def rows(database: str, address: str, folder: Path) -> list[Row]:
    hashes = alike_in_pairs(likely(PICTURES))
    app = create_app(replace(settings_for(address, folder), api_per_minute=999_999))
    with app.app_context():
        migrations.upgrade()
        secret = filled(app, hashes)
        db.engine.dispose()
    return measured(database, address, folder, hashes, secret)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        if "PostgreSQL" in sys.argv:
            with running_server(durable=True) as server:
                server.say("CREATE DATABASE pictures")
                found = rows("PostgreSQL", server.address("pictures"), Path(place))
        else:
            found = rows("SQLite", f"sqlite:///{place}/pictures.db", Path(place))
        print(as_markdown(found))
