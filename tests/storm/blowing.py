"""One storm over one database: people and programs at work, weather, and the calm in which everything is counted."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quality.core.config import Settings
from tests.harness.databases import environment_for
from tests.storm.clickers import ByPage
from tests.storm.ground import NAME, Disk, Postgres, plan_of, small_disk, vault_in
from tests.storm.journal import Came, Journal
from tests.storm.prepare import Somebody, prepare
from tests.storm.program import Clock, Program
from tests.storm.programs import ByKey
from tests.storm.receivers import System, systems
from tests.storm.weather import KILLS, OF_POSTGRESQL, Fault, Weather, forecast

LONGEST = 3
SAMPLE_EVERY = 10.0  # seconds between looks at the memory
BUYERS = 3  # times as often at work as others: most steps are theirs


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    database: str  # "sqlite" or "postgresql"
    seed: int
    minutes: float
    threads: int = 2
    pause: float = 0.0  # seconds between the steps of an actor
    steps: int = 2000  # on a busy machine it goes on until so many were made, at most LONGEST times the minutes
    store: str = "folder"  # of evidence; or "s3"
    kills: bool = True  # without them the same processes live for the whole storm, and their memory can be compared
    every: float = 9.0  # seconds between faults


@dataclass
class Storm:
    """What came of it."""

    wanted: Wanted
    settings: Settings
    people: list[Somebody]
    journal: Journal = field(default_factory=Journal)
    plan: list[Fault] = field(default_factory=list)
    weather: Weather | None = None
    systems: list[System] = field(default_factory=list)
    memory: list[tuple[float, int, int]] = field(default_factory=list)  # seconds, KiB of web, KiB of jobs
    trouble: list[str] = field(default_factory=list)  # of the storm's own making
    took: dict[str, float] = field(default_factory=dict)
    clock: Clock | None = None
    quiet: bool = False


@contextmanager
def ground(wanted: Wanted) -> Iterator[tuple[Disk, str, Path | Postgres]]:
    """The small disk with a database on it."""
    with small_disk() as disk:
        if wanted.database == "sqlite":
            yield disk, f"sqlite:///{disk.folder}/{NAME}.db", disk.folder / f"{NAME}.db"
            return
        server = Postgres(disk.folder)
        server.start()
        try:
            server.server.say(f"CREATE DATABASE {NAME}")
            yield disk, server.server.address(NAME), server
        finally:
            server.stop()


@contextmanager
def blown(wanted: Wanted, say: Callable[[str], None]) -> Iterator[Storm]:
    """The storm, over; its program has stopped, its database and its files still lie there."""
    with (
        ground(wanted) as (disk, address, database),
        vault_in(wanted.store) as of_vault,
        systems(["first", "second", "third", "other"]) as theirs,
    ):
        environment = environment_for(address, disk.folder) | of_vault
        settings = Settings.read(environment)
        began = time.monotonic()
        people = prepare(settings, campaigns=2 + int(wanted.minutes / 10))
        storm = Storm(wanted, settings, people, systems=theirs)
        storm.took["preparing"] = time.monotonic() - began
        clock = storm.clock = Clock(disk.folder)
        program = Program(environment, disk.folder, clock)
        weather = storm.weather = Weather(program, clock, disk, theirs, database)
        program.start()
        try:
            storm.took["start"] = program.until_ready()
            add_endpoints(storm, program)
            rage(storm, program, weather, say)
            calm(storm, program, weather, say)
        finally:
            weather.clear_up()
            program.stop()
        yield storm


def rage(storm: Storm, program: Program, weather: Weather, say: Callable[[str], None]) -> None:
    wanted, seconds = storm.wanted, storm.wanted.minutes * 60
    without = (set() if wanted.kills else KILLS) | (OF_POSTGRESQL if wanted.database == "sqlite" else set())
    storm.plan = forecast(plan_of(wanted.seed, "weather"), LONGEST * seconds, wanted.every, without=without)
    began, over = time.monotonic(), threading.Event()

    def told(what: str) -> None:
        say(f"{time.monotonic() - began:6.0f} s  {what}")

    threads = [
        threading.Thread(target=at_work, args=(storm, program, number, over), name=f"actors {number}", daemon=True)
        for number in range(wanted.threads)
    ]
    blowing = threading.Thread(target=weather.blow, args=(storm.plan, began, told), daemon=True)
    for thread in [*threads, blowing]:
        thread.start()
    watch(storm, program, began, seconds, told)
    weather.over.set()
    over.set()
    for thread in [*threads, blowing]:
        thread.join(120)
        if thread.is_alive():
            storm.trouble.append(f"{thread.name} did not end")
    storm.trouble += weather.trouble
    storm.took["storm"] = time.monotonic() - began


def watch(storm: Storm, program: Program, began: float, seconds: float, told: Callable[[str], None]) -> None:
    """Look at the memory every now and then, and say how far it is."""
    next_word = began + 30
    while is_on(storm, (now := time.monotonic()) - began, seconds):
        used = program.memory()
        storm.memory.append((now - began, used["web"], used["jobs"]))
        if now >= next_word:
            next_word = now + 30
            told(f"{storm.journal.steps} steps; web {used['web'] >> 10} MiB, jobs {used['jobs'] >> 10} MiB")
        time.sleep(min(SAMPLE_EVERY, max(1.0, began + seconds - now)))


def is_on(storm: Storm, passed: float, seconds: float) -> bool:
    return passed < seconds or (storm.journal.steps < storm.wanted.steps and passed < LONGEST * seconds)


def at_work(storm: Storm, program: Program, number: int, over: threading.Event) -> None:
    """The steps of those actors that this thread plays, one after the other: no account acts twice at once."""
    wanted, chances = storm.wanted, plan_of(storm.wanted.seed, f"actors {number}")
    mine = [who for place, who in enumerate(storm.people) if place % wanted.threads == number]
    assert storm.clock
    actors = [actor_of(who, program, storm) for who in mine]
    weights = [BUYERS if actor.who.role == "buyer" else 1 for actor in actors]
    while not over.is_set():
        actor = chances.choices(actors, weights)[0]
        try:
            actor.turn()
        except Exception:  # of the storm's own program: it must not look like calm
            storm.trouble.append(traceback.format_exc(limit=-3))
            if len(storm.trouble) > 50:
                return
        storm.journal.step()
        over.wait(wanted.pause)


def actor_of(who: Somebody, program: Program, storm: Storm) -> Any:
    assert storm.clock
    chances = plan_of(storm.wanted.seed, who.name)
    if not who.by_key:
        return ByPage(who, program.address, storm.clock, storm.journal, chances)
    actor = ByKey(who, program.address, storm.clock, storm.journal, chances)
    actor.codes = lambda: {handle: code for system in storm.systems for handle, code in system.codes.items()}
    return actor


def add_endpoints(storm: Storm, program: Program) -> None:
    """The first platform has three that answer and one where nobody listens; the other has one."""
    desks = {who.name: who for who in storm.people if who.role == "platform" and who.by_key}
    urls = [system.here.url for system in storm.systems]
    wanted = [("desk", url) for url in [*urls[:3], "http://127.0.0.1:9/in"]] + [("other desk", urls[3])]
    for name, url in wanted:
        line = actor_of(desks[name], program, storm).line
        made = line.insist("webhooks/add", "/platform/webhooks", json={"url": url}, wait=lambda: 1.0)
        assert made.came is Came.DONE, made


# --- the calm ---

LONGEST_CALM = 150.0  # seconds until nothing is under way any more
PATIENCE, AN_HOUR = 20, 3600.0  # after so many seconds the clock moves on: what waits for its next try gets it


def calm(storm: Storm, program: Program, weather: Weather, say: Callable[[str], None]) -> None:
    """The weather ends, receivers come back, the clock runs; jobs run until nothing is under way."""
    from tests.storm.quiet import is_quiet

    began = time.monotonic()
    weather.clear_up()
    program.until_ready(90)
    revive(storm, program)
    until, looks = began + LONGEST_CALM, 0
    while time.monotonic() < until:
        time.sleep(1)
        looks += 1
        if looks % PATIENCE == 0 and weather.clock.library:
            weather.clock.jump(AN_HOUR)
            weather.clock.settle()
        waiting = is_quiet(storm.settings.database_url, weather.clock.now())
        if not waiting:
            storm.quiet = True
            break
    else:
        storm.trouble.append(f"the jobs were not done after {LONGEST_CALM:.0f} s: {waiting}")
    storm.took["calm"] = time.monotonic() - began
    say(f"calm after {storm.took['calm']:.0f} s")


def revive(storm: Storm, program: Program) -> None:
    """Platforms start again what a 410 had stopped, confirm what was tested: so it is after every storm."""
    for who in storm.people:
        if who.role == "platform" and who.by_key:
            actor = actor_of(who, program, storm)
            actor.tend_webhooks()
