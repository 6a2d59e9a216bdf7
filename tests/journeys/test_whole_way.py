"""Given an agency, a laboratory and a platform, when each does their part in a browser, then bad goods are gone for
everybody to see: from the invitation of the buyer to the closed notice and the published result, on pages only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock as time
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.delivery.jobs import serve_received_notices
from quality.notices.models import Notice, NoticeStatus
from quality.people.models import Organisation, Sitting
from quality.permissions import Role
from quality.purchases.models import PortionKind, Sample, TaskStatus
from tests.harness.clock import HeldClock
from tests.harness.desk import give_password
from tests.harness.notices import sealing
from tests.harness.people import hire
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, SCREEN, Reader

FRAME = """listing_id,platform,category,shop_id,shop_name,title,url,price_fen
W1,棠梨商城,儿童玩具,S1,小满童品旗舰店,磁力片 48片,https://tangli.example/w1,3990
W2,棠梨商城,儿童玩具,S2,橙子玩具店,磁力片 64片,https://tangli.example/w2,4990
W3,棠梨商城,儿童玩具,S3,拾光玩具店,磁力片 100片,https://tangli.example/w3,
W4,棠梨商城,儿童玩具,S4,四月玩具店,磁力片 32片,https://tangli.example/w4,not a price
"""
TITLE = "2026年云州市磁力玩具神秘买样抽检"
EMAIL, CHOSEN = "qiu@yunzhou.example", "柳荫巷里没有人 2026 年秋"
SEND, HAND_IN = ".mc-sticky .btn-primary", "main form .btn-primary:not([name])"
Shot = Callable[[], Path]
FOUND = "换了标题，仍可下单"
IDENTITY = {"recipient": "丁香玉", "address": "云州市柳荫巷六号院", "telephone": "199-0000-1122"}


def minute(*, hours: int = 0) -> str:
    return f"{(time.now() + timedelta(hours=hours)).astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def day(after: int) -> str:
    return f"{(time.now() + timedelta(days=after)).astimezone(BEIJING):%Y-%m-%d}"


@pytest.fixture
def shot(tmp_path: Path) -> Shot:
    """A picture as a phone takes one, another each time."""
    taken: list[Path] = []

    def take() -> Path:
        taken.append(tmp_path / f"shot-{len(taken)}.jpg")
        Image.new("RGB", (64, 48), (len(taken) * 7 % 256, 90, 120)).save(taken[-1])
        return taken[-1]

    return take


class Way:
    """Everybody on it, and what each learned that the next one needs."""

    def __init__(self, browser: Browser, served: Served, clock: HeldClock, shot: Shot, how: tuple[Any, ...]) -> None:
        self.browser, self.served, self.clock, self.shot = browser, served, clock, shot
        self.width, self.language, self.scheme, self.scripts = how
        self.coordinator, self.reviewer = self.come("coordinator"), self.come("reviewer")

    def come(self, name: str = "", *, narrow: bool = False) -> Reader:
        width = PHONE if narrow else self.width
        made = Reader(self.browser, self.served, width, self.language, self.scheme, scripts=self.scripts)
        if name:
            made.sign_in(name)
        return made

    def a_buyer_is_invited_and_chooses_a_password(self) -> None:
        admin = self.come()
        admin.enter(administrator(self.served))
        admin.open("/desk/people/invite")
        admin.send(status=422)
        admin.fill(email=EMAIL, name="邱叶", role=Role.BUYER.value)
        admin.send()
        link = urlsplit(admin.page.locator("#link").input_value().strip()).path
        self.buyer = self.come(narrow=True)
        self.buyer.open(f"{link}?lang={self.language}")
        self.buyer.fill(password=CHOSEN, password_confirm=CHOSEN)
        self.buyer.send("main form button")
        self.buyer.enter(EMAIL, CHOSEN)

    def a_campaign_is_planned_approved_and_drawn(self, folder: Path) -> None:
        coordinator, reviewer, clock = self.coordinator, self.reviewer, self.clock
        number = plan(coordinator, folder)
        reviewer.open(f"/desk/campaign/{number}")
        expect(reviewer.page.locator("main")).to_contain_text("磁通量指数")
        reviewer.press("approve")
        reviewer.open(f"/desk/campaign/{number}/freeze")
        reviewer.fill(public_event="云州体育彩票第26188期", public_event_at=minute(hours=12))
        reviewer.send()
        clock.advance(hours=13)
        reviewer.open(f"/desk/campaign/{number}/draw")
        reviewer.fill(public_number="03 11 19 22 31 + 05", source="云州晚报")
        reviewer.send()
        coordinator.open(f"/desk/campaign/{number}")
        coordinator.press("start")
        coordinator.open(f"/desk/campaign/{number}/assign")
        ticked = "main button[value=ticked]"
        coordinator.send(ticked, status=422)
        coordinator.page.select_option("#buyer", index=next_option(coordinator, "邱叶"))
        coordinator.page.locator("main input[name=task]").first.check()
        coordinator.send(ticked)
        self.campaign = number

    def the_buyer_buys_and_seals(self) -> None:
        """Signed out in the middle of the order's form, and nothing that was typed is lost."""
        buyer, clock = self.buyer, self.clock
        buyer.open("/desk/")
        task = link_to(buyer, "/desk/task")
        buyer.open(task)
        expect(buyer.page.locator(".mc-sticky button")).to_be_disabled()
        show(buyer, task, ("seller", "product_page", "order", "payment"), self.shot)
        clock.advance(minutes=5)
        typed = {"order_number": "TL-9912-77", "account": "qiu_buys", "paid_fen": "39.90", "quantity": "2"} | IDENTITY
        buyer.fill(**typed, paid_at=minute())
        read(self.served, sign_out_everywhere)
        buyer.send(SEND, status=401)
        buyer.fill(email=EMAIL, password=CHOSEN)
        buyer.send("main button.btn-primary", status=422)
        for name, value in typed.items():
            assert buyer.page.locator(f"main [name={name}]").input_value() == value
        buyer.fill(paid_fen="12.345")
        buyer.send(SEND, status=422)
        buyer.fill(paid_fen="39.90")
        buyer.send(SEND)
        expect(buyer.page.locator(".mc-flash.mc-ok")).to_be_visible()
        assert not any(value in buyer.page.content() for value in IDENTITY.values())
        buyer.send("form[action$='/identity'] button")
        expect(buyer.page.locator("main")).to_contain_text(IDENTITY["address"])
        buyer.page.go_back()  # the back button, and what was done before is not done again
        buyer.open(task)
        buyer.fill(delivery_number="SF-7710-2001")
        buyer.send(SEND)
        clock.advance(days=2)
        buyer.open(task)
        buyer.send(SEND)
        show(buyer, task, ("parcel", "packaging", "marks", "seal_test", "seal_backup"), self.shot)
        buyer.send(SEND)  # nothing is wrong with the label
        seals = {"test_seal_no": "YZ-9-A", "test_quantity": "1盒", "backup_seal_no": "YZ-9-B", "backup_quantity": "1盒"}
        buyer.fill(product_name="磁力片", **seals)
        buyer.send(SEND)
        self.sample = link_to(buyer, "/desk/sample")

    def the_laboratory_tests_under_the_blind_number(self) -> None:
        coordinator = self.coordinator
        for name in ("coordinator", "reviewer"):  # the others were signed out with the buyer
            getattr(self, name).sign_in(name)
        coordinator.open(f"{self.sample}/dispatch")
        coordinator.page.select_option("main [name=laboratory]", index=1)
        coordinator.fill(courier="顺达", parcel_no="SD-1", place="云州市局样品库", no_photo="未带相机")
        coordinator.send(status=422)
        assert coordinator.page.locator("main [name=parcel_no]").input_value() == "SD-1"
        coordinator.fill(no_scan="扫码枪损坏")
        coordinator.send()
        blind, laboratory = read(self.served, blind_number, self.sample)
        self.clock.advance(hours=20)
        prefix = "" if laboratory == self.served.settled.organisations["laboratory"] else "second_"
        self.analyst = analyst = self.come(f"{prefix}analyst")
        analyst.open("/desk/portion/")
        analyst.open(f"/desk/portion/{blind}/take_in")
        analyst.fill(seal_no="YZ-9-A", seal_state="intact", condition="完好", received_at=minute(), no_photo="未带相机")
        analyst.send()
        analyst.open(f"/desk/portion/{blind}/report")
        analyst.fill(report_no=f"JY-{blind}", value_1="一百二十")
        analyst.send(HAND_IN, status=422)
        assert analyst.page.locator("main [name=value_1]").input_value() == "一百二十"
        analyst.fill(value_1="120")
        analyst.send(HAND_IN)
        report = link_to(analyst, "/desk/report")
        signatory = self.come(f"{prefix}signatory")
        signatory.open(report)
        signatory.press("authorise")

    def the_agency_judges_and_issues_a_notice(self) -> None:
        coordinator, reviewer = self.coordinator, self.reviewer
        coordinator.open(self.sample)
        coordinator.press("propose_finding")
        self.finding = link_to(coordinator, "/desk/finding")
        reviewer.open(self.finding)
        reviewer.press("confirm")
        coordinator.open("/desk/notice/new")
        coordinator.send(status=422)
        coordinator.page.check(f"main [name=findings][value='{self.finding.rsplit('/', 1)[1]}']")
        coordinator.send()
        draft = coordinator.where
        coordinator.press("submit", note="请复核")
        reviewer.open(draft)
        reviewer.press("approve")
        coordinator.open(draft)
        coordinator.press("issue")
        run(self.served, sealing)
        coordinator.open("/desk/notice/?status=issued")
        self.notice = str(coordinator.page.locator("main tbody a").first.get_attribute("href"))

    def the_platform_says_that_it_took_it_down(self) -> None:
        self.clock.advance(hours=2)
        self.platform = platform = self.come("desk")
        platform.open(self.notice)
        run(self.served, serve_received_notices)
        platform.open(f"{self.notice}/acknowledge")
        platform.send(status=422)
        platform.fill(reference="TL-2026-77")
        platform.send()
        self.answer_for_it()

    def answer_for_it(self) -> None:
        platform = self.platform
        self.clock.advance(minutes=10)
        platform.open(self.notice)
        box = platform.page.locator("main select[name$=outcome]").first
        prefix = str(box.get_attribute("name")).removesuffix("outcome")
        answer = "form[action$='/answers'] button.btn-primary"
        platform.send(answer, status=422)
        platform.fill(**{f"{prefix}outcome": "removed", f"{prefix}acted_at": minute(), f"{prefix}units_sold": "17"})
        platform.page.locator(f"main [name='{prefix}evidence']").set_input_files(self.shot())
        platform.send(answer)

    def the_agency_finds_it_there_and_the_platform_takes_it_down(self) -> None:
        """It goes back with what was seen, and has a time of its own from when the platform reads of it."""
        coordinator = self.coordinator
        self.look_at_it(seen="there", reason=FOUND)
        coordinator.press("send_back")
        expect(coordinator.page.locator("main button[formaction$='/verify'], form[action$='/verify']")).to_have_count(0)
        self.platform.open(self.notice)
        expect(self.platform.page.locator("main")).to_contain_text(FOUND)
        run(self.served, serve_received_notices)
        self.answer_for_it()

    def look_at_it(self, **seen: str) -> None:
        coordinator = self.coordinator
        coordinator.open(self.notice)
        expect(coordinator.page.locator("#why-close")).to_be_visible()
        look = link_to(coordinator, "/look")
        self.clock.advance(minutes=30)
        coordinator.open(look)
        coordinator.fill(**seen, seen_at=minute(), evidence=self.shot())
        coordinator.send()

    def the_agency_sees_for_itself_and_closes(self) -> None:
        coordinator = self.coordinator
        self.look_at_it(seen="gone")
        coordinator.press("verify")
        coordinator.press("close")

    def the_public_reads_it(self) -> None:
        coordinator, reviewer = self.coordinator, self.reviewer
        coordinator.open(f"{self.finding}/propose_result")
        coordinator.send()
        result = link_to(coordinator, "/desk/result")
        reviewer.open(result)
        reviewer.press("publish")
        public = self.come()
        public.open(f"/results/{result.rsplit('/', 1)[1]}?lang={self.language}")
        expect(public.page.locator("main")).to_contain_text("磁力片")
        assert public.context.cookies() == []
        for reader in (public, self.platform, self.analyst):
            assert not any(value in reader.page.content() for value in IDENTITY.values())


@pytest.fixture
def way(request: pytest.FixtureRequest, browser: Browser, served: Served, clock: HeldClock, shot: Shot) -> Way:
    return Way(browser, served, clock, shot, request.param)


@pytest.mark.parametrize(
    ("database", "way"),
    [("sqlite", (SCREEN, "zh", "dark", True)), ("postgresql", (PHONE, "en", "light", False))],
    indirect=True,
    ids=["screen, 中文, dark, on SQLite", "phone, English, light, no JavaScript, on PostgreSQL"],
)
def test_from_the_invitation_to_the_closed_notice_and_the_published_result(way: Way, tmp_path: Path) -> None:
    # given
    way.a_buyer_is_invited_and_chooses_a_password()
    way.a_campaign_is_planned_approved_and_drawn(tmp_path)
    # when
    way.the_buyer_buys_and_seals()
    way.the_laboratory_tests_under_the_blind_number()
    way.the_agency_judges_and_issues_a_notice()
    way.the_platform_says_that_it_took_it_down()
    way.the_agency_finds_it_there_and_the_platform_takes_it_down()
    # then
    way.the_agency_sees_for_itself_and_closes()
    way.the_public_reads_it()
    assert read(way.served, how_it_ended, way.notice) == (NoticeStatus.CLOSED, TaskStatus.SEALED)


def plan(coordinator: Reader, folder: Path) -> str:
    """A campaign with a frame, before the reviewer; its number."""
    coordinator.open("/desk/campaign/new")
    coordinator.send(status=422)
    coordinator.fill(
        title=TITLE, basis="《产品质量法》第十五条", category="儿童玩具", starts_on=day(0), ends_on=day(90),
        price_cap_fen="200", allocation_method="equal", allocation_n="1", allocation_min_per_stratum="1", reserve="1",
        item_1="磁通量指数", limit_1="＜50 kG²mm²", method_1="GB 6675.2—2014, 5.25",
    )  # fmt: skip
    coordinator.send()
    number = coordinator.where.rsplit("/", 1)[1]
    frame = folder / "抽样框.csv"
    frame.write_text(FRAME, encoding="utf-8")
    coordinator.open(f"/desk/campaign/{number}/frame")
    coordinator.fill(file=frame)
    coordinator.send()
    expect(coordinator.page.locator("main")).to_contain_text("not a price")
    frame.write_text(FRAME.replace("not a price", "2990"), encoding="utf-8")
    coordinator.open(f"/desk/campaign/{number}/frame")
    coordinator.fill(file=frame)
    coordinator.send()
    coordinator.send("form[action$='/take-in'] button")
    coordinator.press("submit", note="按年度计划")
    return number


def show(buyer: Reader, task: str, kinds: Sequence[str], shot: Shot) -> None:
    for kind in kinds:
        buyer.page.locator(f"#file-{kind}").set_input_files(shot())
        with buyer.page.expect_navigation():
            buyer.page.locator(f"form:has(#file-{kind}) button").click()
        assert buyer.where == task
    buyer.look()


def link_to(reader: Reader, part: str) -> str:
    """Where the first link of the page goes that leads to such a case."""
    found = f"main a[href*='{part}']:not([href$='{part}/']):not([href*='?'])"
    return str(reader.page.locator(found).first.get_attribute("href"))


def next_option(reader: Reader, words: str) -> int:
    options = reader.page.locator("#buyer option").all_inner_texts()
    return next(place for place, option in enumerate(options) if words in option)


# --- what is not done on pages: the hire of the first administrator, the worker, and a look at the sticker ---


def read(served: Served, question: Any, *given: Any) -> Any:
    with served.app.app_context():
        found = question(db.session(), *given)
        db.session.commit()
        return found


def administrator(served: Served) -> str:
    def hired(session: Session) -> str:
        actor = hire(session, session.get_one(Organisation, served.settled.organisations["agency"]), Role.ADMIN)
        assert actor.person
        give_password(session, actor.person, "方砚秋")
        return actor.person.email

    return str(read(served, hired))


def sign_out_everywhere(session: Session) -> None:
    session.execute(sa.update(Sitting).values(ended_at=time.now()))


def blind_number(session: Session, sample: str) -> tuple[str, int | None]:
    number = sample.rsplit("/", 1)[1]
    found = session.scalars(sa.select(Sample).where(Sample.number == number)).one().portion(PortionKind.TEST)
    return found.blind_no, found.laboratory_id


def how_it_ended(session: Session, notice: str) -> tuple[str, str]:
    found = session.scalars(sa.select(Notice).where(Notice.number == notice.rsplit("/", 1)[1])).one()
    [item] = found.items
    return found.status, item.finding.sample.task.status


def run(served: Served, job: Any) -> None:
    with served.app.app_context():
        assert job(sessionmaker(db.engine), time.now()) > 0
