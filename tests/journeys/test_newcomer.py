"""Given a loaded demonstration, when a newcomer follows the tour, then they meet each case in the role that has it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, expect

from quality.core.db import db
from quality.core.surroundings import CHECKOUT
from quality.people.models import Person
from quality.purchases.models import Task, TaskStatus
from quality.tour.places import STEPS
from tests.harness.clock import HeldClock
from tests.harness.demonstration import DEMO_PASSWORD, PICTURES
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader, keep
from tests.journeys.test_whole_way import minute

LANGUAGES = ("zh", "en")
DRAWN = CHECKOUT / "quality" / "static" / "tour"
PICTURE = (1280, 880)
LARGEST = 150_000  # bytes


@pytest.mark.parametrize(
    "how",
    [(SCREEN, "zh", "light", True), (PHONE, "en", "dark", False)],
    ids=["screen, 中文, light", "phone, English, dark, no JavaScript"],
)
def test_a_newcomer_walks_the_seven_steps_each_in_its_role(
    browser: Browser, demonstrated: Served, clock: HeldClock, tmp_path: Path, how: tuple[int, str, str, bool]
) -> None:
    width, language, scheme, scripts = how
    newcomer = Reader(browser, demonstrated, width, language, scheme, scripts=scripts)
    newcomer.open(f"/?lang={language}")
    newcomer.send(".mc-foot a[href*='/tour']")
    assert newcomer.context.cookies() == []
    for step in STEPS:
        to_their_case(newcomer, step)
        back = str(newcomer.page.locator(".mc-flash a").get_attribute("href"))
        assert back.endswith(f"#{step}")
        if step in DEEDS:
            clock.advance(minutes=5)
            DEEDS[step](newcomer, tmp_path)
        newcomer.page.goto(back)  # looked at more closely below
    newcomer.send("#public a.btn-outline-secondary")
    assert newcomer.where.startswith("/results/")
    newcomer.open("/desk/")
    newcomer.page.locator(".mc-end .mc-menu > summary").click()
    newcomer.send("form[action$='/sign-out'] button")
    newcomer.open("/account/sign-in")


def to_their_case(newcomer: Reader, step: str) -> None:
    """One click to the door, one to the case that the tour names; whoever was signed in before is out."""
    leads = newcomer.page.locator(f"#{step} a.btn-primary").get_attribute("href")
    [case] = parse_qs(urlsplit(str(leads)).query)["next"]
    newcomer.send(f"#{step} a.btn-primary")
    newcomer.send("main button.btn-primary")
    assert unquote(newcomer.where) == case
    expect(newcomer.page.locator("h1")).to_have_count(1)
    expect(newcomer.page.locator(".mc-flash a[href*='/tour']")).to_be_visible()


# --- what some of them do there ---


def take_in(analyst: Reader, _folder: Path) -> None:
    seal = analyst.page.locator("dt:text-is('封条') + dd, dt:text-is('Seal') + dd").inner_text()
    analyst.open(f"{analyst.where}/take_in")
    analyst.fill(seal_no=seal, seal_state="intact", condition="完好", received_at=minute(), no_photo="未带相机")
    analyst.send()


def answer(platform: Reader, _folder: Path) -> None:
    """One listing: a claim, which ends nothing."""
    claims = platform.page.locator(".mc-side .mc-said").count()
    platform.page.locator("main select[name$=outcome]").first.select_option("already_gone")
    platform.send("form[action$='/answers'] button.btn-primary")
    expect(platform.page.locator(".mc-flash.mc-ok")).to_be_visible()
    assert platform.page.locator(".mc-side .mc-said").count() >= claims


LOOK_FIRST = "xpath=(//*[starts-with(@id, 'why-verify')])[1]/preceding::a[contains(@href, '/look')][1]"


def see_for_oneself(coordinator: Reader, folder: Path) -> None:
    shot = folder / "shot.png"
    Image.new("RGB", (64, 48), (11, 90, 107)).save(shot)
    notice, seen = coordinator.where, coordinator.page.locator(".mc-side .mc-seen").count()
    coordinator.open(str(coordinator.page.locator(LOOK_FIRST).get_attribute("href")))
    coordinator.fill(seen="gone", seen_at=minute(), evidence=shot)
    coordinator.send()
    coordinator.press("verify")
    assert coordinator.where == notice
    assert coordinator.page.locator(".mc-side .mc-seen").count() == seen + 1


DEEDS: dict[str, Callable[[Reader, Path], None]] = {
    "analyst": take_in,
    "signatory": lambda signatory, _folder: signatory.press("authorise"),
    "reviewer": lambda reviewer, _folder: reviewer.press("approve"),
    "platform": answer,
    "public": see_for_oneself,
}


# --- how it looks ---


def test_tour_door_and_sign_in_read_well_in_both_languages_at_both_widths(
    browser: Browser, demonstrated: Served
) -> None:
    for width, (language, scheme) in product((SCREEN, PHONE), zip(LANGUAGES, ("dark", "light"), strict=True)):
        reader = Reader(browser, demonstrated, width, language, scheme)
        for path in ("/tour", "/account/tour/analyst", "/account/sign-in"):
            reader.open(f"{path}?lang={language}")
        reader.send("#demonstration form:has([value='reviewer@demo.example']) button")
        assert reader.where == "/desk/"
        reader.context.close()


def test_each_step_has_its_picture_in_both_languages(browser: Browser, request: pytest.FixtureRequest) -> None:
    if PICTURES:
        draw(browser, request.getfixturevalue("demonstrated"))
    told = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for step in STEPS:
        for language in LANGUAGES:
            picture = DRAWN / f"{step}.{language}.png"
            assert picture.stat().st_size <= LARGEST, picture
            with Image.open(picture) as drawn:
                assert drawn.size == PICTURE
        assert f"quality/static/tour/{step}.en.png" in told


def draw(browser: Browser, demonstrated: Served) -> None:
    """Anew, as somebody sees it who has just come through the door."""
    for language in LANGUAGES:
        reader = Reader(browser, demonstrated, PICTURE[0], language, "light")
        reader.page.route("**/static/tour/*.png", lambda route: route.fulfill(body=b"", content_type="image/png"))
        for step in STEPS:
            reader.open(f"/tour?lang={language}")
            if step == "public":
                reader.send("#public a.btn-outline-secondary")
            else:
                to_their_case(reader, step)
                reader.open(reader.where)  # without the greeting
            reader.page.set_viewport_size({"width": PICTURE[0], "height": PICTURE[1]})
            keep(reader.page.screenshot(), DRAWN / f"{step}.{language}.png")


# --- in the field ---

BUYER = "buyer@demo.example"
IN_THE_HAND = (PHONE, 844)
IN_HAND = CHECKOUT / "docs" / "pictures"
IN_THE_FIELD = ("due", "task", "label", "waiting")


def test_the_telephones_pages_have_their_pictures_in_both_languages(
    browser: Browser, request: pytest.FixtureRequest
) -> None:
    if PICTURES:
        draw_in_hand(browser, request.getfixturevalue("demonstrated"))
    told = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for name, language in product(IN_THE_FIELD, LANGUAGES):
        picture = IN_HAND / f"phone-{name}.{language}.png"
        assert picture.stat().st_size <= LARGEST, picture
        with Image.open(picture) as drawn:
            assert drawn.size == IN_THE_HAND
        assert f"docs/pictures/{picture.name}" in told


def draw_in_hand(browser: Browser, demonstrated: Served) -> None:
    with demonstrated.app.app_context():
        to_order, to_seal = map(first_of_the_buyer, (TaskStatus.ASSIGNED, TaskStatus.RECEIVED))
    shown = ("/desk/field", f"/desk/task/{to_order}", f"/desk/task/{to_seal}/unboxing", "/desk/field/queue")
    for language in LANGUAGES:
        buyer = Reader(browser, demonstrated, PHONE, language, "light")
        buyer.enter(BUYER, DEMO_PASSWORD)
        for name, path in zip(IN_THE_FIELD, shown, strict=True):
            buyer.open(path)
            buyer.page.wait_for_load_state("networkidle")
            buyer.page.set_viewport_size({"width": IN_THE_HAND[0], "height": IN_THE_HAND[1]})
            keep(buyer.page.screenshot(), IN_HAND / f"phone-{name}.{language}.png")
        buyer.context.close()


def first_of_the_buyer(status: TaskStatus) -> str:
    theirs = sa.select(Task.number).join(Task.buyer)
    found: str = db.session.scalars(theirs.where(Task.status == status, Person.email == BUYER)).first() or ""
    return found
