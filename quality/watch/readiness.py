"""Can this process do its work now? For whoever sends it requests (`/readyz`), and never slower than `PATIENCE`.

What is away for good reason to send requests elsewhere makes it "not ready": the database, another version's tables,
the vault, the folder of frames. Late jobs and missing libraries are warnings: another web process would not do better.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.config import Settings
from quality.core.errors import Unavailable
from quality.core.surroundings import CHECKOUT
from quality.documents.render import missing_libraries
from quality.evidence.clamd import version
from quality.evidence.vault import vault_from
from quality.watch.late import late_jobs, processes_alive

PATIENCE = 2.5  # seconds that an answer takes at most
FRESH, SETTLED = 1.0, 10.0  # seconds for which an answer is given again: any, and a good one of what costs money

OK, AWAY = "ok", "does not answer"


@dataclass
class Look:
    """One thing that is looked at: by one at a time, no longer than we can wait, and not again while it is fresh.

    Whoever hangs (a share, a database that was halted) hangs in a thread of its own, and there is never a second.
    """

    name: str
    look: Callable[[], str]  # `OK`, or in a few words what is wrong: fit for strangers
    decides: bool = True
    fresh: float = FRESH  # seconds for which a good answer holds
    _said: str = AWAY
    _at: float = float("-inf")
    _thread: threading.Thread | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self._lock:
            holds = self.fresh if self._said == OK else FRESH
            if self._thread is None and time.monotonic() - self._at > holds:
                self._thread = threading.Thread(target=self._run, name=f"look at {self.name}", daemon=True)
                self._thread.start()

    def answer(self, until: float) -> str:
        thread = self._thread
        if thread is None:
            return self._said
        thread.join(max(0, until - time.monotonic()))
        return AWAY if thread.is_alive() else self._said

    def _run(self) -> None:
        try:
            said = self.look()
        except Exception:  # why, is for `mingcha doctor` to say, and for nobody who merely asks
            said = AWAY
        with self._lock:
            self._said, self._at, self._thread = said, time.monotonic(), None


class Readiness:
    """What is looked at, in all requests of this process together."""

    def __init__(self, settings: Settings) -> None:
        engine = engine_of_its_own(settings.database_url)
        self.looks: tuple[Look, ...] = (
            Look("database", lambda: look_at_the_tables(engine)),
            Look("evidence", lambda: look_at_the_vault(settings.evidence_url), fresh=SETTLED),
            Look("frames", lambda: look_at_a_folder(settings.frames_folder)),
            Look("jobs", lambda: look_at_the_jobs(engine), decides=False),
            Look("pdf", look_at_the_libraries, decides=False, fresh=60),
        )
        if url := settings.clamd_url:  # what comes meanwhile is kept, and scanned later
            self.looks += (Look("scanner", lambda: look_at_the_scanner(url), decides=False, fresh=SETTLED),)

    def ask(self) -> tuple[bool, dict[str, Any]]:
        """Whether it is ready, and by name what is not as it should be."""
        until = time.monotonic() + PATIENCE
        for each in self.looks:
            each.begin()
        wrong = [(each, said) for each in self.looks if (said := each.answer(until)) != OK]
        missing = {each.name: said for each, said in wrong if each.decides}
        warnings = {each.name: said for each, said in wrong if not each.decides}
        return not missing, {
            "status": "not ready" if missing else "ready",
            "missing": missing,
            "warnings": warnings,
        }


def engine_of_its_own(url: str, patience: float = 2) -> Engine:
    """Beside the program's pool, which may be used up, and less patient: `patience` in seconds."""
    if sa.make_url(url).get_backend_name() == "sqlite":
        return sa.create_engine(url, poolclass=sa.NullPool)
    told = {"connect_timeout": 2, "options": f"-c statement_timeout={patience * 1000:.0f}"}
    return sa.create_engine(url, poolclass=sa.NullPool, connect_args=told)


def look_at_the_tables(engine: Engine) -> str:
    with engine.connect() as connection:
        at = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return OK if at == head() else f"its tables are of version {at}, the program is of {head()}"


def look_at_the_scanner(url: str) -> str:
    return OK if version(url) else AWAY


def look_at_the_vault(url: str) -> str:
    try:
        vault_from(url).probe()
    except Unavailable as no:
        return "is full" if no.code == "store_full" else AWAY
    except OSError:
        return "cannot be written"
    return OK


def look_at_a_folder(folder: Path) -> str:
    if not folder.is_dir():
        return "is not there"
    return OK if can_be_written(folder) else "cannot be written"


def can_be_written(folder: Path) -> bool:
    """Tried, for root may write everywhere but where it is read-only; the file has no name and leaves nothing."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"probe")
    except OSError:
        return False
    return True


def look_at_the_jobs(engine: Engine) -> str:
    now = clock.now()
    with Session(engine) as session:
        alive, late = processes_alive(session, now), [run.name for run in late_jobs(session, now)]
    if not alive:
        return "no process does them"
    return f"late: {', '.join(late)}" if late else OK


def look_at_the_libraries() -> str:
    return f"missing: {', '.join(absent)}" if (absent := missing_libraries()) else OK


@cache
def head() -> str:
    """The newest migration of this checkout."""
    return (CHECKOUT / "migrations" / ".head").read_text().strip()


def known_revisions() -> set[str]:
    """Of this checkout's migrations, whose files are named by them."""
    return {path.stem for path in (CHECKOUT / "migrations" / "versions").glob("[0-9]*.py")}
