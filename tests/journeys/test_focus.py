"""By the keyboard alone: from the skip link through the whole page, each control once, in the order it is read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from quality.core.db import db
from quality.people.models import Membership
from quality.permissions import Role
from tests.harness.desk import PASSWORD, give_password
from tests.harness.people import hire
from tests.journeys.conftest import Served

PAGES = {  # by who is there, each in the width in which they have it; what everybody reads in both
    "coordinator": [("/desk/", 1280), ("/desk/notice/", 390), ("notice", 1280)],
    "reviewer": [("finding", 1280)],
    "buyer": [("task", 390)],
    "analyst": [("/desk/portion/", 1280), ("portion", 390)],
    "signatory": [("report", 390)],
    "desk": [("notice", 390)],
    "admin": [("/desk/people/", 1280)],
    "": [("/account/sign-in", 390), ("/results", 390), ("/results", 1280)],
}
PARTS_OF_A_DATE = 8  # year, month, day, hour, minute, and what opens the calendar
STOPS = """() => {
  const signs = ({outlineStyle, outlineWidth, outlineColor, boxShadow}) =>
    JSON.stringify([outlineStyle === 'none' ? 0 : outlineWidth + outlineColor + outlineStyle, boxShadow])
  const around = each => [each, each.parentElement, each.closest('label')].filter(Boolean)
  const look = each => around(each).map(one => signs(getComputedStyle(one))).join()
  const moves = each => {
    for (let one = each; one; one = one.parentElement)
      if (['sticky', 'fixed'].includes(getComputedStyle(one).position)) return true
    return false
  }
  const box = each => {
    const {left, right, top, bottom} = each.getBoundingClientRect()
    return {left, right, top: top + scrollY, bottom: bottom + scrollY}
  }
  const radios = new Set()
  const isAStop = each => {
    if (each.tabIndex < 0 || each.disabled || each.type === 'hidden' || each.closest('[inert]')) return false
    if (!each.getClientRects().length || !each.checkVisibility({visibilityProperty: true})) return false
    if (each.type !== 'radio') return true
    const group = [...document.getElementsByName(each.name)]
    return each === (group.find(one => one.checked) || group[0])
  }
  const controls = 'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable], iframe'
  window.stops = [...document.querySelectorAll(controls)].filter(isAStop)
  const unfocused = stops.map(look)
  window.stop = () => {
    const each = document.activeElement, place = stops.indexOf(each)
    if (place < 0) return {place, parts: false, html: each.outerHTML.slice(0, 120)}
    const {left, right, top, bottom} = each.getBoundingClientRect()
    const seen = [[left + right, top + bottom], [2 * left + 4, 2 * top + 4], [2 * right - 4, 2 * bottom - 4]]
      .some(([x, y]) => each.contains(document.elementFromPoint(x / 2, y / 2)) ||
                        document.elementFromPoint(x / 2, y / 2)?.contains(each))
    const parts = ['date', 'datetime-local', 'time'].includes(each.type)
    return {place, parts, html: each.outerHTML.slice(0, 120), seen, shows: look(each) !== unfocused[place],
            inMain: !!each.closest('main'), moves: moves(each), box: box(each)}
  }
  return stops.length
}"""


class Walker:
    """Somebody who has no mouse."""

    def __init__(self, browser: Browser, served: Served) -> None:
        self.served = served
        self.context = browser.new_context(base_url=served.address, reduced_motion="reduce")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)

    def sign_in(self, name: str) -> None:
        self.context.clear_cookies()
        self.page.goto("/account/sign-in?lang=en")
        self.page.fill("#email", self.address_of(name))
        self.page.fill("#password", PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("#password").press("Enter")

    def address_of(self, name: str) -> str:
        settled = self.served.settled
        with self.served.app.app_context():
            session = db.session()
            if name in settled.memberships:
                return session.get_one(Membership, settled.memberships[name]).person.email
            agency = session.get_one(Membership, settled.memberships["coordinator"]).organisation
            admin = hire(session, agency, Role.ADMIN)
            assert admin.person
            give_password(session, admin.person)
            session.commit()
            return admin.person.email

    def open(self, page: str, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})
        address = page if page.startswith("/") else f"/desk/{page}/{self.served.settled.world[page]}"
        answer = self.page.goto(address)
        assert answer
        assert answer.status == 200, address

    def tab_through(self) -> list[dict[str, Any]]:
        """Where the focus came to, until it has left the page or was at more places than there are."""
        count = self.page.evaluate(STOPS)
        self.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        came: list[dict[str, Any]] = []
        for _stop in range(count + 1):
            for _part in range(PARTS_OF_A_DATE):
                self.page.keyboard.press("Tab")
                now = self.page.evaluate("stop()")
                if not (came and now["place"] == came[-1]["place"] and now["parts"]):
                    break
            came.append(now)
        return came


@pytest.fixture
def walker(browser: Browser, served: Served) -> Iterator[Walker]:
    made = Walker(browser, served)
    yield made
    made.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_the_focus_goes_through_the_page_as_it_is_read(walker: Walker, name: str) -> None:
    if name:
        walker.sign_in(name)
    wrong = []
    for page, width in PAGES[name]:
        walker.open(page, width)
        wrong += [f"{page} at {width}: {each}" for each in wrong_with(walker.tab_through())]
        walker.open(page, width)
        wrong += [f"{page} at {width}: {each}" for each in wrong_with_the_skip_link(walker.page)]
    assert wrong == []


def wrong_with(came: list[dict[str, Any]]) -> Iterator[str]:
    *through, last = came
    if [each["place"] for each in through] != list(range(len(through))):
        yield f"the focus went {[each['place'] for each in through]}: {through[first_astray(through)]['html']}"
        return
    if last["place"] > 0:
        yield f"the focus does not leave the page: {last['html']}"
    for each in through:
        if not each["shows"]:
            yield f"nothing shows the focus: {each['html']}"
        if not each["seen"]:
            yield f"the focus is covered: {each}"
    for one, next_one in pairwise(through):
        if jumps_back(one, next_one):
            yield f"up the page, from {one['html']} to {next_one['html']}"


def first_astray(through: list[dict[str, Any]]) -> int:
    return next(place for place, each in enumerate(through) if each["place"] != place)


def jumps_back(one: dict[str, Any], next_one: dict[str, Any]) -> bool:
    """Up, and not into a column further to the right; a bar that stays in sight is nowhere on the page."""
    if not (one["inMain"] and next_one["inMain"]) or one["moves"] or next_one["moves"]:
        return False
    here, there = one["box"], next_one["box"]
    return bool(there["bottom"] <= here["top"] and there["left"] < here["right"])


def wrong_with_the_skip_link(page: Page) -> Iterator[str]:
    page.evaluate(STOPS)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    if not page.evaluate(
        "document.activeElement.matches('a[href^=\"#\"]') && document.activeElement.checkVisibility()"
    ):
        yield "the skip link does not come first"
        return
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    first = page.evaluate("stops.findIndex(each => each.closest('main'))")
    if page.evaluate("stop()")["place"] != first and first >= 0:
        yield f"the skip link leads to {page.evaluate('stop()')}"
