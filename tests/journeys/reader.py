"""Somebody at a browser, who looks at every page they come to."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.people.models import Membership
from tests.harness.demonstration import PICTURES
from tests.harness.desk import PASSWORD
from tests.journeys.conftest import Served
from tests.journeys.looked_at import LOOKED_AT

SCREEN, PHONE = 1280, 390
IN_THE_PAGE = "script:not([src], [type='application/ld+json']), [style], [onclick]"  # data is no script
GRAVE = {"error", "warning"}  # a policy's report among them
UNLINKED = """
[...document.querySelectorAll('.is-invalid')].filter(field => {
  const said = (field.getAttribute('aria-describedby') || '').split(' ').filter(Boolean)
  const told = said.length && said.every(id => document.getElementById(id))
  const group = field.type === 'checkbox' && field.closest('section') || field.closest('fieldset') || field
  const links = [...document.querySelectorAll('.mc-errors a[href^="#"]')]
  const linked = !links.length || links.some(link => {
    const aim = document.getElementById(decodeURIComponent(link.hash.slice(1)))
    return aim && (aim === field || group.contains(aim) || aim.contains(field))
  })
  return !told || !linked
}).map(field => field.outerHTML)
"""
OUT_OF_ORDER = """
(() => {
  const open = [...document.querySelectorAll('main :is(a[href], button, input, select, textarea, summary)')]
    .filter(each => !each.disabled && each.type !== 'hidden' && each.getClientRects().length)
  return open.filter(each => each.tabIndex > 0).map(each => each.outerHTML)
})()
"""
WIDE = """
[...document.querySelectorAll('body *')].filter(each => each.getBoundingClientRect().right > innerWidth)
  .map(each => each.outerHTML.slice(0, 200))
"""
SHAPES = """
(() => {
  const shown = each => {
    const named = each.getAttributeNames().filter(name => !['id', 'href', 'value', 'name', 'for'].includes(name)).sort()
    const told = ['role', 'type', 'aria-hidden', 'scope', 'tabindex'].map(name => each.getAttribute(name) || '')
    const classes = each.className.baseVal ?? each.className
    return [each.tagName, classes, named, told, each.textContent.trim() !== ''].join('|')
  }
  const path = each => each && shown(each) + '<' + [each.parentElement, each.parentElement?.parentElement]
    .map(above => above ? shown(above) : '').join('<')
  const outline = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6, main, nav, header, footer, section, form')]
  return [...new Set([...document.querySelectorAll('*')].map(path)), outline.map(each => each.tagName).join('>')]
})()
"""


class Reader:
    def __init__(
        self, browser: Browser, served: Served, width: int, language: str, scheme: Any, *, scripts: bool = True
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            base_url=served.address,
            java_script_enabled=scripts,
        )
        self.served, self.width, self.language, self.scripts, self.scheme = served, width, language, scripts, scheme
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in GRAVE:
            self.complaints.append(said.text)

    # --- going somewhere ---

    def sign_in(self, name: str) -> None:
        with self.served.app.app_context():
            membership = db.session.get_one(Membership, self.served.settled.memberships[name])
            email = membership.person.email
        self.enter(email)

    def enter(self, email: str, password: str = PASSWORD) -> None:
        self.open(f"/account/sign-in?lang={self.language}")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.send("main button")

    def open(self, path: str, status: int = 200) -> None:
        answer = self.page.goto(path)
        assert answer
        assert answer.status == status, path
        self.look(status)

    def dossier(self, kind: str) -> None:
        self.open(f"/desk/{kind}/{self.served.settled.world[kind]}")
        expect(self.page.locator("h1")).to_have_count(1)
        expect(self.page.locator(".mc-court")).to_be_visible()
        expect(self.page.locator(".mc-events")).not_to_have_count(0)

    @property
    def where(self) -> str:
        return urlsplit(self.page.url).path

    # --- doing something ---

    def fill(self, **typed: Any) -> None:
        """Each control by its name: text, one of a list, boxes to tick, files."""
        for name, value in typed.items():
            found = self.page.locator(f"main [name='{name}']:not([type=hidden])")
            kind = found.first.evaluate("each => each.type")
            if kind == "file":
                found.set_input_files([value] if isinstance(value, Path) else value)
            elif kind == "checkbox":
                for each in value:
                    self.page.check(f"main [name='{name}'][value='{each}']")
            elif kind.startswith("select"):
                found.select_option(value)
            else:
                found.fill(value)

    def send(self, button: str = "main form .btn-primary", status: int = 200) -> None:
        """Press, and look at what comes."""
        with self.page.expect_navigation() as came:  # or the page before would be looked at, or half of one
            self.page.locator(button).first.click()
        assert came.value
        assert came.value.status == status, self.page.locator("main").inner_text()[:500]
        self.look(status)

    def press(self, name: str, **typed: str) -> None:
        """A move that stands on the page of its case, with the note that goes with it."""
        form = f"form[action$='/{name}']"
        for field, text in typed.items():
            self.page.fill(f"{form} [name={field}]", text)
        self.send(f"{form} button")
        expect(self.page.locator(".mc-flash.mc-ok").first).to_be_visible()

    # --- looking ---

    def look(self, status: int = 200) -> None:
        """Nothing for axe to complain of, nothing that sticks out, nothing that a policy had to stop."""
        where = self.page.url
        if self.scripts:  # axe is a script itself
            self.look_with_axe(where)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, [where, wide, *self.page.evaluate(WIDE)]
        assert [text for text in self.complaints if f"status of {status}" not in text] == [], where
        self.complaints.clear()
        assert self.page.locator(IN_THE_PAGE).count() == 0, where
        assert self.page.evaluate(UNLINKED) == [], where
        assert self.page.evaluate(OUT_OF_ORDER) == [], where
        if self.page.locator(".mc-errors").count():
            expect(self.page.locator(".mc-errors")).to_be_focused()

    def look_with_axe(self, where: str) -> None:
        """Half the time of a journey; so a page is left out on which every element was seen before, where it stands."""
        shapes = {(self.width, str(self.scheme), shape) for shape in self.page.evaluate(SHAPES)}
        if not LOOKED_AT.lacks(shapes):
            return
        found = Axe().run(self.page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], where
        LOOKED_AT.add(shapes)

    def picture(self, name: str) -> None:
        if PICTURES and (self.width, self.language) == (SCREEN, "zh"):
            keep(self.page.screenshot(full_page=True), CHECKOUT / "docs" / "pictures" / f"{name}.png")


def keep(screenshot: bytes, path: Path) -> None:
    """In as many colours as a page of ours has, which is a third of the bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    drawn = Image.open(BytesIO(screenshot)).convert("RGB").quantize(128, dither=Image.Dither.NONE)
    drawn.save(path, optimize=True)
