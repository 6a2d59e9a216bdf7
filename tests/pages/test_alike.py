"""Listings that are like a tested one: on the finding's dossier, in the queue, decided on many at once, drafted."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.likeness.models import Alike, Decision
from quality.notices.models import ItemKind, Notice, NoticeStatus
from quality.notices.operations import Choice, decide, draft_notices
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.likeness import alike_to, look, shelve
from tests.harness.notices import TEXTS
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
QUEUE = "/desk/alike"


@pytest.fixture
def found(session: Session, concluded: Concluded) -> dict[str, Alike]:
    return alike_to(session, concluded.cast, concluded.bad[0])


@pytest.fixture
def coordinator(app: Flask, session: Session, concluded: Concluded) -> Any:
    return signed_in(app, session, concluded.cast.coordinator)


def signed_in(app: Flask, session: Session, actor: Any) -> Any:
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def sent(*found: Alike) -> list[str]:
    return [f"{each.id}:{each.version}" for each in found]


def test_a_dossier_says_what_is_elsewhere_and_how_far_the_search_has_come(
    session: Session, concluded: Concluded, coordinator: Any
) -> None:
    dossier = f"/desk/finding/{concluded.bad[0].number}"
    assert "The frames are being looked through" in coordinator.get(dossier).text
    assert "Elsewhere on sale" not in coordinator.get(f"/desk/finding/{concluded.good.number}").text
    alike_to(session, concluded.cast, concluded.bad[0])
    page = coordinator.get(dossier)
    assert "磁力棒 特价" in page.text
    assert "the same barcode" in page.text
    assert "All frames looked through" in page.text


def test_the_queue_is_narrowed_by_what_was_asked_and_says_what_it_left_out(
    found: dict[str, Alike], concluded: Concluded, coordinator: Any
) -> None:
    number = concluded.bad[0].number
    there = coordinator.get(f"{QUEUE}?finding={number}&kind=same_product&sure=likely").text
    assert "磁力积木" in there and "磁力棒 特价" not in there
    assert "Nothing matches" in coordinator.get(f"{QUEUE}?state=rejected").text
    odd = coordinator.get(f"{QUEUE}?kind=other&after=x&sure=sure").text
    assert all(each in odd for each in ("other、sure、x",))
    many = statements(coordinator, QUEUE)
    assert many == statements(coordinator, f"{QUEUE}?state=all&finding={number}")


def test_a_long_queue_goes_on_from_page_to_page(session: Session, concluded: Concluded, coordinator: Any) -> None:
    one = {"platform": "青禾集市", "barcode": "9521234567899"}
    rows = [one | {"listing_id": f"B{at}", "title": f"在售{at}"} for at in range(33)]
    shelve(session, concluded.cast, rows)
    look(session)
    address, seen = f"{QUEUE}?kind=same_product&finding={concluded.bad[0].number}", list[str]()
    for _page in range(2):
        page = coordinator.get(address).text
        seen += re.findall(r">(在售\d+)<", page)
        onward = re.search(r'href="([^"]*after=[^"]*)">Less sure ones', page)
        address = onward[1].replace("&amp;", "&") if onward else ""
    assert address == ""
    assert sorted(seen) == sorted(row["title"] for row in rows)


def test_many_are_confirmed_at_once_and_then_drafted_each_to_its_platform(
    session: Session, concluded: Concluded, found: dict[str, Alike], coordinator: Any
) -> None:
    chosen = sent(*found.values())
    answer = coordinator.post(QUEUE, data={"decision": "confirmed", "every": "1", "shown": chosen})
    assert answer.status_code == 302
    session.expire_all()
    assert {each.decision for each in found.values()} == {Decision.CONFIRMED}
    page = coordinator.get("/desk/notice/new").text
    assert all(f'name="alike" value="{each.id}" checked' in page for each in found.values())
    typed = {
        "kind": "order",
        "grouping": "platform",
        "legal_basis": "《产品质量法》",
        "reasons": "不合格",
        "measures": ["delist"],
    }
    coordinator.post("/desk/notice/new", data=typed | {"alike": [each.id for each in found.values()]})
    notices = session.scalars(sa.select(Notice)).all()
    assert {item.kind for notice in notices for item in notice.items} == {ItemKind.SAME_PRODUCT, ItemKind.SAME_SELLER}
    assert {notice.platform_id for notice in notices} == {each.platform_id for each in found.values()}
    page = coordinator.get(f"/desk/notice/{notices[0].reference}").text
    assert concluded.bad[0].number in page
    assert "Not tested itself" in page
    there = coordinator.get(f"{QUEUE}?state=confirmed").text
    assert notices[0].reference in there
    assert 'name="chosen"' not in there  # it stands on a notice: nothing is decided otherwise


def test_what_cannot_be_recorded_comes_back_as_it_was_chosen(
    session: Session, concluded: Concluded, found: dict[str, Alike], coordinator: Any
) -> None:
    one = sent(found["A1"])
    wrong = coordinator.post(QUEUE, data={"decision": "rejected", "chosen": one, "reason": " "})
    assert wrong.status_code == 422
    assert "Say why these listings are other goods" in wrong.text
    assert re.search(f'value="{one[0]}"[^>]* checked', wrong.text)
    assert coordinator.post(QUEUE, data={"decision": "confirmed"}).status_code == 422
    assert coordinator.post(QUEUE, data={"decision": "confirmed", "chosen": ["x"]}).status_code == 404
    decide(session, [Choice(found["A1"], 1)], Decision.CONFIRMED, by=concluded.cast.reviewer)
    session.commit()
    late = coordinator.post(QUEUE, data={"decision": "rejected", "chosen": one, "reason": "不是"})
    assert (late.status_code, "Somebody else decided on A1 meanwhile" in late.text) == (409, True)
    every = {"decision": "rejected", "every": "1", "shown": sent(*found.values()), "reason": "不是"}
    late = coordinator.post(QUEUE, data=every | {"shown": [*one, *sent(found["A2"])]})
    assert (late.status_code, 'name="every" value="1" checked' in late.text) == (409, True)
    assert re.search(f'value="{found["A2"].id}:1"[^>]* checked', late.text)
    gone = coordinator.post(QUEUE, data=every | {"shown": f"{10**9}:1"})
    assert (gone.status_code, "no longer there" in gone.text) == (409, True)
    again = {"decision": "confirmed", "chosen": [f"{found['A1'].id}:2"]}
    assert coordinator.post(QUEUE, data=again).status_code == 409
    assert session.scalars(sa.select(Alike.decision).where(Alike.id == found["A1"].id)).one() == Decision.CONFIRMED


def test_nobody_outside_the_agency_reads_or_decides(
    app: Flask, session: Session, concluded: Concluded, found: dict[str, Alike]
) -> None:
    desk = signed_in(app, session, concluded.cast.desk)
    assert desk.get(QUEUE).status_code == 403
    assert desk.post(QUEUE, data={"decision": "confirmed", "chosen": sent(found["A1"])}).status_code == 403


def test_a_notice_tells_its_platform_why_an_untested_listing_is_on_it(
    session: Session, concluded: Concluded, found: dict[str, Alike], coordinator: Any
) -> None:
    decide(session, [Choice(each, 1) for each in found.values()], Decision.CONFIRMED, by=concluded.cast.coordinator)
    about = [found["A1"], found["A3"], found["A4"]]
    [notice] = draft_notices(session, [], by=concluded.cast.coordinator, alike=about, **TEXTS)
    session.commit()
    assert notice.status == NoticeStatus.DRAFT
    paper = re.sub(r"<[^>]+>|\s+", "", coordinator.get(f"/desk/notice/{notice.reference}/preview").text)
    number = concluded.bad[0].number
    assert "附件所列商品中，有3件未经抽样检验" in paper
    assert f"（结论{number}）“磁力棒”" in paper
    assert f"未经检验，与结论{number}所涉商品为同款：条码相同" in paper
    assert f"未经检验，与结论{number}所涉商品为同款：品牌、型号和生产者相同" in paper
    assert f"未经检验，与结论{number}所涉商品为同一卖家：店铺名称相同" in paper
