"""Every kind of public page as its readers have it: on a screen, on a telephone, enlarged, by keyboard alone.

Each run opens each of them in the narrowest look. `make accessibility` looks at each in all looks, with every rule for
WCAG 2.2 AA, walks through it by keyboard, and writes what the accessibility statement says: only where nothing failed.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from quality.core import clock
from quality.core.clock import BEIJING
from quality.pages.accessibility import TESTED, Look, Statement, criteria_of, last_run, written
from tests.harness.public_pages import examples, kinds
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader
from tests.journeys.test_focus import Walker, wrong_with, wrong_with_the_skip_link

STATEMENT = os.environ.get("MINGCHA_STATEMENT")  # set it to look at everything and to write what the statement says
ENLARGED = 320  # a screen of 1280 pixels at 400 % (WCAG 1.4.10)
LOOKS = [Look("zh", SCREEN, "light"), Look("en", PHONE, "dark"), Look("zh-Hant", ENLARGED, "light")]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OUTCOMES = ("violations", "passes", "incomplete", "inapplicable")
Pages = dict[str, tuple[str, int]]


def test_every_kind_of_public_page_can_be_used_by_everybody(browser: Browser, demonstrated: Served) -> None:
    pages = examples(demonstrated.app)
    assert pages.keys() == kinds(demonstrated.app), "no link leads to the others"
    looked = Looks()
    for look in LOOKS if STATEMENT else LOOKS[-1:]:
        visitor = Reader(browser, demonstrated, look.width, look.language, look.scheme)
        for address, status in pages.values():
            visitor.open(in_language(address, look.language), status)
            if STATEMENT:
                looked.at(visitor)
        visitor.context.close()
    if STATEMENT:
        stops = by_keyboard(browser, demonstrated, pages)
        TESTED.write_text(written(looked.said(browser, sorted(pages), stops)), "utf-8")
        last_run.cache_clear()
    assert last_run().pages == sorted(pages), "make accessibility looks at what there is now"


class Looks:
    """What axe said of all that was looked at."""

    def __init__(self) -> None:
        self.rules: dict[str, set[str]] = {}
        self.undecided, self.views, self.version = Counter[str](), 0, ""

    def at(self, visitor: Reader) -> None:
        wanted: Any = {"runOnly": {"type": "tag", "values": TAGS}}
        said = Axe().run(visitor.page, options=wanted).response
        failing = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in said["violations"]]
        assert failing == [], visitor.page.url
        self.rules |= {rule["id"]: set(rule["tags"]) for outcome in OUTCOMES for rule in said[outcome]}
        self.undecided.update({rule["id"]: len(rule["nodes"]) for rule in said["incomplete"]})
        self.views, self.version = self.views + 1, said["testEngine"]["version"]

    def said(self, browser: Browser, pages: list[str], stops: int) -> Statement:
        return Statement(
            on=clock.by_the_machine().astimezone(BEIJING).date(),
            axe=self.version,
            browser=browser.version,
            rules=sorted(self.rules),
            criteria=criteria_of(set().union(*self.rules.values())),
            looks=LOOKS,
            pages=pages,
            views=self.views,
            undecided=dict(sorted(self.undecided.items())),
            stops=stops,
        )


def by_keyboard(browser: Browser, served: Served, pages: Pages) -> int:
    """Through each page, and past its menu: to how many places the focus came."""
    walker, wrong, stops = Walker(browser, served), list[str](), 0
    for address, status in pages.values():
        walker.page.set_viewport_size({"width": SCREEN, "height": 900})
        answer = walker.page.goto(address)
        assert answer and answer.status == status, address
        came = walker.tab_through()
        stops += len(came) - 1
        wrong += [f"{address}: {each}" for each in wrong_with(came)]
        walker.page.goto(address)
        wrong += [f"{address}: {each}" for each in wrong_with_the_skip_link(walker.page)]
    walker.context.close()
    assert wrong == []
    return stops


def in_language(address: str, language: str) -> str:
    return address if language == "zh" else f"{address}{'&' if '?' in address else '?'}lang={language}"
