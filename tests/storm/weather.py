"""The weather: which fault comes when, drawn beforehand from the seed; and how each is made, and seen to be there."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.storm.ground import Disk, Postgres, hold_the_write_lock, tell
from tests.storm.program import Clock, Program
from tests.storm.receivers import MOODS, System

DAY, MINUTE = 86_400.0, 60.0
LONGEST_END = 90.0  # seconds after SIGTERM: what is under way is let finish
AT_ONCE = 0.25  # of the kills are followed by the next fault without waiting
CALM_BEFORE = 8.0  # seconds until the first fault
# how often each comes, against the others; `kills` are left out where memory is measured
OFTEN = {
    "a web worker is killed": 4, "the web server is killed": 1, "the jobs are killed": 3, "serve is killed": 1,
    "the database is struck down": 2, "connections are cut": 3, "storage hangs": 3, "the disk is full": 3,
    "the clock leaps ahead": 2, "the clock falls back": 1, "the jobs stand still": 1, "a receiver changes its mood": 6,
}  # fmt: skip
KILLS = {"a web worker is killed", "the web server is killed", "the jobs are killed", "serve is killed"}
OF_POSTGRESQL = {"the database is struck down", "connections are cut"}


@dataclass(frozen=True)
class Fault:
    at: float  # seconds from the beginning
    name: str
    draw: float  # from 0 to 1: which worker, how long, how far


def forecast(chances: random.Random, seconds: float, every: float, *, without: set[str]) -> list[Fault]:
    """The whole plan. Each kind comes once before any is left to chance."""
    names = [name for name in OFTEN if name not in without]
    first = chances.sample(names, len(names))
    at, plan = CALM_BEFORE, []
    while at < seconds - every:
        name = first.pop() if first else chances.choices(names, [OFTEN[name] for name in names])[0]
        plan.append(Fault(round(at, 1), name, chances.random()))
        at += chances.uniform(0.6, 1.4) * every
    return plan


@dataclass
class Weather:
    """Makes the faults of a plan on one program, and counts those that were seen to have happened."""

    program: Program
    clock: Clock
    disk: Disk
    systems: list[System]
    database: Path | Postgres
    seen: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[float, float, str]] = field(default_factory=list)  # time.monotonic
    over: threading.Event = field(default_factory=threading.Event)
    trouble: list[str] = field(default_factory=list)
    later: list[threading.Thread] = field(default_factory=list)  # ends of faults that go on while others come

    def blow(self, plan: list[Fault], began: float, tell_of: Callable[[str], None]) -> None:
        for fault in plan:
            if self.over.wait(max(0.0, began + fault.at - time.monotonic())):
                return
            since = time.monotonic()
            try:
                happened = DEEDS[fault.name](self, fault.draw)
            except Exception as problem:  # the storm itself has failed: it is said, and the report with it
                self.trouble.append(f"{fault.name}: {problem!r}")
                happened = False
            (self.seen if happened else self.missed)[fault.name] += 1
            self.spans.append((since, time.monotonic(), fault.name))
            if fault.name in KILLS and fault.draw > AT_ONCE:
                self.wait_until_it_is_back()
            tell_of(f"{fault.name}{'' if happened else ' (it did not come to that)'}")

    def wait_until_it_is_back(self) -> None:
        """Most faults strike a program that works; some, one that is just starting."""
        with suppress(RuntimeError):
            self.program.until_ready(60, over=self.over)

    def clear_up(self) -> None:
        """Everything that was broken is mended: what now is wrong, stays wrong."""
        self.over.set()
        for thread in self.later:
            thread.join(2 * LONGEST_END)
        self.disk.free()
        for system in self.systems:
            system.mood = "well"
        if isinstance(self.database, Postgres) and not self.database.is_up():
            self.database.start()

    # --- faults ---

    def kill_web_worker(self, draw: float) -> bool:
        return self.program.kill_web_worker(int(draw * 100))

    def kill_web(self, _draw: float) -> bool:
        return self.program.kill_web()

    def kill_jobs(self, _draw: float) -> bool:
        return self.program.kill_jobs()

    def kill_serve(self, _draw: float) -> bool:
        died = self.program.kill_all()
        self.program.start()
        return died > 0

    def strike_down(self, draw: float) -> bool:
        assert isinstance(self.database, Postgres)
        self.database.strike_down()
        time.sleep(0.5 + 3 * draw)
        self.database.start()
        return True

    def cut_connections(self, _draw: float) -> bool:
        assert isinstance(self.database, Postgres)
        self.database.cut_connections()
        return True

    def hang_storage(self, draw: float) -> bool:
        if isinstance(self.database, Postgres):
            return self.database.hang(1 + 5 * draw) > 1
        return hold_the_write_lock(self.database, 2 + 11 * draw)

    def fill_disk(self, draw: float) -> bool:
        if not self.disk.own:
            return False
        filled = self.disk.fill()
        until = time.monotonic() + 3 + 5 * draw
        while time.monotonic() < until:  # what others give back is taken again
            with suppress(AssertionError):
                filled += self.disk.fill()
            time.sleep(0.2)
        self.disk.free()
        if isinstance(self.database, Postgres) and not self.database.is_up():
            self.database.start()  # it refuses to live without room for its log
        return filled > 0

    def leap(self, draw: float) -> bool:
        return self.move_clock((0.5 + 3.5 * draw) * DAY)

    def fall_back(self, draw: float) -> bool:
        return self.move_clock(-(1 + 9 * draw) * MINUTE)

    def move_clock(self, seconds: float) -> bool:
        if self.clock.library is None:
            return False
        self.clock.jump(seconds)
        self.clock.settle()
        return True

    def stop_jobs(self, draw: float) -> bool:
        """Longer than a claim lasts, while another process of jobs takes over."""
        jobs = self.program.jobs
        if jobs is None or not tell(jobs, signal.SIGSTOP):
            return False
        twin = self.program.twin()

        def wake() -> None:
            self.over.wait(20 + 50 * draw)
            tell(jobs, signal.SIGCONT)
            time.sleep(1)
            if twin.poll() is not None:
                self.trouble.append(f"the second process of jobs ended by itself: {twin.returncode}")
            twin.terminate()
            try:
                twin.wait(LONGEST_END)
            except subprocess.TimeoutExpired:
                twin.send_signal(signal.SIGABRT)  # as a supervisor would; into the log it tells where each thread stood
                twin.wait(10)

        self.later.append(threading.Thread(target=wake, daemon=True))
        self.later[-1].start()
        return True

    def change_mood(self, draw: float) -> bool:
        chances = random.Random(draw)
        system = chances.choice(self.systems)
        system.mood = chances.choice([mood for mood in MOODS if mood != system.mood] + ["well"])
        return True


DEEDS: dict[str, Callable[[Weather, float], bool]] = {
    "a web worker is killed": Weather.kill_web_worker,
    "the web server is killed": Weather.kill_web,
    "the jobs are killed": Weather.kill_jobs,
    "serve is killed": Weather.kill_serve,
    "the database is struck down": Weather.strike_down,
    "connections are cut": Weather.cut_connections,
    "storage hangs": Weather.hang_storage,
    "the disk is full": Weather.fill_disk,
    "the clock leaps ahead": Weather.leap,
    "the clock falls back": Weather.fall_back,
    "the jobs stand still": Weather.stop_jobs,
    "a receiver changes its mood": Weather.change_mood,
}
