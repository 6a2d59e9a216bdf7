"""The listing's page on the page of its purchase: the buyer types it once, the coordinator reads what differs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.captures.models import PageCapture
from quality.core import clock
from quality.purchases.models import TaskStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password
from tests.harness.people import Cast
from tests.harness.purchases import task_at

pytestmark = on_sqlite
TYPED = {"title": "磁力棒", "price_fen": "89", "seller": "小满童品旗舰店", "licence": "91110000600037341L"}


def test_the_buyer_types_it_and_the_coordinator_reads_what_differs(session: Session, cast: Cast, sign_in: Any) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    session.add(
        PageCapture(
            task_id=task.id, asked_at=clock.now(), tries=1, made_at=clock.now(), http_status=200,
            address="https://item.example/1", title="磁力棒", text="¥89.00", sha256="a" * 64, text_sha256="b" * 64,
        )
    )  # fmt: skip
    for actor in (cast.coordinator, cast.buyer):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    buyer, address = sign_in(cast.buyer), f"/desk/task/{task.number}"
    assert f'href="{address}/page_facts"' in buyer.get(address).text
    bad = buyer.post(f"{address}/page_facts", data=TYPED | {"licence": "91110000600037341M", "version": task.version})
    assert bad.status_code == 422 and "check digit" in bad.text and 'value="89' in bad.text
    assert buyer.post(f"{address}/page_facts", data=TYPED | {"version": task.version}).status_code == 302

    page = sign_in(cast.coordinator).get(address).text
    assert "89.00" in page and "differs: in the frame" in page and "does not stand in the capture" in page
    assert "Captured, HTTP 200" in page and "Capture the page" in page
    assert "This program has no browser" in page
    assert "Captured, HTTP 200" not in buyer.get(address).text
