"""A reader checks a proof in their own browser: nothing is sent, and what was altered is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import sessionmaker

from quality.core.db import db
from quality.core.handover import fingerprint, handed_over, revoked
from quality.jobs import sign_daily_root
from tests.harness.clock import HeldClock
from tests.harness.proofs import KEY, OTHER, public
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE


def shown(page: Page, kind: str) -> list[str | None]:
    return [each.get_attribute(f"data-{kind}") for each in page.locator(f"[data-{kind}]:visible").all()]


def not_holding(page: Page) -> list[str | None]:
    return [
        each.get_attribute("data-link") for each in page.locator("[data-link]:not([data-found=holds]):visible").all()
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_proof_is_checked_in_the_browser_alone(
    browser: Browser, served: Served, clock: HeldClock, language: str
) -> None:
    assert served.settled
    clock.advance(days=1)
    with served.app.app_context():
        sign_daily_root(sessionmaker(db.engine), served.app.config["SETTINGS"])
    size: Any = {"width": PHONE, "height": 844}
    page = browser.new_context(viewport=size, base_url=served.address).new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    number = served.settled.world["result"]
    page.goto(f"/results/{number}?lang={language}")
    page.locator("a[href*='/proof/check']").click()
    field, button = page.locator("#proof"), page.locator("form[data-proof=here] button")
    proof = json.loads(field.input_value())

    button.click()
    expect(page.locator("[data-means=holds]")).to_be_visible()
    assert (not_holding(page), shown(page, "by")) == ([], ["browser"])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert Axe().run(page).response["violations"] == []

    for altered, links in [
        (proof | {"copy": proof["copy"] | {"verdict": "conforming"}}, ["copy"]),
        (proof | {"path": proof["path"][1:]}, ["path"]),
        (proof | {"root": proof["root"] | {"day": "2020-01-01"}}, ["signature"]),
        (proof | {"state": "withdrawn"}, ["statement"]),
    ]:
        field.fill(json.dumps(altered))
        button.click()
        expect(page.locator("[data-means=broken]")).to_be_visible()
        assert not_holding(page) == links
    field.fill(json.dumps(proof))
    present = Ed25519PrivateKey.from_private_bytes(served.app.config["SETTINGS"].record_signing_key)
    over = handed_over(OTHER, present, clock.moment)
    page.locator("summary").click()
    page.locator("#key").fill(fingerprint(public(OTHER)))
    for statements, way in [
        ([over], "vouched"),
        ([], "no_voucher"),
        ([over | {"signature_from": over["signature_to"]}], "forged"),
        ([handed_over(KEY, present, clock.moment)], "stranger"),
        ([over, revoked(OTHER, clock.moment)], "revoked"),
    ]:
        page.locator("#statements").fill(json.dumps({"statements": statements}))
        button.click()
        expect(page.locator(f"[data-way={way}]:visible")).to_have_count(1)
        assert shown(page, "means") == ["holds" if way == "vouched" else "broken"]
    page.locator("#key").fill("0" * 64)
    button.click()
    expect(page.locator("[data-link=key][data-found=broken]")).to_be_visible()
    field.fill("{}")
    button.click()
    expect(page.locator("[data-unreadable]")).to_be_visible()
    assert sent == []
