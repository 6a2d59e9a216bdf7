"""A platform connects its system in a real browser: with a phone and on a screen, with scripts and without."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import sessionmaker

from quality.core.db import db
from quality.delivery.models import Endpoint
from quality.delivery.sending import send_due_webhooks
from tests.harness.receiver import Reply, receiver
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader


def send(served: Served) -> None:
    """In a thread, as the jobs do it: a loop of the browser's runs in this one."""
    with served.app.app_context(), ThreadPoolExecutor() as jobs:
        sessions = sessionmaker(db.engine)
        assert jobs.submit(send_due_webhooks, sessions, served.app.config["SETTINGS"]).result() > 0


@pytest.mark.parametrize(
    ("width", "language", "scheme", "scripts"),
    [(PHONE, "zh", "dark", True), (SCREEN, "en", "light", False)],
)
def test_a_platform_connects_its_system(
    browser: Browser, served: Served, width: int, language: str, scheme: str, *, scripts: bool
) -> None:
    served.app.config["SETTINGS"] = replace(served.app.config["SETTINGS"], webhook_allow_private=True)
    desk = Reader(browser, served, width, language, scheme, scripts=scripts)
    desk.sign_in("desk")
    with receiver() as system:
        desk.open("/desk/endpoints/")
        desk.open("/desk/endpoints/new")
        desk.fill(url="https://169.254.169.254/")
        desk.send(status=422)
        desk.fill(url=system.url)
        desk.send()
        secret = desk.page.locator("#secret").input_value()
        assert secret.startswith("whsec_")
        with served.app.app_context():
            handle = db.session.scalars(sa.select(Endpoint.handle).where(Endpoint.url == system.url)).one()
        here = f"/desk/endpoints/{handle}"
        desk.open(here)
        desk.press("test")
        send(served)
        desk.open(here)
        desk.fill(code="7F3K-92QD-4B8M")
        desk.send("form[action$='/confirm'] button", status=422)
        desk.fill(code=system.taken[0].said["data"]["code"])
        desk.press("confirm")

        system.answers = lambda _taken: Reply(200, {"Content-Type": "text/html"}, "<h1>系统错误</h1>".encode())
        desk.fill(since="2026-01-01T00:00")
        desk.press("recover")
        send(served)
        desk.open(here)
        expect(desk.page.locator("main table tbody tr")).not_to_have_count(1)
        desk.send("main table tbody tr:first-child th a")
        expect(desk.page.locator("main pre")).not_to_have_count(0)

        system.answers = lambda _taken: Reply(410)
        desk.open(here)
        desk.press("test")
        send(served)
        desk.open("/desk/")
        expect(desk.page.locator(".mc-flash.mc-bad")).to_be_visible()
        desk.open(here)
        desk.press("start")
        desk.send("form[action$='/rotate'] button")
        assert desk.page.locator("#secret").input_value() not in {"", secret}
        desk.open(here)
        desk.press("remove")
