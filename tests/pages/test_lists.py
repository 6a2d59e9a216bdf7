"""Lists whose filters stand in their address, pages in both directions, and a search across what one may see."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import db
from quality.notices.models import NoticeStatus
from quality.pages import listing
from quality.purchases.models import TaskStatus
from quality.search.jobs import index_new_cases
from quality.search.models import SearchEntry
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import sample_at_lab
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.purchases import task_at
from tests.pages.test_worklist import statements


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.buyer, cast.analyst, cast.second_analyst, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def numbers(page: Any) -> list[str]:
    return re.findall(r'<span class="mc-no">([A-Z]+-[A-Z0-9-]+)</span>', page.text)


def index(session: Session) -> None:
    session.commit()
    index_new_cases(sessionmaker(db.engine))


def test_pages_go_on_and_back_and_keep_their_filters(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing.listed, "__defaults__", (2,))
    task_at(session, cast, TaskStatus.ASSIGNED)
    session.commit()
    client = clients(cast.coordinator)
    address = "/desk/task/?status=planned"

    pages, seen = [client.get(address)], []
    while more := re.search(r'href="([^"]+)">Older ones', pages[-1].text):
        pages.append(client.get(more[1].replace("&amp;", "&")))
    for page in pages:
        assert page.status_code == 200
        assert "clear" in page.text
        seen += numbers(page)
    assert len(pages) > 1
    assert len(seen) == len(set(seen))
    back = re.search(r'href="([^"]+)">Newer ones', pages[-1].text)
    assert back
    assert numbers(client.get(back[1].replace("&amp;", "&"))) == numbers(pages[-2])


@on_sqlite
@pytest.mark.parametrize("odd", ["status=vanished", "before=x", "after=-1", "before=" + "9" * 40, "status=%00"])
def test_what_is_no_filter_is_said_and_left_out(clients: Any, session: Session, cast: Cast, odd: str) -> None:
    answer = clients(cast.coordinator).get(f"/desk/task/?{odd}")

    assert answer.status_code == 200
    assert "Left out" in answer.text


@on_sqlite
def test_nothing_that_matches_is_another_thing_than_nothing_there(clients: Any, cast: Cast) -> None:
    client = clients(cast.coordinator)

    assert "Nothing matches these filters" in client.get("/desk/task/?q=没有这个").text
    assert "Nothing is here for you yet" in client.get("/desk/notice/").text


def test_two_characters_of_a_product_find_it_and_so_does_a_number(clients: Any, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    index(session)
    client = clients(cast.coordinator)
    title = str(task.drawn.listing["title"])

    assert task.number in numbers(client.get(f"/desk/search?q={quote(title[:2])}"))
    assert task.number in numbers(client.get(f"/desk/search?q={task.number.lower()}"))
    assert task.number in numbers(client.get(f"/desk/task/?q={quote(title[:2])}&status=assigned"))
    assert task.number not in numbers(client.get(f"/desk/task/?q={quote(title[:2])}&status=sealed"))


def test_everybody_finds_what_they_may_see_and_nothing_else(clients: Any, session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    sample = sample_at_lab(session, cast)
    index(session)
    blind = next(portion for portion in sample.portions if portion.laboratory_id)
    mine, other = (
        (cast.analyst, cast.second_analyst)
        if blind.laboratory_id == cast.laboratory.id
        else (cast.second_analyst, cast.analyst)
    )
    shop = str(sample.task.drawn.listing["shop_name"])[:2]
    theirs, stranger = (
        (cast.desk, cast.other_desk) if notice.platform_id == cast.platform.id else (cast.other_desk, cast.desk)
    )

    assert blind.blind_no in clients(mine).get(f"/desk/search?q={blind.blind_no}").text.split("<h2")[-1]
    assert "<h2" not in clients(other).get(f"/desk/search?q={blind.blind_no}").text
    assert "<h2" not in clients(mine).get(f"/desk/search?q={quote(shop)}").text
    assert notice.number in numbers(clients(theirs).get(f"/desk/search?q={quote(shop)}"))
    assert "<h2" not in clients(stranger).get(f"/desk/search?q={quote(shop)}").text


@on_sqlite
@pytest.mark.parametrize("typed", ["%", "_", "a", "💡", "\u202e", "x" * 300, "%00", "' OR 1=1 --", "磁"])
def test_whatever_is_typed_into_the_search_is_answered(clients: Any, cast: Cast, typed: str) -> None:
    answer = clients(cast.coordinator).get("/desk/search", query_string={"q": typed})

    assert answer.status_code == 200
    assert "Nothing that you may see matches" in answer.text or "<h2" in answer.text or not typed.strip("\u202e")


def test_the_index_is_made_once_for_each_case(session: Session, cast: Cast) -> None:
    task_at(session, cast, TaskStatus.ASSIGNED)
    index(session)
    entries = session.query(SearchEntry).count()

    assert entries
    assert index_new_cases(sessionmaker(db.engine)) == 0
    assert session.query(SearchEntry).count() == entries


@pytest.mark.parametrize("kind", ["task", "sample", "finding", "notice"])
def test_statements_do_not_grow_with_the_rows_of_a_list(clients: Any, session: Session, cast: Cast, kind: str) -> None:
    shown: dict[str, list[int]] = {}
    counted: dict[str, list[int]] = {}
    for more in (2, 3):
        for _again in range(more):
            notice_at(session, cast, NoticeStatus.ANSWERED)
        index(session)
        client = clients(cast.coordinator)
        for address in (f"/desk/{kind}/", f"/desk/{kind}/?q=磁力", "/desk/search?q=磁力"):
            shown.setdefault(address, []).append(len(numbers(client.get(address))))
            counted.setdefault(address, []).append(statements(client, address))

    found_by_words = kind != "finding"
    assert shown[f"/desk/{kind}/"][0] < shown[f"/desk/{kind}/"][1]
    assert (shown[f"/desk/{kind}/?q=磁力"][0] < shown[f"/desk/{kind}/?q=磁力"][1]) is found_by_words
    assert shown["/desk/search?q=磁力"][0] < shown["/desk/search?q=磁力"][1]
    assert {address: few for address, (few, many) in counted.items() if few != many} == {}
