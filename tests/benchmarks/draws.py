"""What a draw costs: `mingcha draw` as a whole process against one that only hashes every listing, on the same file.

Ten million listings in 200 strata. The clock is the processor's, of the process and all its threads, for the machine
may be shared. The file is sorted by its ids in one row, as a frame.csv is, and shuffled in the other.

Beside it the same design by pandas (hashes as ours, in Python) and by samplics, in a Python of their own, named by
`PEER_PYTHON`; without it these rows are left out, and said to be. `python -m tests.benchmarks.draws` measures these
alone; with a number behind it a frame of as many listings.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from quality.core.surroundings import CHECKOUT
from tests.benchmarks.measure import Row, as_markdown, in_turn

LISTINGS, PLATFORMS, CATEGORIES = 10_000_000, 10, 20
PEERS_LISTINGS = 1_000_000  # they take seconds for each million
DESIGN = {
    "strata": ["platform", "category"],
    "allocation": {"method": "proportional", "n": 4000, "min_per_stratum": 2},
    "reserve": 3,
}
SEED = "5f0c"
ROUNDS = 2
BAR = 1.8
MEMORY = 1024**3
BARE = """
import duckdb, sys
with duckdb.connect(config={"threads": sys.argv[2], "memory_limit": "512MB"}) as con:
    con.execute(f"SELECT max(sha256('5f0c,' || listing_id)) FROM read_parquet('{sys.argv[1]}')").fetchall()
"""
MAKE = """
import duckdb, sys
with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": sys.argv[2]}) as con:
    con.execute(sys.argv[1])
"""
PEERS_PROGRAM = Path(__file__).with_name("peer_draws.py")


def frame_of(listings: int, path: Path, *, order: str = "") -> Path:
    """Few platforms hold most listings, as on real marketplaces.

    Made by a process of its own: what this one once held, the system counts for those that it begins.
    """
    rows = f"""SELECT 'L' || lpad(CAST(i AS VARCHAR), 10, '0') AS listing_id,
        '平台' || CAST(floor({PLATFORMS} * pow(hash(i * 31) / 18446744073709551616.0, 2)) AS INT) AS platform,
        '品类' || CAST(floor({CATEGORIES} * (hash(i * 37 + 7) / 18446744073709551616.0)) AS INT) AS category,
        '款式' || (i % 977) AS title, 'https://item.example/' || i AS url FROM range({listings}) t(i) {order}"""
    run(sys.executable, "-c", MAKE, f"COPY ({rows}) TO '{path}' (FORMAT parquet)", str(path.with_suffix(".spill")))
    return path


def seconds_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(*words: str) -> None:
    said = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=900)
    if said.returncode:
        raise RuntimeError(said.stderr[-2000:])


def drawing(frame: Path, out: Path) -> Callable[[], None]:
    design = out.with_name("design.json")
    design.write_text(json.dumps(DESIGN), encoding="utf-8")
    words = ("draw", str(frame), str(design), "--seed", SEED, "--out", str(out))
    return lambda: run(sys.executable, "-m", "quality.cli", *words)


def hashing(frame: Path) -> Callable[[], None]:
    threads = str(min(4, os.cpu_count() or 1))  # as many as ours takes
    return lambda: run(sys.executable, "-c", BARE, str(frame), threads)


def peak_of(words: list[str]) -> int:
    """Most bytes that a process held at once."""
    with subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.DEVNULL) as process:
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(f"{words} ended with {status}")
    return used.ru_maxrss * 1024


def rows(listings: int = LISTINGS) -> list[Row]:
    found = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        out = folder / "drawn.csv"
        for how, order in (("sorted", ""), ("shuffled", "ORDER BY hash(i)")):
            frame = frame_of(listings, folder / f"{how}.parquet", order=order)
            ours, bare, ratio = in_turn(drawing(frame, out), hashing(frame), ROUNDS, by=seconds_of_children)
            what = f"draw from {listings:,} listings in {PLATFORMS * CATEGORIES} strata, {how}; processor's time"
            found.append(Row(what, "DuckDB hashing them, a process", "none", ours, bare, ratio, BAR))
            words = [sys.executable, "-m", "quality.cli", "draw", str(frame), str(folder / "design.json")]
            peak = peak_of([*words, "--seed", SEED, "--out", str(out)])
            what = f"most memory of that draw, {how}"
            found.append(Row(what, "1 GiB", "none", peak, MEMORY, peak / MEMORY, 1, "B"))
            frame.unlink()
        return found + beside_the_peers(folder)


def beside_the_peers(folder: Path) -> list[Row]:
    python = os.environ.get("PEER_PYTHON")
    if not python or subprocess.run([python, "-c", "import samplics"], capture_output=True, check=False).returncode:
        print("· no peer: PEER_PYTHON names no Python that has samplics and pandas", file=sys.stderr)
        return []
    frame, found = folder / "peers.csv", []
    with duckdb.connect() as con:
        made = frame_of(PEERS_LISTINGS, folder / "peers.parquet")
        con.execute(f"COPY (SELECT listing_id, platform, category FROM '{made}') TO '{frame}' (HEADER)")
    ours = drawing(frame, folder / "drawn.csv")
    for peer in ("pandas", "samplics"):
        theirs = [python, "-W", "ignore", str(PEERS_PROGRAM), peer, str(frame), SEED, str(folder / f"{peer}.csv")]
        mine, other, ratio = in_turn(ours, lambda words=theirs: run(*words), 1, by=seconds_of_children)  # type: ignore[misc]
        what = f"draw from {PEERS_LISTINGS:,} listings in CSV; processor's time"
        found.append(Row(what, peer, "none", mine, other, ratio, 1))
    main = [line for line in (folder / "drawn.csv").read_text(encoding="utf-8").splitlines() if ",main," in line]
    drawn = {line.split(",")[3] for line in main}
    if drawn != set((folder / "pandas.csv").read_text(encoding="utf-8").split()):
        raise RuntimeError("pandas drew others")
    return found


if __name__ == "__main__":
    print(as_markdown(rows(*map(int, sys.argv[1:]))))
