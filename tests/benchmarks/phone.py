"""Five hundred pictures that wait on a telephone, whose browser is killed three times while it sends them.

In a real Chromium, by `SIGKILL` to all of it, on SQLite. `python -m tests.benchmarks.phone` measures these alone.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Error, FilePayload, Page, Playwright, sync_playwright

from quality.core import migrations
from quality.core.db import db
from quality.evidence.models import Exhibit
from quality.field.models import Piece
from quality.purchases.models import TaskStatus
from tests.benchmarks.measure import Row, as_markdown
from tests.benchmarks.papers import standing_clock
from tests.evidence.files import little_picture
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import founded
from tests.harness.purchases import task_at
from tests.journeys.conftest import CHROMIUM, on_a_port

PICTURES, KILLS = 500, 3
PATIENCE = 900.0
COUNTED = """
new Promise(done => {
  const asked = indexedDB.open('mingcha-field')
  asked.onsuccess = () => {
    const rows = asked.result.transaction('pieces').objectStore('pieces').getAll()
    rows.onsuccess = () => { asked.result.close(); done(rows.result.map(row => row.state)) }
  }
})
"""


@contextmanager
def telephone(playwright: Playwright, kept: Path, address: str) -> Iterator[tuple[BrowserContext, Page]]:
    context = playwright.chromium.launch_persistent_context(
        str(kept),
        executable_path=CHROMIUM,
        args=["--no-sandbox"],
        base_url=address,
        viewport={"width": 390, "height": 844},
    )
    try:
        yield context, context.pages[0]
    finally:
        with suppress(Error):
            context.close()


def kill(kept: Path) -> None:
    """Every process of the browser that keeps its things there, at once."""
    for each in Path("/proc").iterdir():
        with suppress(OSError):
            if each.name.isdigit() and str(kept).encode() in (each / "cmdline").read_bytes():
                os.kill(int(each.name), signal.SIGKILL)


def come_to(page: Page, many: int, *states: str) -> None:
    end = time.monotonic() + PATIENCE
    while sum(Counter(page.evaluate(COUNTED))[state] for state in states) < many:
        if time.monotonic() > end:
            raise RuntimeError(f"{many} pieces were not {states} within {PATIENCE:.0f} s")
        page.wait_for_timeout(100)


def set_up(page: Page, email: str) -> None:
    page.goto("/account/sign-in?lang=en")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.click("[data-set-up]")
    page.locator("[data-set-up]").wait_for(state="hidden")


def fill_the_queue(context: BrowserContext, page: Page, number: str) -> None:
    """Without network."""
    page.goto(f"/desk/task/{number}")
    page.wait_for_selector("[data-field][data-ready]", state="attached")
    context.set_offline(True)
    shot = page.locator("[data-shot][data-kind=packaging]").first
    control = shot.locator("input[type=file]")
    control.evaluate("each => (each.multiple = true)")
    control.set_input_files(
        [FilePayload(name=f"{n}.png", mimeType="image/png", buffer=little_picture(n)) for n in range(PICTURES)]
    )
    shot.locator("button").click()
    come_to(page, PICTURES, "here", "going")


def a_parcel(app: Flask) -> tuple[str, str]:
    """The buyer's address, and the number of a task whose parcel has come."""
    with app.app_context(), standing_clock() as clock:
        migrations.upgrade()
        cast = founded(db.session(), clock)
        assert cast.buyer.person
        give_password(db.session(), cast.buyer.person, "许清和")
        task = task_at(db.session(), cast, TaskStatus.RECEIVED)
        told = str(cast.buyer.person.email), task.number
        db.session.commit()
        return told


def rows(folder: Path) -> list[Row]:
    """How many of them are there once, and what a second of it all brings."""
    kept = folder / "telephone"
    with on_a_port(f"sqlite:///{folder}/phone.db", folder) as (app, address), sync_playwright() as playwright:
        email, number = a_parcel(app)
        with telephone(playwright, kept, address) as (context, page):
            set_up(page, email)
            fill_the_queue(context, page, number)
        began = time.perf_counter()
        for turn in range(KILLS + 1):
            with telephone(playwright, kept, address) as (context, page):
                page.goto("/desk/field/queue")
                if turn == KILLS:
                    come_to(page, PICTURES, "safe")
                else:
                    come_to(page, (turn + 1) * PICTURES // (KILLS + 1), "sent", "safe")
                    kill(kept)
        took = time.perf_counter() - began
        with app.app_context():
            exhibits = Counter(db.session.scalars(sa.select(Exhibit.holding_id).where(Exhibit.kind == "packaging")))
            pieces = db.session.scalars(sa.select(sa.func.count()).select_from(Piece)).one()
    once = sum(many == 1 for many in exhibits.values())
    print(f"{PICTURES} pictures in {took:.0f} s with {KILLS} kills", file=sys.stderr)
    what = f"pictures that waited on a telephone and are there once, its browser killed {KILLS} times"
    too_many = max(0, len(exhibits) - PICTURES, pieces - PICTURES)
    return [
        Row(what, "pictures that were taken", "SQLite", once, PICTURES, (PICTURES + too_many) / max(once, 1), 1.0, "")
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        print(as_markdown(rows(Path(place))))
