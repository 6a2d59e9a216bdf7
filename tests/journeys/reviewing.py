"""What coordinator and reviewer do with a plan between its draft and its draw, on pages only."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from quality.campaigns.models import Campaign
from quality.core import clock as time
from quality.core.db import db
from tests.harness.clock import HeldClock, minute
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, Reader

WHY = "每层只购三件，不够推断"
NUMBER = "03 11 19 22 31 + 05"


class Secrets(NamedTuple):
    """Of a draw: what is public from freezing on, and what is not before closing."""

    hashes: list[str]
    kept: list[str]


def is_reviewed_and_drawn(
    browser: Browser, served: Served, clock: HeldClock, coordinator: Reader, at: str, *, to_buy: str
) -> None:
    """From the submission to the draw, with an approval that is taken back once. `at` is the campaign's page."""
    reviewer = Reader(browser, served, PHONE, "en", "dark")
    reviewer.sign_in("reviewer")
    main = reviewer.page.locator("main")
    number = at.rsplit("/", 1)[1]

    # an approval is taken back, and its drafter reads why
    coordinator.open(at)
    coordinator.press("submit", note="请审")
    reviewer.open(at)
    expect(main).not_to_contain_text("since the plan was approved")
    reviewer.press("approve")
    expect(main).to_contain_text("as it stands in the record")
    reviewer.press("reopen", note=WHY)
    coordinator.open(at)
    expect(coordinator.page.locator("main")).to_contain_text(WHY)

    # the reviewer reads what changed since, and nothing more
    coordinator.open(f"{at}/amend")
    coordinator.fill(allocation_n=to_buy)
    coordinator.send()
    coordinator.open(at)
    coordinator.press("submit", note="已改")
    reviewer.open(at)
    expect(main).to_contain_text("What changed since the plan was approved")
    expect(main).to_contain_text("compared with version 1")
    expect(main).to_contain_text("To buy in the stratum")
    reviewer.press("approve")
    reviewer.open(f"{at}/what-if")
    reviewer.open(f"{at}/money")
    reviewer.open("/desk/campaigns/calendar?year=2026&quarter=4")
    expect(main).to_contain_text("童装抽检")

    # frozen, and drawn once the number is out
    reviewer.open(f"{at}/freeze")
    reviewer.fill(public_event="云州体育彩票第26188期", public_event_at=minute(time.now() + timedelta(hours=12)))
    reviewer.send()
    reviewer.open(f"{at}/draw")
    expect(main.locator("form")).to_have_count(0)
    clock.advance(hours=13)
    reviewer.open(f"{at}/draw")
    reviewer.fill(public_number=NUMBER, source="云州晚报")
    reviewer.send()
    for reader in (reviewer, coordinator):
        reader.open(f"{at}/draw")
        reader.open(f"{at}/drawn")
        expect(reader.page.locator("main tbody tr").first).to_be_visible()

    is_public_by_its_hashes_only(browser, served, number)


def is_public_by_its_hashes_only(browser: Browser, served: Served, number: str) -> None:
    public = Reader(browser, served, PHONE, "zh", "light")
    public.open(f"/draws/{number}?lang=zh")
    with served.app.app_context():
        secrets = secrets_of(db.session.scalars(sa.select(Campaign).where(Campaign.number == number)).one())
    read = public.page.content()
    assert [each for each in secrets.hashes if each not in read] == []
    assert [each for each in [*secrets.kept, NUMBER, "item.example"] if each in read] == []
    assert public.context.cookies() == []


def secrets_of(campaign: Campaign) -> Secrets:
    assert campaign.frame_hash
    assert campaign.design_hash
    assert campaign.commitment
    assert campaign.salt
    assert campaign.seed
    return Secrets([campaign.frame_hash, campaign.design_hash, campaign.commitment], [campaign.salt, campaign.seed])
