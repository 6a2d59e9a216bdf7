"""The draw on Spark against DuckDB's: the same bytes for each kind of design, from CSV and from Parquet; and its cost.

`make spark` sets up what it needs, half a gigabyte and Java, which no test has. It ends with 1 if a byte differs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

from quality.core.surroundings import CHECKOUT

SEED, LISTINGS, MANY = "5f0c", 60_000, 2_000_000
PLAIN: dict[str, Any] = {
    "strata": ["platform", "category"],
    "allocation": {"method": "proportional", "n": 3000, "min_per_stratum": 2},
    "reserve": 3,
}
BANDS = {"strata": ["platform", "price_band"], "bands": {"price_band": {"column": "price_fen", "edges": [5000, 20000]}}}
NUMBERS = {"seed": "c10ced", "below": {"平台0/类,1": "0.02", "平台1/类,2": "0.5"}, "first": "above"}
DESIGNS: dict[str, dict[str, Any]] = {
    "plain": PLAIN,
    "bands": PLAIN | BANDS,
    "size": PLAIN | {"size": {"column": "monthly_sales"}},
    "numbers": PLAIN | {"numbers": NUMBERS},
}
ROWS = """SELECT 'L' || i AS listing_id, '平台' || (hash(i) % 5) AS platform, '类,' || (hash(i * 3) % 4) AS category,
    CAST(1 + 900 / (1 + hash(i * 7) % 900) + CASE WHEN i % 997 = 0 THEN 400000 ELSE 0 END AS BIGINT) AS monthly_sales,
    CASE WHEN i % 10 > 0 THEN CAST(hash(i * 5) % 30000 AS BIGINT) END AS price_fen FROM range({listings}) t(i)"""


def drawn(frame: Path, design: Path, engine: str) -> tuple[bytes, float]:
    """What was written, or what was said against it, and the seconds that it took."""
    out, began = frame.with_name(f"{engine}.csv"), time.perf_counter()
    out.unlink(missing_ok=True)
    words = ["draw", str(frame), str(design), "--seed", SEED, "--out", str(out), "--engine", engine]
    said = subprocess.run([sys.executable, "-m", "quality.cli", *words], cwd=CHECKOUT, capture_output=True, check=False)
    took = time.perf_counter() - began
    if said.returncode == 0:
        return out.read_bytes(), took
    return b"\n".join(line for line in said.stderr.splitlines() if line.startswith(b"row ")), took


def main() -> int:
    differ = 0
    with tempfile.TemporaryDirectory(prefix="spark-") as name:
        folder = Path(name)
        with duckdb.connect() as con:
            for path, rows, how in (
                ("frame.csv", LISTINGS, "HEADER"), ("frame.parquet", LISTINGS, "FORMAT parquet"),
                ("many.parquet", MANY, "FORMAT parquet"),
            ):  # fmt: skip
                con.execute(f"COPY ({ROWS.format(listings=rows)}) TO '{folder / path}' ({how})")
        (folder / "bad.csv").write_text("listing_id,platform,category\nL1,a/b,c\nL2,a,c\nL2,a,c\n", encoding="utf-8")
        for kind, design in DESIGNS.items():
            (folder / f"{kind}.json").write_text(json.dumps(design), encoding="utf-8")
        cases = [(kind, frame) for kind in DESIGNS for frame in ("frame.csv", "frame.parquet")]
        for kind, frame in [*cases, ("plain", "bad.csv"), ("plain", "many.parquet")]:
            (ours, duck), (theirs, spark) = (
                drawn(folder / frame, folder / f"{kind}.json", e) for e in ("duckdb", "spark")
            )
            is_same = ours == theirs != b""
            differ += not is_same
            print(f"{kind}, {frame}: {'the same bytes' if is_same else 'DIFFERENT'}; {spark / duck:.1f} times as long")
    return 1 if differ else 0


if __name__ == "__main__":
    raise SystemExit(main())
