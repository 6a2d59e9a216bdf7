"""`make bench`: measures on SQLite and PostgreSQL as they run in earnest, and fails if a bar does not hold."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask import Flask

from quality import create_app
from quality.core import migrations
from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from tests.benchmarks import (
    api,
    arrivals,
    draws,
    frames,
    intervals,
    judging,
    large,
    machines,
    moves,
    pages,
    papers,
    phone,
    processes,
    public,
    published,
    relistings,
    resembling,
    starts,
    tables,
    verification,
    webhooks,
)
from tests.benchmarks.measure import Row, as_markdown
from tests.harness.databases import settings_for
from tests.harness.postgres import running_server

INTRO = """# Performance

Written by `make bench` on the machine at hand. Ratios are to be trusted, times only compared within one row: both
sides run in turn, and the ratio is the median over the pairs. The commit of both is on the disk (SQLite
`synchronous=FULL`, PostgreSQL `fsync=on`). The rows of peers need a Python of its own that has
django-outbound-webhooks and psycopg, or samplics (with pandas), or datasette, named by `PEER_PYTHON`; without it they
are left out.

"""


@contextmanager
def program(address: str, folder: Path) -> Iterator[Flask]:
    app = create_app(replace(settings_for(address, folder), api_per_minute=999_999))
    with app.app_context():
        migrations.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def of_the_public(database: str, address: Callable[[str], str], folder: Path) -> list[Row]:
    programs = []
    for name, many in {"published": public.MANY, "published_few": public.FEW}.items():
        with program(address(name), folder) as app:
            published.filled(app, many)
            programs.append((app, address(name)))
    return public.rows(database, programs[0], programs[1], folder)


def main() -> int:
    rows: list[Row] = [*judging.rows(), *relistings.rows(), *intervals.rows(), *draws.rows(), *frames.rows()]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_server(durable=True) as server:
        for name in ("bench", "papers", "many", "few", "tables", "published", "published_few", "pictures"):
            server.say(f"CREATE DATABASE {name}")
        addresses: dict[str, Callable[[str], str]] = {
            "SQLite": lambda name: f"sqlite:///{folder}/{name}.db",
            "PostgreSQL": server.address,
        }
        for database, address in addresses.items():
            with program(address("bench"), Path(folder)) as app:
                api.add_an_empty_address(app)
                rows += verification.rows(database, Path(folder) / "roots")
                rows += moves.rows(database)  # after it: what the floor writes is no record
                rows += api.rows(app, database)
                rows += large.rows(database, address("bench"), db.session(), Path(folder))
            with program(address("tables"), Path(folder)):
                rows += tables.rows(database, Path(folder))
            with program(address("papers"), Path(folder)) as app:
                rows += papers.rows(database, app)
                rows += arrivals.rows(database, app)
            sizes = {"many": pages.MANY, "few": pages.FEW}
            filled = []
            for name, tasks in sizes.items():
                with program(address(name), Path(folder)) as app:
                    filled.append(pages.filled(app, tasks))
            rows += pages.of_lists(database, *filled)
            rows.append(pages.of_an_empty_page(database, address("few"), filled[1].email, Path(folder)))
            rows += of_the_public(database, address, Path(folder))
            rows += resembling.rows(database, address("pictures"), Path(folder))
            print(as_markdown(rows), flush=True)
        rows += webhooks.measured(server, Path(folder))
        rows += processes.rows(server, Path(folder))
        rows += starts.rows(Path(folder))
        rows += machines.rows(Path(folder))
        rows += phone.rows(Path(folder))
    (CHECKOUT / "docs" / "performance.md").write_text(INTRO + as_markdown(rows))
    broken = [row for row in rows if not row.holds]
    for row in broken:
        print(f"over its bar of {row.bar:g}: {row.what}, {row.database}: {row.ratio:.2f}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
