"""A buyer with a telephone where no network is: nothing is lost, nothing comes twice, and nobody reads what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.orm import Session

from quality.core.db import db
from quality.evidence.models import Exhibit
from quality.evidence.queries import exhibits_of
from quality.field.models import Piece, PieceState
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.purchases.blind import as_written
from quality.purchases.models import Sample, SampleStatus, Task, TaskStatus
from quality.purchases.seals import Rule, doubt_about, issue_seals, set_series
from tests.evidence.files import little_picture
from tests.harness.clock import HeldClock
from tests.harness.desk import give_password
from tests.harness.people import founded, membership_of
from tests.harness.purchases import task_at
from tests.harness.snapshots import Road
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE, Reader

MANY, KILLS = 30, 3
OTHERS, DEEDS = ("parcel", "marks", "seal_test", "seal_backup"), ("check_label", "seal", "dispatch")
TYPED = {
    "seal": {
        "test_seal_no": "YZ-004711-A",
        "test_quantity": "2 件",
        "backup_seal_no": "YZ-004711-B",
        "backup_quantity": "1 件",
    },
    "dispatch": {
        "courier": "顺达快递",
        "parcel_no": "SD-8",
        "no_photo": "手机没电",
        "despite": "就近送检",
        "no_scan": "标签尚未打印",  # its numbers are given when the sealing arrives
    },
}
KEPT = """
(async () => {
  const names = (await caches.keys()).filter(each => each.startsWith('mingcha pages'))
  const pages = await Promise.all(names.map(async each => (await caches.open(each)).keys()))
  return pages.flat().map(each => new URL(each.url).pathname)
})()
"""
DOUBTS = """
async ([numbers, rule]) => {
  const { asWritten, doubtAbout } = await import('/static/field/seals.js')
  return numbers.map(each => doubtAbout(asWritten(each), rule))
}
"""
ROWS = """
new Promise(done => {
  const asked = indexedDB.open('mingcha-field')
  asked.onsuccess = () => {
    const held = asked.result.transaction(['pieces', 'phone']), found = {}
    held.objectStore('pieces').getAll().onsuccess = event => (found.pieces = event.target.result)
    held.objectStore('phone').getAll().onsuccess = event => (found.phone = event.target.result)
    held.oncomplete = () => { asked.result.close(); done(found) }
  }
})
"""


def afield(session: Session, clock: HeldClock) -> dict[str, Any]:
    """A buyer with a task to order, and one whose parcel has come."""
    cast = founded(session, clock)
    assert cast.buyer.person
    give_password(session, cast.buyer.person, "许清和")
    to_order, to_seal = (task_at(session, cast, status) for status in (TaskStatus.ASSIGNED, TaskStatus.RECEIVED))
    set_series(session, "QH", True, edition=0, by=cast.coordinator)
    one, two, *_rest = issue_seals(session, 10, by=cast.coordinator).numbers
    session.commit()
    world = {"task": to_order.number, "parcel": to_seal.number, "seals": f"{one} {two}"}
    memberships = {"buyer": membership_of(cast.buyer).id, "coordinator": membership_of(cast.coordinator).id}
    return {"world": world, "memberships": memberships, "organisations": {}}


@pytest.fixture
def road() -> Road:
    return afield


class Buyer(Reader):
    def set_up(self) -> None:
        """The telephone is made ready, and has its pages."""
        self.sign_in("buyer")
        self.page.click("[data-set-up]")
        expect(self.page.locator("[data-set-up]")).to_be_hidden()
        self.open("/desk/field/queue")
        expect(self.page.locator("[data-pages-kept]")).to_be_visible(timeout=20_000)

    def go(self, path: str) -> None:
        """A page that is ready: its script has drawn what it knows."""
        self.page.goto(path)
        self.page.wait_for_selector("[data-field][data-ready]", state="attached")

    def is_killed(self) -> None:
        self.page.close(run_before_unload=False)
        self.page = self.context.new_page()

    def lose_the_network(self) -> None:
        self.context.set_offline(True)

    def find_the_network(self) -> None:
        self.context.set_offline(False)
        self.complaints.clear()

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(ROWS)["pieces"]
        return found

    def states(self) -> Counter[str]:
        return Counter(row["state"] for row in self.rows())

    def come_to(self, holds: Callable[[Counter[str]], bool]) -> None:
        """Until the pieces on the telephone are in such states."""
        for _ in range(600):
            if holds(self.states()):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(self.states())


def take(shot: Locator, number: int, many: int = 1) -> None:
    files = [
        {"name": f"{each}.png", "mimeType": "image/png", "buffer": little_picture(each)}
        for each in range(number, number + many)
    ]
    shot.locator("input[type=file]").set_input_files(files if many > 1 else files[0])  # type: ignore[arg-type]
    shot.locator("button").click()


def test_a_purchase_is_recorded_where_no_network_is(browser: Browser, served: Served) -> None:
    buyer = Buyer(browser, served, PHONE, "en", "light")
    buyer.set_up()
    buyer.look()
    for where in ("/desk/field/", "/desk/field/not-kept", "/desk/"):
        buyer.open(where)
    assert served.settled
    number = served.settled.world["task"]
    where = f"/desk/task/{number}"
    assert where in buyer.page.evaluate(KEPT)

    # without network: the page is there, without anybody's name and without a token
    buyer.lose_the_network()
    buyer.go(where)
    page = buyer.page
    expect(page.locator(".mc-flash.mc-wait")).to_contain_text("Without network")
    assert "许清和" not in page.content()
    assert set(page.locator("main [name=csrf_token]").evaluate_all("all => all.map(each => each.value)")) == {""}
    buyer.look_with_axe(where)

    # the four pictures that an order takes; what waits counts
    order = page.locator("[data-step=order]")
    expect(order.locator("[data-does]")).to_be_disabled()
    for place in range(4):
        take(page.locator(f"[data-shot][data-kind]:visible >> nth={place}"), place)
        expect(page.locator("[data-listed] li")).to_have_count(place + 1)
    expect(page.locator("[data-checklist]")).to_contain_text("4 on this phone")

    # the page is shown again, and killed: all of it is still there
    buyer.go(where)
    expect(page.locator("[data-listed] li")).to_have_count(4)
    buyer.is_killed()
    page = buyer.page
    buyer.go(where)
    expect(page.locator("[data-count] [data-many]")).to_have_text("4")

    an_order_is_mended(buyer, where)
    with served.app.app_context():
        task = db.session.scalars(sa.select(Task).where(Task.number == number)).one()
        kinds = Counter(each.kind for each in exhibits_of(db.session(), task))
        assert task.status == TaskStatus.ORDERED
        assert (len(kinds), set(kinds.values())) == (4, {1})
    sample = a_parcel_is_unboxed(buyer, served)
    its_labels_are_scanned(buyer, served, sample)
    nothing_stays_after_signing_out(buyer)


def an_order_is_mended(buyer: Buyer, where: str) -> None:
    page = buyer.page
    # an order with an amount that is none, for it cannot be asked now; the next step is there at once
    order = page.locator("[data-step=order]")
    expect(order.locator("[data-does]")).to_be_enabled()
    order.locator("[name=order_number]").fill("4417-2026")
    order.locator("[name=quantity]").fill("3")
    order.locator("[data-does]").click()
    expect(order.locator("[data-said]")).to_have_text("Fill this in")
    order.locator("[name=paid_fen]").fill("twelve")
    for name in ("account", "recipient", "address"):
        order.locator(f"[name={name}]").fill("买家甲")
    order.locator("[name=telephone]").fill("13800138000")
    order.locator("[data-does]").click()
    expect(page.locator("[data-step=ship]")).to_be_visible()
    buyer.come_to(lambda states: states == Counter(here=5))
    assert "4417-2026" not in str(buyer.rows())

    # the network is back: the pictures are safe, the order comes back with its reason, and is mended
    buyer.find_the_network()
    expect(page.locator("[data-listed] .mc-bad")).to_have_count(1, timeout=60_000)
    buyer.come_to(lambda states: states == Counter(safe=4, refused=1))
    buyer.go(where)
    with page.expect_navigation():
        page.click("[data-listed] [data-mend]:visible")
    expect(page.locator("[name=order_number]")).to_have_value("4417-2026")
    expect(page.locator("[name=paid_fen]")).to_have_value("twelve")
    page.fill("[name=paid_fen]", "12.80")
    buyer.send("main form .btn-primary")
    expect(page.locator(".mc-flash.mc-ok")).to_be_visible()


def keep_form(page: Page, leads_to: str | None = None, **typed: str) -> None:
    """What is typed on a page of the sequence is kept, and the next page is there."""
    for name, value in typed.items():
        page.fill(f"#typed [name={name}]", value)
    page.click("#typed .btn-primary")
    if leads_to:
        page.wait_for_url(f"**/{leads_to}")
        page.wait_for_selector("[data-field][data-ready]", state="attached")


def seals_are_read_alike(page: Page, issued: list[str]) -> None:
    """The telephone doubts the numbers that the server doubts, for the same reason."""
    slips = [number[:place] + sign + number[place + 1 :] for number in issued for place in (0, 4, 10) for sign in "Q7Z"]
    odd = [
        "",
        "QH",
        "QH-000001",
        "QH-900000-K",
        "QH-000012-3",
        "另家-0099",
        "ＱＨ-000001-A",
        "YZ-004711-A",
        "QH-0000011",
    ]
    for rule in (Rule(), Rule("QH", True, 20), Rule("QH", False, 20)):
        told = {"prefix": rule.prefix, "others": rule.others_too, "last": rule.last}
        numbers = [as_written(each) for each in (*issued, *slips, *odd)]
        assert page.evaluate(DOUBTS, [numbers, told]) == [doubt_about(each, rule) for each in numbers]


def a_parcel_is_unboxed(buyer: Buyer, served: Served) -> str:
    """Page after page where no network is, to two seals; one of them is refused, and is mended at its page."""
    page = buyer.page
    assert served.settled
    number, (one, two) = served.settled.world["parcel"], served.settled.world["seals"].split()
    here = f"/desk/task/{number}/unboxing"
    assert {f"{here}/{each}" for each in ("parcel", "label", "seal-test", "seal")} <= set(page.evaluate(KEPT))
    seals_are_read_alike(page, [one, two])
    buyer.lose_the_network()
    for place, name in enumerate(("parcel", "packaging", "marks")):
        buyer.go(f"{here}/{name}")
        take(page.locator("form[data-piece=evidence]"), 700 + place)
        expect(page.locator("[aria-current=step] >> xpath=../.. >> css=[data-here]")).to_have_text("On this phone")
    buyer.go(f"{here}/label")
    keep_form(page, "portions")
    keep_form(page, "seal-test", product_name="磁力棒", test_quantity="2 件", backup_quantity="1 件")
    take(page.locator("form[data-piece=evidence]"), 703)
    keep_form(page, test_seal_no=one[:-1] + ("A" if one[-1] != "A" else "B"))
    expect(page.locator("#typed [data-said]")).to_contain_text("its check character does not fit")
    keep_form(page, "seal-backup", test_seal_no="另家-0099")
    take(page.locator("form[data-piece=evidence]"), 704)
    keep_form(page, backup_seal_no="另家0099")
    expect(page.locator("#typed [data-said]")).to_contain_text("each has a seal of its own")
    keep_form(page, "seal", backup_seal_no=two)
    expect(page.locator("[data-as-typed=product_name]")).to_have_text("磁力棒")
    expect(page.locator("[data-left] li:visible:not([data-optional])")).to_have_count(0)
    buyer.look_with_axe(f"{here}/seal")
    keep_form(page)
    expect(page.locator("[data-is-sealed]")).to_be_visible()
    assert "另家" not in str(buyer.rows())
    buyer.go(f"/desk/task/{number}")
    expect(page.locator("[data-step=dispatch]")).to_be_visible()

    # meanwhile other makers' seals are not taken any more: what follows waits until the seal is mended
    with served.app.app_context():
        session = db.session()
        coordinator = session.get_one(Membership, served.settled.memberships["coordinator"])
        set_series(session, "QH", False, edition=1, by=Actor.working_in(coordinator))
        db.session.commit()
    buyer.find_the_network()
    buyer.come_to(lambda states: states["refused"] == 1 and states["here"] == 2)
    buyer.go(f"{here}/seal-test")
    expect(page.locator("[data-listed]")).to_contain_text("This is no seal of this agency")
    with page.expect_navigation():
        page.click("[data-listed] [data-mend]:visible")
    expect(page.locator("[name=test_seal_no]")).to_have_value("另家-0099")
    keep_form(page, "seal-backup", test_seal_no=one)
    buyer.go("/desk/field/queue")
    buyer.come_to(lambda states: not (states["refused"] + states["here"] + states["going"] + states["sent"]))
    with served.app.app_context():
        sample = db.session.scalars(sa.select(Sample).join(Sample.task).where(Task.number == number)).one()
        assert [each.seal_no for each in sample.portions] == [one, two]
        assert sample.product_name == "磁力棒"
        return sample.number


def its_labels_are_scanned(buyer: Buyer, served: Served, number: str) -> None:
    page, labels = buyer.page, f"/desk/sample/{number}/labels"
    buyer.go(labels)
    for _ in range(100):
        if labels in page.evaluate(KEPT):
            break
        page.wait_for_timeout(100)
    buyer.lose_the_network()
    buyer.go(labels)
    blind = page.locator("[data-portion]").evaluate_all("all => all.map(each => each.dataset.blind)")
    for text, says in (("MY-2222-2222", "belongs to another sample"), ("8801234", "no label of a portion")):
        page.fill("[name=label]", text)
        page.click("form[data-piece] .btn-primary")
        expect(page.locator("form[data-piece] [data-said]")).to_contain_text(says)
    for place, text in enumerate(blind):
        page.fill("[name=label]", text.lower())
        page.click("form[data-piece] .btn-primary")
        expect(page.locator(f"[data-portion] >> nth={place} >> css=[data-here]")).to_have_text("On this phone")
    buyer.find_the_network()
    buyer.go("/desk/field/queue")
    buyer.come_to(lambda states: not (states["here"] + states["going"] + states["sent"] + states["refused"]))
    buyer.go(labels)
    expect(page.locator("[data-portion][data-done]")).to_have_count(2)


def nothing_stays_after_signing_out(buyer: Buyer) -> None:
    page = buyer.page
    buyer.go("/desk/field/queue")
    page.locator("details.mc-menu summary").last.click()
    with page.expect_navigation():
        page.click("form[action$='/sign-out'] button")
    assert page.evaluate(KEPT) == []
    assert page.evaluate(ROWS) == {"pieces": [], "phone": []}


def all_the_rest(buyer: Buyer) -> None:
    """Checked, sealed and given to a courier, and the network is still away."""
    page = buyer.page
    for place, kind in enumerate(OTHERS):
        take(page.locator(f"[data-shot][data-kind={kind}]:visible").first, 500 + place)
    buyer.come_to(lambda states: states == Counter(here=MANY + len(OTHERS)))
    for name in DEEDS:
        step = page.locator(f"[data-step={name}]" if name != "check_label" else "form[action$='/check_label']").first
        for field, value in TYPED.get(name, {}).items():
            step.locator(f"[name={field}]").fill(value)
        if name == "dispatch":
            step.locator("[name=laboratory]").select_option(index=1)
            step.locator("[name=carrier]").select_option("courier")
        page.locator("button:visible[data-does], .mc-sticky:visible .btn-primary").first.click()
    buyer.come_to(lambda states: states == Counter(here=MANY + len(OTHERS) + len(DEEDS)))


def at_least(many: int) -> Callable[[Counter[str]], bool]:
    return lambda states: states["sent"] + states["safe"] >= many


def test_many_pictures_arrive_once_though_the_page_is_killed(browser: Browser, served: Served) -> None:
    buyer = Buyer(browser, served, PHONE, "zh", "dark")
    buyer.set_up()
    assert served.settled
    number = served.settled.world["parcel"]
    buyer.lose_the_network()
    buyer.go(f"/desk/task/{number}")
    with served.app.app_context():
        before = db.session.scalar(sa.select(sa.func.count()).select_from(Exhibit))
    shot = buyer.page.locator("[data-shot][data-kind=packaging]").first
    shot.locator("input[type=file]").evaluate("each => (each.multiple = true)")
    take(shot, 100, MANY)
    buyer.come_to(lambda states: states == Counter(here=MANY))

    all_the_rest(buyer)
    total = MANY + len(OTHERS) + len(DEEDS)

    buyer.find_the_network()
    for kill in range(KILLS):
        least = (kill + 1) * MANY // (KILLS + 2)
        buyer.come_to(at_least(least))
        buyer.is_killed()
        buyer.go("/desk/field/queue")
    buyer.come_to(lambda states: states == Counter(safe=total))
    buyer.look_with_axe("/desk/field/queue")

    with served.app.app_context():
        exhibits = db.session.scalar(sa.select(sa.func.count()).select_from(Exhibit))
        pieces = db.session.scalars(sa.select(Piece.state)).all()
        status = db.session.scalars(sa.select(Sample.status).join(Sample.task).where(Task.number == number)).one()
    assert exhibits is not None
    assert before is not None
    assert exhibits - before == MANY + len(OTHERS)
    assert Counter(pieces) == Counter({PieceState.SAFE: total})
    assert status == SampleStatus.DISPATCHED
