"""An account in a real browser: the second step with an app's codes, and a passkey on a device of Chromium's own."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from quality.campaigns.models import Campaign
from quality.core.db import db
from quality.people.models import Membership
from tests.harness.clock import HeldClock
from tests.harness.desk import PASSWORD
from tests.journeys.conftest import Served
from tests.people.test_second_step import code_at

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip
INBOX = re.compile(r":\d+/desk/portion/$")
SHOWN = os.environ.get("ACCOUNT_PICTURES")  # a folder, to look at the pages


class Visitor:
    def __init__(self, browser: Browser, served: Served, **more: Any) -> None:
        at = served.address.replace("127.0.0.1", "localhost")  # passkeys are for names, not for numbers
        self.context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=at, locale="en-GB", **more)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.served = served

    def sign_in(self, password: str = PASSWORD, name: str = "analyst", wants: str = "/desk/portion/") -> None:
        with self.served.app.app_context():
            membership = db.session.get_one(Membership, self.served.settled.memberships[name])
            email = membership.person.email
        self.page.goto(f"/account/sign-in?lang=en&next={wants}")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.press("Sign in", exact=True)

    def look(self, name: str) -> None:
        found = Axe().run(self.page).response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == [], name
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390, name
        if SHOWN:
            self.page.screenshot(path=f"{SHOWN}/{name}.png", full_page=True)

    def press(self, name: str, *, exact: bool = False) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=exact).click()

    def plug_in(self) -> Any:
        plug = self.context.new_cdp_session(self.page)
        plug.send("WebAuthn.enable")
        device = plug.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
        return lambda: plug.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]


@pytest.fixture
def visitor(browser: Browser, served: Served) -> Iterator[Visitor]:
    made = Visitor(browser, served)
    yield made
    made.context.close()


def test_a_code_of_the_app_is_asked_for_after_the_password(visitor: Visitor, clock: HeldClock) -> None:
    visitor.sign_in()
    visitor.page.goto("/account/")
    visitor.look("own")
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("link", name="Set it up").click()
    visitor.press("Set it up")
    visitor.look("scan")
    expect(visitor.page.get_by_alt_text("QR code with the key for the app")).to_be_visible()
    assert visitor.page.evaluate("document.querySelector('img').naturalWidth") > 100
    key = visitor.page.locator(".text-break").inner_text().replace(" ", "")
    visitor.page.fill("#code", code_at(key, clock.moment))
    visitor.press("Turn the second step on")
    expect(visitor.page.locator("ol.row li")).to_have_count(10)
    visitor.look("recovery-codes")

    visitor.context.clear_cookies()
    clock.advance(minutes=1)
    visitor.sign_in()
    visitor.look("code")
    visitor.page.fill("#code", "000000")
    visitor.press("Sign in")
    expect(visitor.page.get_by_role("alert")).to_be_focused()
    visitor.look("code-wrong")
    visitor.page.fill("#code", code_at(key, clock.moment))
    visitor.press("Sign in")
    expect(visitor.page).to_have_url(INBOX)
    visitor.page.goto("/account/second-step")
    visitor.look("second-step-on")


def test_a_passkey_stands_for_password_and_code(visitor: Visitor) -> None:
    keys = visitor.plug_in()
    visitor.sign_in()
    visitor.page.goto("/account/passkeys/new")
    visitor.look("passkey")
    visitor.page.fill("#name", "My telephone")
    visitor.press("Make the passkey")
    expect(visitor.page.locator("main")).to_contain_text("My telephone")
    assert len(keys()) == 1

    visitor.page.goto("/account/passkeys/new")
    visitor.page.fill("#name", "The same again")
    visitor.page.get_by_role("button", name="Make the passkey").click()  # the device answers, no page comes
    expect(visitor.page.get_by_text("This device holds a passkey of yours already")).to_be_visible()

    visitor.context.clear_cookies()
    visitor.page.goto("/account/sign-in?lang=en&next=/desk/portion/")
    visitor.look("sign-in")
    visitor.press("Sign in with a passkey")
    expect(visitor.page).to_have_url(INBOX)
    visitor.page.goto("/account/")
    visitor.press("Take away")
    visitor.context.clear_cookies()
    visitor.page.goto("/account/sign-in?lang=en")
    visitor.press("Sign in with a passkey")
    expect(visitor.page.get_by_text("This passkey does not open an account here")).to_be_visible()


def test_without_javascript_all_but_passkeys_works_and_those_say_so(browser: Browser, served: Served) -> None:
    visitor = Visitor(browser, served, java_script_enabled=False)
    visitor.page.goto("/account/sign-in?lang=en")
    expect(visitor.page.get_by_text("Signing in with a passkey needs JavaScript")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    visitor.sign_in()
    expect(visitor.page).to_have_url(INBOX)
    visitor.page.goto("/account/passkeys/new")
    expect(visitor.page.get_by_text("Passkeys need JavaScript")).to_be_visible()
    visitor.page.goto("/account/change-password")
    visitor.page.fill("#password", PASSWORD)
    visitor.page.fill("#new", "another long password 26")
    visitor.page.fill("#again", "another long password 26")
    visitor.press("Change the password")
    expect(visitor.page.get_by_role("status")).to_contain_text("Your password is changed")
    visitor.context.close()


def test_what_was_typed_comes_back_after_signing_in_with_a_passkey(visitor: Visitor) -> None:
    """The session ended in the middle of a long form: nothing typed is lost, and nothing is recorded unasked."""
    visitor.plug_in()
    visitor.sign_in(name="coordinator", wants="/desk/campaign/new")
    visitor.page.goto("/account/passkeys/new")
    visitor.page.fill("#name", "My telephone")
    visitor.press("Make the passkey")
    visitor.page.goto("/desk/campaign/new")
    typed = "2026年云州市网络销售儿童玩具质量监督抽检 🧸"
    visitor.page.fill("[name=title]", typed)
    visitor.page.fill("[name=basis]", "《产品质量法》第十五条\n第二行")
    visitor.page.fill("[name=item_1]", "可迁移元素：铅")

    visitor.context.clear_cookies()
    visitor.press("Keep the plan")
    expect(visitor.page.get_by_text("Sign in, and what you typed comes back; it is not recorded yet")).to_be_visible()
    visitor.look("kept-sign-in")
    visitor.press("Sign in with a passkey")

    expect(visitor.page).to_have_url(re.compile(r"/desk/campaign/new$"))
    expect(visitor.page.get_by_text("Look through it and send it once more").first).to_be_visible()
    visitor.look("kept-back")
    expect(visitor.page.locator("[name=title]")).to_have_value(typed)
    expect(visitor.page.locator("[name=basis]")).to_have_value("《产品质量法》第十五条\n第二行")
    expect(visitor.page.locator("[name=item_1]")).to_have_value("可迁移元素：铅")
    with visitor.served.app.app_context():
        assert db.session.scalars(sa.select(Campaign).where(Campaign.title == typed)).first() is None
