"""A platform answers for many listings at once: ticked on one page, or by a workbook that is looked at first."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.notices.models import ItemStatus, Notice, NoticeItem, NoticeStatus
from quality.pages.answering import called, page
from tests.evidence.files import photograph
from tests.harness.answer_books import removed_row, workbook
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import amended, desk_of, notice_at, of_one_platform
from tests.harness.people import Cast
from tests.harness.reading import broken_references, read, typed_again

pytestmark = pytest.mark.usefixtures("sent")
HERE = "/desk/answers/"
BOOK = "/desk/answers/workbook/"


@pytest.fixture
def items(session: Session, cast: Cast) -> list[NoticeItem]:
    """Of two notices to one platform."""
    findings = of_one_platform(session, cast, 2)
    notices: list[Notice] = [notice_at(session, cast, NoticeStatus.SERVED, finding) for finding in findings]
    cast.clock.advance(hours=2)
    session.commit()
    return [notice.items[0] for notice in notices]


@pytest.fixture
def desk(app: Flask, session: Session, cast: Cast, items: list[NoticeItem]) -> Any:
    theirs = desk_of(cast, items[0])
    assert theirs.person
    give_password(session, theirs.person)
    session.commit()
    return sign_in(app, theirs)


def now() -> str:
    return f"{clock.now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"


def keys(items: list[NoticeItem]) -> list[str]:
    return [f"{item.id}:{item.version}:{item.notice.edition}" for item in items]


def test_the_same_is_said_of_many_listings_of_several_notices(
    desk: Any, session: Session, items: list[NoticeItem]
) -> None:
    shown = desk.get(HERE).text
    assert [item.listing_id in shown for item in items] == [True, True]
    units = {f"units-{item.id}": str(7 + place) for place, item in enumerate(items)}
    sent: dict[str, Any] = {"chosen": keys(items), "outcome": "removed", "acted_at": now(), "reason": "已下架"}
    sent |= units | {"evidence": (io.BytesIO(photograph()), "proof.jpg")}
    assert desk.post(HERE, data=sent, content_type="multipart/form-data").status_code == 302
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.CLAIMED] * 2
    assert [item.claims[0].units_sold for item in items] == [7, 8]
    assert [item.notice.status for item in items] == [NoticeStatus.ANSWERED] * 2
    assert items[0].claims[0].evidence == items[1].claims[0].evidence != []
    assert "No listing waits for your answer" in desk.get(HERE).text


@on_sqlite
def test_all_of_a_page_are_chosen_with_one_tick(desk: Any, session: Session, items: list[NoticeItem]) -> None:
    sent = {"shown": keys(items), "every": "1", "outcome": "never_found"}
    assert desk.post(HERE, data=sent).status_code == 302
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.CLAIMED] * 2


@on_sqlite
def test_what_is_wrong_comes_back_with_what_was_typed(desk: Any, session: Session, items: list[NoticeItem]) -> None:
    assert desk.post(HERE, data={"outcome": "removed"}).status_code == 422, "none was chosen"
    both = {"chosen": keys(items)}
    no_outcome = desk.post(HERE, data=both)
    assert no_outcome.status_code == 422
    assert no_outcome.text.count(" checked") == 2
    early = desk.post(HERE, data=both | {"outcome": "removed", "acted_at": "2020-01-01T08:00", "reason": "说明"})
    assert early.status_code == 422
    assert early.text.count("The notice was not issued yet then") >= 2
    assert "说明" in early.text
    assert desk.post(HERE, data=both | {"outcome": "refused"}).status_code == 422, "no reason"
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.OPEN] * 2


@on_sqlite
def test_what_is_right_is_recorded_and_what_is_not_is_said(
    desk: Any, session: Session, items: list[NoticeItem]
) -> None:
    units = {f"units-{items[0].id}": "many"}
    answer = desk.post(HERE, data={"chosen": keys(items), "outcome": "never_found"} | units)
    assert answer.status_code == 200
    assert "Answers recorded: 1." in answer.text
    assert "Enter how many units were sold" in answer.text
    stale = desk.post(HERE, data={"chosen": [f"{items[0].id}:99", keys(items)[1], "9999:1"], "outcome": "never_found"})
    assert stale.status_code == 422
    assert "Somebody else changed this listing" in stale.text
    assert stale.text.count("does not wait for your answer any more") == 2
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.OPEN, ItemStatus.CLAIMED]


@on_sqlite
def test_what_was_ticked_and_typed_stays_and_what_waits_no_more_is_named(
    desk: Any, session: Session, items: list[NoticeItem]
) -> None:
    gone, stays = items
    typed = {"shown": keys(items), f"units-{gone.id}": "3", f"units-{stays.id}": "4"}
    back = read(desk.post(HERE, data=typed | {"every": "1"}).text)
    assert typed_again(back, HERE, {"every": ["1"], f"units-{gone.id}": ["3"], f"units-{stays.id}": ["4"]}) == {}
    assert desk.post(HERE, data={"chosen": keys([gone]), "outcome": "never_found"}).status_code == 302
    late = desk.post(HERE, data=typed | {"chosen": keys(items)})
    assert f"{called(gone)}: This listing does not wait" in html.unescape(late.text)
    assert typed_again(read(late.text), HERE, {"chosen": keys([stays]), f"units-{stays.id}": ["4"]}) == {}
    bad = desk.post(HERE, data={"chosen": keys([stays]), "outcome": "never_found", f"units-{stays.id}": "a\x00b"})
    assert bad.status_code == 422
    assert 'value="ab"' in bad.text
    assert desk.post(HERE, data={"chosen": keys([stays]), "outcome": "never_found"}).status_code == 302
    none = desk.post(HERE, data={"chosen": keys([stays])})
    assert (none.status_code, broken_references(read(none.text))) == (422, [])


def test_the_list_goes_on(session: Session, cast: Cast, app: Flask, items: list[NoticeItem]) -> None:
    me = desk_of(cast, items[0])
    with app.test_request_context("/"):
        first = page(session, me, limit=1)
        second = page(session, me, after=first.next, limit=1)
        assert page(session, me, notice=str(items[1].notice.number)).lines[0].item is items[1]
    assert [line.item for line in (*first.lines, *second.lines)] == items
    assert second.next is None


@on_sqlite
def test_a_workbook_is_looked_at_and_then_recorded(desk: Any, session: Session, items: list[NoticeItem]) -> None:
    given = desk.get(f"{BOOK}open.xlsx")
    assert given.headers["Content-Disposition"].startswith("attachment")
    assert desk.get(BOOK).status_code == 200
    sent = workbook(removed_row(items[0]), removed_row(items[1], outcome="gone"))
    here = desk.post(BOOK, data={"file": (io.BytesIO(sent), "反馈.xlsx")}).location
    shown = desk.get(here).text
    for said in ("Row 3", "处理结果 outcome", "1 can be recorded, 1 to mend", "gone"):
        assert said in shown
    assert desk.get(f"{here}/file").headers["Content-Disposition"].startswith("attachment")
    seen = re.findall(r'name="seen" value="(\w+)"', shown)[0]
    assert desk.post(f"{here}/record", data={"seen": seen, "how": "all"}).status_code == 422
    assert desk.post(f"{here}/record", data={"seen": "0", "how": "good"}).status_code == 422
    assert desk.post(f"{here}/record", data={"seen": seen, "how": "good"}).location == here, "a row is left to mend"
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.CLAIMED, ItemStatus.OPEN]
    assert "1 answered before" in desk.get(here).text
    assert desk.post(f"{here}/throw-away").status_code == 302
    assert desk.get(here).status_code == 404


@on_sqlite
def test_recorded_twice_it_says_so(desk: Any, session: Session, items: list[NoticeItem]) -> None:
    sent = workbook(*map(removed_row, items))
    here = desk.post(BOOK, data={"file": (io.BytesIO(sent), "反馈.xlsx")}).location
    seen = re.findall(r'name="seen" value="(\w+)"', desk.get(here).text)[0]
    assert desk.post(f"{here}/record", data={"seen": seen}).location == HERE
    assert desk.post(f"{here}/record", data={"seen": seen}).location == here
    session.expire_all()
    assert [len(item.claims) for item in items] == [1, 1]
    assert "nothing is left to record" in desk.get(here).text


@on_sqlite
def test_what_is_no_table_is_said_at_its_field(desk: Any) -> None:
    assert desk.post(BOOK, data={"file": (io.BytesIO(b"a,b"), "a.xlsx")}).status_code == 422
    named = desk.post(BOOK, data={"file": (io.BytesIO("notice,原因\n1,2\n".encode()), "a.csv")})
    assert named.status_code == 422
    assert "商品编号 listing_id" in named.text


@on_sqlite
def test_what_was_ticked_or_filled_in_for_an_edition_of_before_is_refused_with_what_changed(
    desk: Any, session: Session, cast: Cast, items: list[NoticeItem]
) -> None:
    item = items[0]
    form = {"chosen": f"{item.id}:{item.version}:1", "outcome": "never_found"}
    amended(session, cast, item.notice, reason="补充依据", reasons="另有不符合项目")
    session.commit()
    refused = desk.post(HERE, data=form)
    assert refused.status_code == 422
    assert "edition 2 is in force since" in html.unescape(refused.text)
    assert f'value="{item.id}:{item.version}:2" checked' in refused.text, (
        "it stays ticked, and is sent as it stands now"
    )

    row = removed_row(item, edition="1")
    page = desk.post(BOOK, data={"file": (io.BytesIO(workbook(row)), "answers.xlsx")}, follow_redirects=True).text
    assert "补充依据" in page
    assert "另有不符合项目" in page
    session.expire_all()
    assert item.claims == []
    assert desk.post(HERE, data=form | {"chosen": f"{item.id}:{item.version}:2"}).status_code == 302
