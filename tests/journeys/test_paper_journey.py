"""A result on paper: what is pressed is gone, what was shut is open, and bars are told apart without colour."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader

GREY = """
Object.fromEntries(['accept', 'guard', 'reject'].map(tone => {
  const drawn = document.querySelector(`.mc-plot .${tone}`)
  const [r, g, b] = drawn ? getComputedStyle(drawn).fill.match(/\\d+/g).map(Number) : [0, 0, 0]
  return [tone, drawn ? 0.299 * r + 0.587 * g + 0.114 * b : null]
}))
"""


def test_a_result_and_the_guide_are_read_on_paper_without_colour(browser: Browser, served: Served) -> None:
    assert served.settled
    number = served.settled.world["result"]
    reader = Reader(browser, served, SCREEN, "en", "light")
    page = reader.page
    for address in (f"/results/{number}?lang=en", "/guide?lang=en"):
        reader.open(address)
        page.emulate_media(media="print")
        for hidden in (".mc-bar", ".mc-foot", ".mc-asks", ".mc-on-screen"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.locator("p.mc-on-paper")).to_contain_text(f"{address.partition('?')[0]}?lang=en")
        page.emulate_media(media="screen")
    page.emulate_media(media="print")
    grey = page.evaluate(GREY)
    assert grey["accept"] - grey["guard"] > 25
    assert grey["guard"] - grey["reject"] > 25
    page.goto(f"/results/{number}?lang=en")
    expect(page.locator("details table").first).to_be_visible()
    where = "(el) => getComputedStyle(el, '::after').content"
    assert f"/results/{number}/v1.json" in page.locator("a[href*='v1.json']").evaluate(where)
    assert page.pdf(format="A4").startswith(b"%PDF")

    phone = Reader(browser, served, PHONE, "zh", "dark")
    phone.open("/guide")
