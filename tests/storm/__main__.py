"""`make storm`: a storm over each database, and whether everything still holds afterwards. Exit 1 if anything does not.

MINUTES, SEED, STEPS (on a busy machine it goes on until so many were made), DATABASE (sqlite, postgresql, both),
STORE (of evidence: folder, or s3 by moto), ACTORS (threads), PAUSE (seconds between an actor's steps), REPORT (where it
is written; - is nowhere), KILLS=0 (the same processes live through it, for the memory: docs/storm-hour.md is an hour).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from quality.core.surroundings import CHECKOUT

APART = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def alone() -> None:
    """Go on in a space of our own for mounts and processes, so that nothing outlives us: where that is allowed."""
    if os.environ.get("STORM_APART"):
        return
    ways = (
        [APART, [*APART, "--map-root-user"]] if os.geteuid() == 0 else [[*APART, "--map-current-user", "--keep-caps"]]
    )
    for way in ways:
        if subprocess.run([*way, "true"], check=False, capture_output=True).returncode == 0:
            os.environ["STORM_APART"] = "1"
            os.execvp(way[0], [*way, sys.executable, "-m", "tests.storm"])
    os.environ["STORM_APART"] = "0"


def main() -> int:
    alone()
    from tests.storm.blowing import Wanted, blown
    from tests.storm.invariants import judged
    from tests.storm.report import Told, told_of, write

    given = os.environ.get
    databases = ["sqlite", "postgresql"] if given("DATABASE", "both") == "both" else [given("DATABASE", "")]
    told: list[Told] = []
    for database in databases:
        wanted = Wanted(
            database,
            seed=int(given("SEED", "1")),
            minutes=float(given("MINUTES", "4")),
            threads=int(given("ACTORS", "2")),
            pause=float(given("PAUSE", "0")),
            steps=int(given("STEPS", "2000")),
            store=given("STORE", "folder"),
            kills=given("KILLS", "1") != "0",
        )
        say(f"— a storm over {database}, seed {wanted.seed}, {wanted.minutes:g} minutes —")
        with blown(wanted, say) as storm:
            told.append(told_of(storm, judged(storm)))
        say(told[-1].summary())
    report = given("REPORT", str(CHECKOUT / "docs" / "storm.md"))
    if report != "-":
        write(Path(report), told)
    return 0 if all(each.holds for each in told) else 1


def say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    sys.exit(main())
