"""A sampling frame in a real browser: a wrong file, a mended one, the planner, the review, and the draw."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.harness.clock import HeldClock
from tests.journeys.conftest import Served
from tests.journeys.reader import SCREEN, Reader
from tests.journeys.reviewing import is_reviewed_and_drawn

HEADING = ["商品编号", "平台", "类别", "店铺", "商品名称", "链接", "价格"]
ROWS = [
    [f"L{i}", ("TL", "QH")[i % 2], "儿童玩具", "店", f"棒{i}", f"https://item.example/{i}", "39.90"] for i in range(40)
]
FORMULA = '=HYPERLINK("https://elsewhere.example")'


def written(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="gb18030", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("seen", [(SCREEN, "zh", "light")])
def test_a_frame_is_tried_mended_taken_in_reviewed_and_drawn(
    browser: Browser, served: Served, clock: HeldClock, tmp_path: Path, seen: tuple[int, str, str]
) -> None:
    coordinator = Reader(browser, served, *seen)
    coordinator.sign_in("coordinator")
    page = coordinator.page

    # given a plan
    coordinator.open("/desk/campaign/new")
    typed = {
        "title": "童装抽检", "basis": "《产品质量法》第十五条", "category": "童装", "starts_on": "2026-11-01",
        "ends_on": "2027-01-31", "allocation_n": "6", "item_1": "pH", "limit_1": "4.0～8.5",
    }  # fmt: skip
    for name, text in typed.items():
        page.fill(f"[name={name}]", text)
    page.check("[name=strata][value=platform]")
    coordinator.send()
    expect(page.locator(".mc-court")).to_be_visible()
    at = page.url.split("?")[0]

    # when a file comes that is none, it is said at its field
    coordinator.open(f"{at}/frame")
    page.set_input_files("#file", written(tmp_path / "frame.csv", [["a", "b"], ["1", "2"]]))
    coordinator.send(status=422)
    expect(page.locator(".mc-errors")).to_be_focused()
    expect(page.locator("#file-e")).to_be_visible()

    # when some of its rows are wrong, they come back with their reasons, and leaving them out has to be said
    wrong = [["L1", "TL", "儿童玩具", "店", "棒", "https://item.example/x", "9"],
             ["X1", "无此平台", "儿童玩具", "店", FORMULA, "https://item.example/x", "9"]]  # fmt: skip
    page.set_input_files("#file", written(tmp_path / "frame.csv", [HEADING, *ROWS, *wrong]))
    coordinator.send()
    expect(page).to_have_url(re.compile("/frame/[0-9a-f]{32}$"))
    expect(page.locator("#h-rows")).to_be_visible()
    coordinator.send("form[action$=take-in] button", status=422)
    expect(page.locator(".mc-errors")).to_be_focused()
    expect(page.locator("#leave_out")).to_have_attribute("aria-describedby", "leave_out-e")
    with page.expect_download() as given_back:
        page.locator("a.btn-primary[href$='/file']").click()
    given_back.value.save_as(tmp_path / "back.csv")
    back = read(tmp_path / "back.csv")
    assert [bool(row[0]) for row in back[1:]] == [False] * len(ROWS) + [True, True]
    assert back[-1][5] == f"'{FORMULA}"

    # then the mended file, with our column still in it, is the frame
    coordinator.open(f"{at}/frame")
    page.set_input_files("#file", written(tmp_path / "mended.csv", back[:-2]))
    coordinator.send()
    expect(page.locator(".mc-flash.mc-ok")).to_be_visible()
    coordinator.send("form[action$=take-in] .btn-primary")
    expect(page).to_have_url(re.compile(f"{at}$"))
    expect(page.locator("#h-quotas")).to_be_visible()

    # and the draw's page says what will be drawn, and what it waits for
    coordinator.open(f"{at}/draw")
    expect(page.locator("#h-quotas")).to_be_visible()
    expect(page.locator(".mc-empty")).to_have_count(1)

    plans_with_other_numbers(coordinator, at)
    is_reviewed_and_drawn(browser, served, clock, coordinator, urlsplit(at).path, to_buy="9")


def plans_with_other_numbers(coordinator: Reader, at: str) -> None:
    """The planner says at once what they come to, keeps the cursor, and a button takes them into the draft."""
    coordinator.open(f"{at}/what-if")
    page = coordinator.page
    slider, said, rate = page.locator("[data-slider]"), page.locator("[data-said]"), page.locator("#rate")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"n=7&"))
    expect(said).not_to_be_empty()
    expect(slider).to_be_focused()
    rate.fill("viel")
    expect(page.locator("#rate-e")).to_be_visible()
    expect(rate).to_be_focused()
    coordinator.look(422)
    rate.fill("20")
    expect(page.locator("#rate-e")).to_have_count(0)
    coordinator.look()
    coordinator.send("[data-answer] form .btn-primary")
    expect(page).to_have_url(re.compile(f"{at}$"))
