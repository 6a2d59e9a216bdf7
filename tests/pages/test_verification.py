"""All listings that wait for the agency's own look, on one page: claims and later looks, the oldest due first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.clocks.models import Clock
from quality.core import clock
from quality.core.db import db
from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer, send_back
from quality.notices.queries import looks_due
from quality.pages import verification
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import confirmed_finding
from tests.harness.notices import notice_at, removed, seen
from tests.harness.people import Cast, hire
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("sent")

QUEUE = "/desk/verification"


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.desk, cast.analyst):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def waiting(page: Any) -> list[str]:
    """The notices whose listings wait, in their order."""
    return re.findall(r'<p><span class="mc-no">(N-[A-Z0-9-]+)</span>', page.text)


def answered(session: Session, cast: Cast, listings: int = 1) -> Notice:
    findings = [confirmed_finding(session, cast) for _each in range(listings)]
    notice = notice_at(session, cast, NoticeStatus.ANSWERED, *findings)
    session.commit()
    return notice


def test_claims_of_all_notices_wait_the_oldest_first_until_they_are_settled(
    clients: Any, session: Session, cast: Cast
) -> None:
    first = answered(session, cast, 2)
    cast.clock.advance(days=1)
    second = answered(session, cast)
    coordinator = clients(cast.coordinator)

    page = coordinator.get(QUEUE)
    assert waiting(page) == [first.number, first.number, second.number]
    for item in [*first.items, *second.items]:
        assert f'href="/desk/notice/{item.notice.number}/{item.id}/look"' in page.text
    item = first.items[0]
    seen(session, cast, item, gone=False)
    session.commit()
    assert "it was looked at" in coordinator.get(QUEUE).text
    send_back(session, item, by=cast.coordinator)
    session.commit()
    assert waiting(coordinator.get(QUEUE)) == [first.number, second.number]


def test_a_later_look_waits_from_the_day_before_it_is_due_and_once_for_each_listing(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.CLOSED)
    session.commit()
    coordinator = clients(cast.coordinator)

    cast.clock.advance(days=9)  # those of day 1 and day 7 are both overdue
    page = coordinator.get(QUEUE)
    assert waiting(page) == [notice.number]
    assert "Later look" in page.text
    assert waiting(coordinator.get(f"{QUEUE}?what=claims")) == []
    seen(session, cast, notice.items[0])
    session.commit()
    assert waiting(coordinator.get(f"{QUEUE}?what=again")) == []


@on_sqlite
def test_the_queue_is_narrowed_to_a_platform_by_its_address(clients: Any, session: Session, cast: Cast) -> None:
    notice = answered(session, cast)
    coordinator = clients(cast.coordinator)
    here = notice.platform.code

    assert waiting(coordinator.get(f"{QUEUE}?platform={here}")) == [notice.number]
    elsewhere = coordinator.get(f"{QUEUE}?platform=nowhere&after=x")
    assert all(odd in elsewhere.text for odd in ("Left out", "nowhere"))


def test_pages_go_on_and_back(clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification.page, "__defaults__", (2,))
    notices = [answered(session, cast) for _each in range(5)]
    coordinator = clients(cast.coordinator)

    pages = [coordinator.get(QUEUE)]
    while more := re.search(r'href="([^"]+)">Due later', pages[-1].text):
        pages.append(coordinator.get(more[1].replace("&amp;", "&")))
    assert [waiting(page) for page in pages] == [
        [notice.number for notice in some] for some in (notices[:2], notices[2:4], notices[4:])
    ]
    for page, before in zip(pages[:0:-1], pages[-2::-1], strict=True):
        back = re.search(r'href="([^"]+)">Due earlier', page.text)
        assert back
        assert waiting(coordinator.get(back[1])) == waiting(before)
    assert "Due earlier" not in pages[0].text


@on_sqlite
def test_who_does_not_verify_has_no_queue_and_no_agency_sees_another_ones(
    clients: Any, app: Flask, session: Session, cast: Cast
) -> None:
    notice = answered(session, cast)
    for actor in (cast.desk, cast.analyst):
        assert clients(actor).get(QUEUE).status_code == 403
    above = hire(session, cast.above, cast.coordinator.role)
    assert above.person
    give_password(session, above.person)
    session.commit()
    page = sign_in(app, above).get(QUEUE)
    assert (page.status_code, waiting(page)) == (200, [])
    assert "No listing waits for a look" in page.text
    assert notice.number in clients(cast.reviewer).get(QUEUE).text


@on_sqlite
def test_worklist_and_list_lead_to_the_queue(clients: Any, cast: Cast) -> None:
    coordinator, desk = clients(cast.coordinator), clients(cast.desk)
    for address in ("/desk/", "/desk/notice/"):
        assert f'href="{QUEUE}"' in coordinator.get(address).text
        assert f'href="{QUEUE}"' not in desk.get(address).text


@on_sqlite
def test_statements_do_not_grow_with_the_rows(clients: Any, session: Session, cast: Cast) -> None:
    counted = []
    for more in (2, 3):
        for _again in range(more):
            answered(session, cast)
            notice_at(session, cast, NoticeStatus.CLOSED)
        cast.clock.advance(days=2)
        session.commit()
        client = clients(cast.coordinator)
        assert len(waiting(client.get(QUEUE))) >= 2 * more
        counted.append(statements(client, QUEUE))
    assert counted[0] == counted[1]


@on_sqlite
def test_the_queue_walks_running_clocks_in_their_order(session: Session, cast: Cast) -> None:
    """However many clocks have stopped, and without sorting."""
    asked = looks_due(cast.coordinator, clock.now() + timedelta(days=1)).order_by(Clock.due_at, Clock.id).limit(31)
    said = str(asked.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = " / ".join(row[3] for row in session.execute(sa.text(f"EXPLAIN QUERY PLAN {said}")))
    assert "ix_clock_due" in plan, plan
    assert "TEMP B-TREE" not in plan, plan


@on_sqlite
def test_each_side_reads_first_of_the_listing_that_waits_for_it(clients: Any, session: Session, cast: Cast) -> None:
    findings = [confirmed_finding(session, cast) for _each in range(2)]
    notice = notice_at(session, cast, NoticeStatus.SERVED, *findings)
    silent, claimed = notice.items
    answer(session, notice, [removed(claimed)], by=cast.desk)
    session.commit()

    def comes_first(actor: Any) -> str:
        page = clients(actor).get(f"/desk/notice/{notice.number}").text
        return str(re.findall(r'<h3 id="h-(\d+)"', page)[0])

    assert comes_first(cast.coordinator) == str(claimed.id)
    assert comes_first(cast.desk) == str(silent.id)
