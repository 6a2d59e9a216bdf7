"""A platform's program answers for listings of several notices in one call, or sends a table."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import rfc3339
from quality.notices.models import ItemStatus, NoticeItem, NoticeStatus
from tests.api.conftest import Keyed
from tests.harness.answer_books import removed_row, workbook
from tests.harness.api import Program
from tests.harness.databases import on_sqlite
from tests.harness.notices import desk_of, notice_at, of_one_platform
from tests.harness.people import Cast

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def items(session: Session, cast: Cast) -> list[NoticeItem]:
    notices = [notice_at(session, cast, NoticeStatus.SERVED, each) for each in of_one_platform(session, cast, 2)]
    cast.clock.advance(hours=2)
    session.commit()
    return [notice.items[0] for notice in notices]


@pytest.fixture
def desk(cast: Cast, items: list[NoticeItem], keyed: Keyed) -> Program:
    return keyed(desk_of(cast, items[0]))


def removed(item: NoticeItem, **more: Any) -> dict[str, Any]:
    said = {"notice": item.notice.number, "listing_id": item.listing_id}
    return said | {"outcome": "removed", "acted_at": rfc3339(clock.now()), **more}


@on_sqlite
def test_several_notices_are_answered_in_one_call(desk: Program, session: Session, items: list[NoticeItem]) -> None:
    first = desk.get("/platform/listings?limit=1").get_json()
    rest = desk.get(f"/platform/listings?limit=1&cursor={first['next']}").get_json()
    assert [each["listing_id"] for each in (*first["items"], *rest["items"])] == [item.listing_id for item in items]
    assert first["items"][0]["due_at"]
    assert rest["next"] is None

    said = [removed(item) for item in items]
    body = {"outcomes": [*said, said[0] | {"notice": "YZ-2026-N-9999"}, {"notice": 1}]}
    told = desk.post("/platform/outcomes", body, once="a").get_json()["items"]
    assert [each["ok"] for each in told] == [True, True, False, False]
    assert [each["code"] for each in told[2:3]] == ["unknown_notice"]
    assert told[3]["notice"] is None
    assert desk.post("/platform/outcomes", body, once="a").get_json()["items"] == told, "kept with its key"
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.CLAIMED] * 2
    assert desk.get("/platform/listings").get_json()["items"] == []


@on_sqlite
def test_a_table_is_looked_at_and_recorded_where_that_is_asked_for(
    desk: Program, session: Session, items: list[NoticeItem]
) -> None:
    def send(confirm: str) -> Any:
        content = workbook(removed_row(items[0]), removed_row(items[1], outcome="gone"))
        file = {"file": (io.BytesIO(content), "answers.xlsx")}
        return desk.open("POST", f"/platform/workbooks{confirm}", data=file)

    dry = send("").get_json()
    assert ([row["state"] for row in dry["rows"]], dry["recorded"]) == (["good", "wrong"], 0)
    refused = send("?confirm=all")
    assert refused.status_code == 422
    assert [each["field"] for each in refused.get_json()["errors"]] == ["only_good", "row 3, outcome"]
    assert send("?confirm=good").get_json()["recorded"] == 1
    assert send("?confirm=good").get_json()["recorded"] == 0
    session.expire_all()
    assert [item.status for item in items] == [ItemStatus.CLAIMED, ItemStatus.OPEN]


@on_sqlite
def test_a_table_in_csv_says_the_same(desk: Program, session: Session, items: list[NoticeItem]) -> None:
    item = items[0]
    line = f"{item.notice.number},{item.listing_id},refused,'=1+1 不是本平台商品\n"
    file = {"file": (io.BytesIO(f"通知书编号,商品编号,处理结果,说明\n{line}".encode("gb18030")), "answers.csv")}
    told = desk.open("POST", "/platform/workbooks?confirm=all", data=file).get_json()
    assert told["recorded"] == 1
    session.expire_all()
    assert item.claims[0].reason == "=1+1 不是本平台商品"
