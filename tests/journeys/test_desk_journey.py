"""A day at the desk in a real browser, on a phone and on a screen, in both languages, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from quality.core.db import db
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.permissions import Role
from tests.harness.desk import NAMES
from tests.harness.figures import some_figures
from tests.harness.people import hire
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader


@pytest.fixture(
    params=[(SCREEN, "zh", "light"), (PHONE, "en", "dark")],
    ids=["screen, 中文, light", "phone, English, dark"],
)
def reader(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Callable[[str], Reader]:
    def come(name: str) -> Reader:
        made = Reader(browser, served, *request.param)
        made.sign_in(name)
        return made

    return come


def test_a_day_at_the_desk(served: Served, reader: Callable[[str], Reader]) -> None:
    coordinator = reader("coordinator")
    page, world = coordinator.page, served.settled.world
    for kind in ("campaign", "task", "sample", "report", "finding", "objection", "notice", "result"):
        coordinator.dossier(kind)
        if kind in {"sample", "notice"}:
            coordinator.picture(kind)
    coordinator.open("/desk/finding/")
    coordinator.open(f"/desk/campaign/{world['campaign']}/drawn")

    # a refused move is there, with its reason
    coordinator.dossier("notice")
    close = page.locator("#why-close")
    expect(close).to_be_visible()
    expect(page.locator("[aria-describedby=why-close]")).to_be_disabled()
    page.locator(".mc-clock summary").first.click()
    expect(page.locator(".mc-clock[open] .mc-why").first).to_be_visible()
    coordinator.look()

    # a move on a page that somebody else has made stale
    coordinator.dossier("objection")
    coordinator.dossier("sample")
    stale = f"form[action='/desk/sample/{world['sample']}/send_back']"
    page.fill(f"{stale} input[name=note]", "不确定度未填")
    other = somebody_else_moves_on(served)
    coordinator.send(f"{stale} button", status=409)
    expect(page.locator("main")).to_contain_text(other)
    expect(page.locator("main")).to_contain_text("不确定度未填")

    # each sees their own
    analyst = reader("analyst")
    analyst.dossier("portion")
    platform = reader("desk")
    platform.dossier("notice")
    expect(platform.page.locator(".mc-side .mc-said")).to_be_visible()
    assert NAMES["coordinator"] not in platform.page.content()
    buyer = reader("buyer")
    buyer.open(f"/desk/task/{world['task']}")
    expect(buyer.page.locator(".mc-sticky button")).to_be_enabled()

    # and out
    coordinator.open("/desk/")
    page.locator(".mc-end .mc-menu > summary").click()
    coordinator.send("form[action='/account/sign-out'] button")
    page.goto("/desk/")
    expect(page).to_have_url(re.compile("/account/sign-in"))


def somebody_else_moves_on(served: Served) -> str:
    """A colleague proposes the finding meanwhile; returns their name."""
    from quality.lab.operations import propose_finding
    from quality.purchases.models import Sample

    with served.app.app_context():
        session = db.session()
        agency = session.get_one(Organisation, served.settled.organisations["agency"])
        other: Actor = hire(session, agency, Role.COORDINATOR)
        assert other.person
        found = session.query(Sample).filter_by(number=served.settled.world["sample"]).one()
        propose_finding(session, found, by=other)
        name = other.person.name
        session.commit()
    return name


@pytest.mark.parametrize(("width", "language", "scheme"), [(PHONE, "zh", "light"), (SCREEN, "en", "dark")])
def test_the_busiest_pages_the_other_way_round(
    browser: Browser, served: Served, width: int, language: str, scheme: str
) -> None:
    reviewer = Reader(browser, served, width, language, scheme)
    reviewer.sign_in("reviewer")
    for kind in ("finding", "sample", "notice"):
        reviewer.dossier(kind)
        expect(reviewer.page.locator(".mc-pill").first).to_be_visible()


def test_what_the_public_reads(browser: Browser, served: Served) -> None:
    world = served.settled.world
    paths = ["/", "/results", *(f"/{page}/{world['campaign']}" for page in ("campaigns", "draws", "statistics"))]
    for width, language, scheme in ((SCREEN, "zh", "light"), (PHONE, "en", "dark")):
        visitor = Reader(browser, served, width, language, scheme)
        for path in (*paths, "/statistics", "/subscribe", "/subscribe/asked"):
            visitor.open(f"{path}?lang={language}")
        visitor.open("/results/R-YZ-1999-0001", status=404)
        visitor.open(f"/results/{world['result']}?lang={language}")
        visitor.picture("result")
        assert visitor.page.context.cookies() == []


def test_figures_are_read_by_everybody(browser: Browser, served: Served) -> None:
    number = served.settled.world["campaign"]
    with served.app.app_context():
        some_figures(db.session(), number)
    for width, language, scheme in ((SCREEN, "zh", "light"), (PHONE, "en", "dark")):
        visitor = Reader(browser, served, width, language, scheme)
        visitor.open(f"/statistics?lang={language}")
        expect(visitor.page.locator("svg desc").first).to_be_attached()
        visitor.open(f"/statistics/{number}?lang={language}")
        expect(visitor.page.locator(".mc-figure").last).to_contain_text("82.8")
