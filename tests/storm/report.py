"""The storm in plain words: docs/storm.md."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.storm.invariants.ground import Judged

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FIVE_MINUTES, WINDOW = 300.0, 90.0  # seconds; memory is the median of the looks within a window
GROWTH = 1.3
MOST_NAMED = 12
INTRO = """# The storm

Written by `make storm`. People on pages, programs with keys and the jobs act at random on `mingcha serve` as it runs in
earnest, while processes are killed, the database is struck down, the disk is full, storage hangs, the clock jumps and
receivers die. Then the weather ends, the jobs run until nothing is under way, and every invariant below is looked at by
a query of its own that names who offends; tests/storm/test_invariants.py plants an offence against each and sees it
named. What each actor was answered is kept outside and held against the record.

The seed fixes what each actor draws and which fault comes when. It does not fix how their steps interleave: a second
storm of the same seed has the same plan, and other moments. An hour without kills, for the memory of web and jobs, is
in [storm-hour.md](storm-hour.md).

What storms have found. Each is mended, and has a test of its own but the SIGTERM in the scheduler's work:

- Whoever was signed in got a bare 500 while the database was away: the page that says so asked it who reads. So did a
  program whose request was refused at that moment under an Idempotency-Key.
- A disk that filled up within a savepoint was answered 500 on SQLite, which then undoes the whole transaction itself.
- A connection that broke at the commit was answered "nothing was recorded", which nobody can know then. It is said now.
- Bytes of an upload that was cut off after they were kept, before their row was, lay in the vault for ever. Once a day
  they are looked for, and go a day later.
- What arrives was cleared away by the program's clock: one that leapt a day ahead ended uploads under way. It is
  the store's own clock now.
- On PostgreSQL a process that stood still in the middle of its deed kept the web workers waiting for its rows for
  ever. They are told after ten seconds now, as on SQLite.
- After a clock that leapt by days the scheduler counted every run that it had missed, for minutes, and ran nothing.
- A clock that was set back kept every job waiting until it was as late again.
- A clock that was set back over midnight signed a root for a day before the last one: the chain of roots looked torn.
- A SIGTERM in the middle of the scheduler's own work ended `mingcha jobs` with a traceback.
- Jobs printed in ten threads that took turns, and each kept the fonts for itself: 1,000 MiB after ten minutes. One
  thread prints now, for whoever asks.
- A letter that was sent, and a table of results that was sent twice, took their case and wrote no event of it: the
  record had a gap. Since then the record of every test is verified at its end.
- A notice is dated before it is printed. Where the clock fell back meanwhile, no webhook told its platform: what is
  told goes by the order of the record now.
- The picture of a postal receipt was dropped without a word where another proof was chosen. It is refused now.
"""


@dataclass
class Told:
    """One storm, as the report tells of it."""

    database: str
    seed: int
    minutes: float
    kills: bool
    steps: int
    deeds: Counter[str]
    answers: Counter[str]
    reads: Counter[str]
    doors: Counter[str]
    seen: Counter[str]
    missed: Counter[str]
    judged: list[Judged]
    trouble: list[str]
    took: dict[str, float]
    moods: Counter[str]
    webhooks: int
    memory: list[tuple[float, int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.trouble and all(not each.offenders for each in self.judged)

    def summary(self) -> str:
        broken = [each for each in self.judged if each.offenders]
        lines = [f"{NAMES[self.database]}: {self.steps} steps, {sum(self.seen.values())} faults, "
                 f"{len(self.judged) - len(broken)} of {len(self.judged)} invariants hold"]  # fmt: skip
        for each in broken:
            lines.append(f"  BROKEN: {each.says}")
            lines += [f"    {offender}" for offender in each.offenders[:MOST_NAMED]]
            if len(each.offenders) > MOST_NAMED:
                lines.append(f"    … and {len(each.offenders) - MOST_NAMED} more")
        lines += [f"  TROUBLE: {trouble}" for trouble in self.trouble]
        return "\n".join(lines)


def told_of(storm: Any, judged: list[Judged]) -> Told:
    journal, weather = storm.journal, storm.weather
    notes = []
    if storm.clock.library is None:
        notes.append("`faketime` is not installed here: the clock did not jump")
    if not weather.disk.own:
        notes.append("no disk of our own could be mounted here: it was never full")
    return Told(
        storm.wanted.database, storm.wanted.seed, storm.wanted.minutes, storm.wanted.kills, journal.steps,
        Counter(entry.deed for entry in journal.entries), journal.classes(), journal.reads,
        Counter(entry.door for entry in journal.entries), weather.seen, weather.missed, judged,
        [*storm.trouble], storm.took, sum((system.moods for system in storm.systems), Counter()),
        sum(len(system.came) for system in storm.systems), storm.memory, notes,
    )  # fmt: skip


def write(path: Path, told: Sequence[Told]) -> None:
    path.write_text("\n".join([INTRO, *(chapter(each) for each in told)]), encoding="utf-8")


def chapter(told: Told) -> str:
    kills = "" if told.kills else " Web and jobs are not killed in it, so that their memory can be compared."
    parts = [
        f"## {NAMES[told.database]}: {told.minutes:g} minutes, seed {told.seed}\n",
        f"{told.steps:,} steps; {sum(told.answers.values()):,} deeds ({told.doors['api']:,} by key, "
        f"{told.doors['page']:,} on pages), {sum(told.reads.values()):,} looks; {told.webhooks:,} webhooks arrived."
        f"{kills}\n",
        *[f"Not done: {note}.\n" for note in told.notes],
        table("faults that were seen to happen", told.seen),
        *([table("faults that came to nothing", told.missed)] if told.missed else []),
        table("answers to deeds", told.answers),
        table("answers to looks", told.reads),
        table("moods in which receivers were met", told.moods),
        invariants(told),
        *memory(told),
        "Seconds: " + ", ".join(f"{name} {seconds:.0f}" for name, seconds in told.took.items()) + ".\n",
        *[f"Trouble of the storm's own: {trouble}\n" for trouble in told.trouble],
    ]
    return "\n".join(parts)


def table(title: str, counted: Counter[str]) -> str:
    rows = [f"| {name} | {many:,} |" for name, many in sorted(counted.items())]
    return "\n".join([f"| {title} | |", "|---|---:|", *rows, ""])


def invariants(told: Told) -> str:
    rows = [
        f"| {each.says} | {'holds' if not each.offenders else f'**{len(each.offenders)} offend**'} |"
        for each in told.judged
    ]
    return "\n".join(["| invariant | |", "|---|---|", *rows, ""])


def memory(told: Told) -> list[str]:
    """PSS at some moments, and the last against that after five minutes."""
    seen = [look for look in told.memory if look[1] and look[2]]
    if not seen:
        return []
    end = seen[-1][0]
    step = 60.0 if end < 600 else 600.0
    moments = [min(30.0, end), *(n * step for n in range(1, int(end / step) + 1))]
    if end >= FIVE_MINUTES:
        moments = sorted({*moments, FIVE_MINUTES})
    rows = [f"| {at / 60:.1f} | {mib(around(seen, at, 1))} | {mib(around(seen, at, 2))} |" for at in moments]
    said = ["| minute | web, MiB | jobs, MiB |", "|---:|---:|---:|", *rows, ""]
    if end > FIVE_MINUTES + 2 * WINDOW:
        web, jobs = (around(seen, end, part) / around(seen, FIVE_MINUTES, part) for part in (1, 2))
        said.append(
            f"At the end against after five minutes: web {web:.2f} times, jobs {jobs:.2f} times "
            f"(at most {GROWTH} is allowed)."
        )
        said.append("")
    return ["\n".join(said)]


def around(seen: Sequence[tuple[float, int, int]], at: float, part: int) -> float:
    """KiB, the median of the looks around a moment."""
    near = [look[part] for look in seen if abs(look[0] - at) <= WINDOW / 2]
    nearest = min(seen, key=lambda look: abs(look[0] - at))[part]
    return statistics.median(near or [nearest])


def mib(kib: float) -> str:
    return f"{kib / 1024:.0f}"
