"""A seal is read off in a real browser: by a hand scanner, out of a picture, and without our script."""

from __future__ import annotations

import io

import segno
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, Reader


def picture_of(text: str) -> bytes:
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(drawn, kind="png", scale=8, border=4)
    return drawn.getvalue()


def test_a_number_comes_from_a_scanner_and_out_of_a_picture(browser: Browser, served: Served) -> None:
    coordinator = Reader(browser, served, PHONE, "en", "light")
    coordinator.sign_in("coordinator")
    page, where = coordinator.page, f"/desk/sample/{served.settled.world['sample']}/hand_over"
    coordinator.open(where)
    seal = page.locator("#seal_no")

    # a hand scanner types the number and Enter: the next field has the word, and nothing is sent
    seal.click()
    page.keyboard.type("YZ-000007-A")
    page.keyboard.press("Enter")
    expect(page.locator("#seal_state")).to_be_focused()
    expect(seal).to_have_value("YZ-000007-A")
    assert page.url.endswith(where)

    # a picture that is chosen is read at once
    page.fill("#place", "B-12")
    page.locator("details[data-tools=seal_no] summary").click()
    coordinator.look()
    with page.expect_navigation():
        page.set_input_files(
            "[name='seal_no-picture']", {"name": "c.png", "mimeType": "image/png", "buffer": picture_of("YZ-000008-A")}
        )
    expect(page.locator("#seal_no")).to_have_value("YZ-000008-A")
    expect(page.locator("#place")).to_have_value("B-12")


def test_without_our_script_enter_records_nothing(browser: Browser, served: Served) -> None:
    coordinator = Reader(browser, served, PHONE, "en", "light")
    coordinator.sign_in("coordinator")
    page, where = coordinator.page, f"/desk/sample/{served.settled.world['sample']}/hand_over"
    page.route("**/scan.js*", lambda route: route.abort())
    page.goto(f"{served.address}{where}")
    page.fill("#seal_no", "YZ-000007-A")
    with page.expect_navigation():
        page.press("#seal_no", "Enter")
    expect(page.locator("#seal_no")).to_have_value("YZ-000007-A")
    expect(page.locator(".mc-errors")).to_have_count(0)
    expect(page.locator("h1")).to_have_text("Hand it over")
