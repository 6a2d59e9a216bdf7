"""A morning in the laboratory in a real browser: its list, a grid of sixty items, a slip, a draft."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from quality.campaigns.models import CampaignItem
from quality.core.db import db
from quality.purchases.models import PortionKind, Sample
from tests.journeys.conftest import Served
from tests.journeys.test_desk_journey import PHONE, SCREEN, Reader

MANY = 60
COPIED = '＜0.5\tmg/kg\t0.1\r\n0,5 mg/kg\t\t0.2\r\n"1 200"\tmg/kg\t0.3\r\n'


def with_sixty_items(served: Served) -> str:
    """The blind number of a portion whose campaign asks as many, and whose report may still be corrected."""
    with served.app.app_context():
        session, number = db.session(), served.settled.world["sample"]
        sample = session.scalars(sa.select(Sample).where(Sample.number == number)).one()
        portion = sample.portion(PortionKind.TEST)
        campaign, blind = sample.task.campaign, portion.blind_no
        session.add_all(
            CampaignItem(
                campaign_id=campaign.id,
                item=f"可迁移元素：第{n}号，名称很长的检验项目",
                limit="≤90 mg/kg",
                method="GB 6675.4—2014 玩具安全 第4部分：特定元素的迁移",
                rule="non_binary",
            )
            for n in range(len(campaign.items) + 1, MANY + 1)
        )
        session.commit()
    return blind


@pytest.mark.parametrize(("width", "language", "scheme"), [(PHONE, "en", "light"), (SCREEN, "zh", "dark")])
def test_a_morning_in_the_laboratory(browser: Browser, served: Served, width: int, language: str, scheme: str) -> None:
    if width == PHONE:
        a_control_is_registered(Reader(browser, served, width, language, scheme))
    number = with_sixty_items(served)
    analyst = Reader(browser, served, width, language, scheme)
    analyst.sign_in("analyst")
    page = analyst.page

    analyst.open("/desk/portion/")
    expect(page.locator(".mc-group")).not_to_have_count(0)
    expect(page.locator(".mc-item", has_text=number)).to_have_count(1)

    # sixty items fit, and each method is read whole
    analyst.open(f"/desk/portion/{number}/report")
    expect(page.locator("[name^=value_]")).to_have_count(MANY)
    hidden = "areas => areas.filter(area => area.scrollHeight > area.clientHeight + 1).length"
    assert page.locator("textarea[name^=method_]").evaluate_all(hidden) == 0

    # what was copied in a spreadsheet fills rows and columns; Enter and the arrows go on from there
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", COPIED)
    page.focus("[name=value_3]")
    page.keyboard.press("Control+V")
    cells = ("value_3", "unit_3", "uncertainty_3", "value_4", "unit_4", "uncertainty_4", "value_5", "unit_5")
    assert [page.input_value(f"[name={cell}]") for cell in cells] == [
        "＜0.5", "mg/kg", "0.1", "0,5 mg/kg", "", "0.2", "1 200", "mg/kg",
    ]  # fmt: skip
    expect(page.locator("[data-pasted]")).to_contain_text("9")
    page.keyboard.press("Enter")
    expect(page.locator("[name=value_4]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[name=unit_5]")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("[name=uncertainty_5]")).to_be_focused()
    with page.expect_navigation():
        page.click("button[name=check]")
    assert page.locator("[name=value_3]").get_attribute("aria-invalid") is None
    expect(page.locator("#value_4-e")).to_be_visible()
    page.fill("[name=value_4]", "0.5 mg/kg")
    page.fill("[name=value_5]", "12")

    # a slip is said at its cell, and the cell is found from the top
    page.fill("[name=value_60]", "1e400")
    analyst.send(status=422)
    expect(page.locator(".mc-errors")).to_be_focused()
    expect(page.locator("[name=value_60]")).to_have_value("1e400")
    for wrong in page.locator(".is-invalid[name]").all():
        said = wrong.get_attribute("aria-describedby")
        assert said
        expect(page.locator(f"#{said.split()[-1]}")).to_be_visible()
        expect(page.locator(f".mc-errors a[href='#{wrong.get_attribute('id')}']")).to_have_count(1)

    # kept for the afternoon, as it is
    analyst.send("button[formaction]")
    expect(page.locator(".mc-flash.mc-ok")).to_be_visible()
    expect(page).to_have_url(re.compile(f"/desk/portion/{number}/report$"))
    expect(page.locator("[name=value_60]")).to_have_value("1e400")
    analyst.look()

    # what the laboratory may test, and how long it takes
    analyst.open("/desk/competence/")
    expect(page.locator("#h-certificates")).to_be_visible()


def a_control_is_registered(coordinator: Reader) -> None:
    """A control that is like a sample, with what is known of one of its items; the laboratory hears nothing of it."""
    coordinator.sign_in("coordinator")
    coordinator.open("/desk/laboratories/control")
    coordinator.fill(sample=coordinator.served.settled.world["sample"])
    coordinator.send()
    coordinator.fill(material="CRM 7", assigned_1="80", sigma_1="4")
    coordinator.send()
    expect(coordinator.page.locator(".mc-flash.mc-ok")).to_be_visible()
    expect(coordinator.page.locator("#h-known")).to_be_visible()
