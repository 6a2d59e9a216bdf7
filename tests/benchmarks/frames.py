"""The import of a sampling frame with all its checks, against DuckDB's own copy of the same CSV into Parquet.

Both as whole processes, by the processor time that they took, whatever else the machine does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from tests.benchmarks.measure import Row

ROWS = 10_000_000
ROUNDS = 2
MOST_MEMORY = 2 << 30  # bytes
COPY = "import duckdb, sys; duckdb.sql(f\"COPY (FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet)\")"
FRAME = f"""
    SELECT 'L' || lpad(CAST(i AS VARCHAR), 10, '0') AS listing_id,
      ['棠梨商城', '青禾集市', '白鹭优选', '松间好物'][1 + CAST(i % 4 AS INTEGER)] AS platform,
      ['儿童玩具', '童装', '电热水壶', '充电宝', '插座'][1 + CAST(hash(i) % 5 AS INTEGER)] AS category,
      'S' || hash(i) % 90000 AS shop_id, '云州第' || hash(i) % 90000 || '号店' AS shop_name,
      '款式 ' || i % 977 AS title, 'https://item.example/' || i AS url, '云州' AS region,
      500 + hash(i) % 30000 AS price_fen, hash(i) % 5000 AS monthly_sales
    FROM range({ROWS}) AS r(i)
"""


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="frames-") as folder:
        source, made, store = Path(folder) / "frame.csv", Path(folder) / "frame.parquet", Path(folder) / "frames"
        with duckdb.connect() as con:
            con.execute(f"COPY ({FRAME}) TO '{source}' (FORMAT csv, HEADER)")
        command = [sys.executable, "-m", "quality.cli", "frame", "import", str(source)]
        pairs = []
        for _round in range(ROUNDS):
            ours = spent(command, FRAMES_FOLDER=str(store))
            pairs.append((ours, spent([sys.executable, "-c", COPY, str(source), str(made)])))
            assert [each.suffix for each in store.glob("*.parquet")] == [".parquet"], "the same rows are the same bytes"
    what, floor = f"import of a frame of {ROWS:,} rows with all checks, processor time", "DuckDB's COPY of the CSV"
    seconds, theirs = (median(pair[side].seconds for pair in pairs) for side in (0, 1))
    ratio = median(ours.seconds / copy.seconds for ours, copy in pairs)
    memory = max(ours.memory for ours, _copy in pairs)
    return [
        Row(what, floor, "none", seconds, theirs, ratio, 2),
        Row("its memory at most", "2 GiB", "none", memory, MOST_MEMORY, memory / MOST_MEMORY, 1, "B"),
    ]


class Spent:
    def __init__(self, used: resource.struct_rusage) -> None:
        self.seconds = used.ru_utime + used.ru_stime
        self.memory = used.ru_maxrss * 1024  # Linux counts in KiB


def spent(command: list[str], **told: str) -> Spent:
    """What a process took, once it ended well."""
    begun = subprocess.Popen(command, env=os.environ | told, stdout=subprocess.DEVNULL)
    _pid, status, used = os.wait4(begun.pid, 0)
    begun.returncode = os.waitstatus_to_exitcode(status)
    assert begun.returncode == 0, command
    return Spent(used)
