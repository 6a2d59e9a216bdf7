"""`make bench`: measures on SQLite and PostgreSQL as they run in earnest, and fails if a bar does not hold."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate

from quality import create_app
from quality.core.config import CHECKOUT
from quality.core.db import db
from tests.benchmarks import moves, verification
from tests.benchmarks.measure import Row, as_markdown
from tests.harness.databases import settings_for
from tests.harness.postgres import running_server

INTRO = """# Performance

Written by `make bench` on the machine at hand. Ratios are to be trusted, times only compared within one row: both
sides run in turn, and the ratio is the median over the pairs. The commit of both is on the disk (SQLite
`synchronous=FULL`, PostgreSQL `fsync=on`).

"""


@contextmanager
def program(address: str, folder: Path) -> Iterator[None]:
    app = create_app(settings_for(address, folder))
    with app.app_context():
        flask_migrate.upgrade(str(CHECKOUT / "migrations"))
        yield
        db.session.remove()
        db.engine.dispose()


def main() -> int:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, running_server(durable=True) as server:
        server.say("CREATE DATABASE bench")
        addresses = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.address("bench")}
        for database, address in addresses.items():
            with program(address, Path(folder)):
                rows += verification.rows(database, Path(folder) / "roots")
                rows += moves.rows(database)  # after it: what the floor writes is no record
                print(as_markdown(rows), flush=True)
    (CHECKOUT / "docs" / "performance.md").write_text(INTRO + as_markdown(rows))
    broken = [row for row in rows if not row.holds]
    for row in broken:
        print(f"over its bar of {row.bar:g}: {row.what}, {row.database}: {row.ratio:.2f}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
