"""Lists whose filters stand in their address, pages in both directions, and a search across what one may see."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.models import Drawn
from quality.clocks.models import Clock
from quality.core.clock import BEIJING
from quality.core.db import db
from quality.core.events import Event
from quality.lab.models import Report
from quality.notices.models import NoticeStatus
from quality.pages import draws, listing, walking
from quality.pages.words import STATUSES
from quality.purchases.models import Sample, TaskStatus
from quality.search import queries
from quality.search.jobs import index_new_cases
from quality.search.models import SearchEntry
from tests.harness.databases import on_postgresql, on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import BAD, reported_sample, sample_at_lab
from tests.harness.notices import notice_at
from tests.harness.people import Cast
from tests.harness.purchases import task_at
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("sent")


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
@pytest.mark.parametrize("odd", ["before=x", "after=-1", "before=" + "9" * 40, "after=%00"])
def test_what_is_no_place_in_is_said_and_left_out(clients: Any, session: Session, cast: Cast, odd: str) -> None:
    answer = clients(cast.coordinator).get(f"/desk/task/?{odd}")

    assert answer.status_code == 200
    assert "Left out" in answer.text


@on_sqlite
@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("status", "status=vanished", "Choose a status"),
        ("status", "status=%00", "Choose a status"),
        ("from", "from=2062-13-40", "Write a day as"),
        ("to", "to=soon", "Write a day as"),
        ("to", "from=2026-09-02&to=2026-09-01", "not before the first"),
        ("q", "q=" + "x" * 300, "Keep to 100 characters"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_at_its_field_and_kept(
    clients: Any, cast: Cast, field: str, typed: str, says: str
) -> None:
    answer = clients(cast.coordinator).get(f"/desk/task/?{typed}")

    assert answer.status_code == 422
    assert says in re.findall(rf'<div class="invalid-feedback" id="{field}-e">(.*?)</div>', answer.text)[0]
    assert f'href="#{field}"' in answer.text
    if field != "status":
        assert f'value="{typed.rpartition("=")[2]}"' in answer.text


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


def found_of(page: Any) -> set[str]:
    """The kinds of which a search found something."""
    return set(re.findall(r'aria-labelledby="h-(\w+)"', page.text))


def test_a_product_and_a_shop_find_every_case_about_them(clients: Any, session: Session, cast: Cast) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    finding = notice.items[0].finding
    index(session)
    client, shop = clients(cast.coordinator), str(finding.sample.task.drawn.listing["shop_name"])

    for typed in (finding.sample.product_name, shop, shop[:2]):
        assert {"task", "sample", "report", "finding", "notice"} <= found_of(
            client.get(f"/desk/search?q={quote(typed)}")
        )
        assert finding.number in numbers(client.get(f"/desk/finding/?q={quote(typed)}"))


def test_a_laboratory_finds_its_reports_by_their_number_and_by_no_product(
    clients: Any, session: Session, cast: Cast
) -> None:
    sample = reported_sample(session, cast, BAD)
    report = session.scalars(sa.select(Report).where(Report.sample_id == sample.id)).one()
    index(session)
    theirs = cast.analyst if report.laboratory_id == cast.laboratory.id else cast.second_analyst
    client, listing = clients(theirs), sample.task.drawn.listing

    assert found_of(client.get(f"/desk/search?q={report.report_no[:5]}")) == {"report"}
    for typed in (sample.product_name, listing["shop_name"], listing["title"], sample.number, sample.task.number):
        assert found_of(client.get(f"/desk/search?q={quote(str(typed))}")) == set(), typed
        assert report.report_no not in client.get(f"/desk/report/?q={quote(str(typed))}").text


@on_sqlite
def test_a_filter_confirms_no_campaign_to_who_may_not_read_campaigns(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.SERVED)
    campaign = notice.items[0].finding.sample.task.campaign.number
    client = clients(cast.desk if notice.platform_id == cast.platform.id else cast.other_desk)

    pages = [client.get(f"/desk/notice/?campaign={each}") for each in (campaign, "C-XX-2026-0001")]
    assert [numbers(page) for page in pages] == [[notice.number]] * 2
    assert "from" not in re.findall(r'name="(\w+)"', pages[0].text)


def test_a_number_is_found_by_how_it_begins_however_it_is_typed(clients: Any, session: Session, cast: Cast) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    index(session)
    client, begin = clients(cast.coordinator), task.number[:-2]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in begin)

    for typed in (begin, begin.lower(), f"  {begin} ", wide, f"{begin[:3]} {begin[3:]}", task.number):
        assert task.number in numbers(client.get(f"/desk/search?q={quote(typed)}")), typed
        assert task.number in numbers(client.get(f"/desk/task/?q={quote(typed)}")), typed
    assert numbers(client.get(f"/desk/task/?q={quote(begin)}~")) == []


def followed(client: Any, address: str, word: str) -> list[Any]:
    pages = [client.get(address)]
    while more := re.search(rf'href="([^"]+)">(?:{word})', pages[-1].text):
        pages.append(client.get(more[1].replace("&amp;", "&")))
        assert len(pages) < 40
    return pages


@pytest.mark.parametrize(
    "asked", ["q=磁力", "q=T-Y", "from=2020-01-01", "status=planned&status=assigned", "platform=TL"]
)
def test_a_search_that_stopped_goes_on_until_everything_was_looked_through(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    task = task_at(session, cast, TaskStatus.ASSIGNED)
    index(session)
    client, asked = clients(cast.coordinator), asked.replace("T-Y", task.number[:4])
    whole = followed(client, f"/desk/task/?{asked}", "Older ones|Look further")
    monkeypatch.setattr(walking, "LOOKED", 2)
    monkeypatch.setattr(listing, "RARE", 1)
    monkeypatch.setattr(queries, "RARE", 1)
    monkeypatch.setattr(listing.listed, "__defaults__", (2,))
    cut = followed(client, f"/desk/task/?{asked}&before=", "Older ones|Look further")

    shown = [number for page in cut for number in numbers(page)]
    assert shown
    assert shown == [number for page in whole for number in numbers(page)]


@on_postgresql  # which minds of what type each thing is
def test_every_filter_of_a_list_can_be_asked_with_every_other(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    campaign = notice.items[0].finding.sample.task.campaign
    index(session)
    client = clients(cast.coordinator)
    for rare in (queries.RARE, 0):
        monkeypatch.setattr(listing, "RARE", rare)
        monkeypatch.setattr(queries, "RARE", rare)
        for words in ("q=磁力&", "q=T-&"):
            for more in ("order=due&", "before=999999&", "order=due&after=1&"):
                asked = f"{words}&{more}campaign={campaign.number}&platform=TL&from=2020-01-01&to=2099-12-31"
                for kind in ("task", "sample", "report", "finding", "objection", "notice", "result", "campaign"):
                    status = next(iter(STATUSES[kind]))
                    assert client.get(f"/desk/{kind}/?{asked}&status={status}").status_code == 200, (kind, asked)


def test_a_list_of_a_campaign_and_of_its_days_holds_its_cases_and_no_others(
    clients: Any, session: Session, cast: Cast
) -> None:
    notice = notice_at(session, cast, NoticeStatus.ANSWERED)
    finding = notice.items[0].finding
    task = finding.sample.purchase
    opened = session.scalars(
        sa.select(Event.at).where(Event.subject_type == "task", Event.subject_id == task.id, Event.seq == 1)
    ).one()
    day = opened.astimezone(BEIJING).date()
    index(session)
    client = clients(cast.coordinator)

    for kind, number in (("task", task.number), ("finding", finding.number), ("notice", notice.number)):
        assert number in numbers(client.get(f"/desk/{kind}/?campaign={task.campaign.number}"))
        assert numbers(client.get(f"/desk/{kind}/?campaign=C-XX-2026-0001")) == []
    assert task.number in numbers(client.get(f"/desk/task/?from={day}&to={day}"))
    assert task.number in numbers(client.get(f"/desk/task/?from={day}&to={day}&q=磁力"))
    assert numbers(client.get(f"/desk/task/?from={day + timedelta(days=1)}&to={day + timedelta(days=1)}")) == []
    assert numbers(client.get(f"/desk/task/?to={day - timedelta(days=1)}")) == []


def test_what_is_due_first_comes_first_a_page_at_a_time_either_way(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _each in range(3):
        sample_at_lab(session, cast)
        reported_sample(session, cast, BAD)
        cast.clock.advance(days=1)
    session.commit()
    runs = sa.select(Sample.number).join(
        Clock, sa.and_(Clock.subject_type == "sample", Clock.subject_id == Sample.id, Clock.stopped_at.is_(None))
    )
    wanted = session.scalars(runs.order_by(Clock.due_at, Clock.id)).all()
    monkeypatch.setattr(listing.listed, "__defaults__", (2,))
    client = clients(cast.coordinator)

    pages = followed(client, "/desk/sample/?order=due", "Due later")
    assert [number for page in pages for number in numbers(page)] == wanted
    assert len(pages) > 1
    assert all("mc-clock" in page.text for page in pages)
    back = followed(
        client, re.findall(r'href="([^"]+)">Due earlier', pages[-1].text)[0].replace("&amp;", "&"), "Due earlier"
    )
    assert [numbers(page) for page in back] == [numbers(page) for page in pages[-2::-1]]


@on_sqlite
@pytest.mark.parametrize("typed", ["%", "_", "a", "💡", "\u202e", "x" * 300, "%00", "' OR 1=1 --", "磁"])
def test_whatever_is_typed_into_the_search_is_answered(clients: Any, cast: Cast, typed: str) -> None:
    answer = clients(cast.coordinator).get("/desk/search", query_string={"q": typed})

    assert answer.status_code == (422 if len(typed) > 100 else 200)
    assert "Nothing that you may see matches" in answer.text or "<h2" in answer.text or not typed.strip("\u202e")


def test_the_index_is_made_once_for_each_case(session: Session, cast: Cast) -> None:
    task_at(session, cast, TaskStatus.ASSIGNED)
    index(session)
    entries = session.query(SearchEntry).count()

    assert entries
    assert index_new_cases(sessionmaker(db.engine)) == 0
    assert session.query(SearchEntry).count() == entries


@on_sqlite
def test_statements_do_not_grow_with_the_rows_of_a_list(clients: Any, session: Session, cast: Cast) -> None:
    asked = ["/desk/search?q=磁力"]
    for kind in ("task", "sample", "report", "finding", "notice"):
        asked += [f"/desk/{kind}/", f"/desk/{kind}/?q=磁力", f"/desk/{kind}/?order=due&from=2020-01-01"]
    shown: dict[str, list[int]] = {}
    counted: dict[str, list[int]] = {}
    for more in (2, 3):
        for _again in range(more):
            notice_at(session, cast, NoticeStatus.ANSWERED)
        index(session)
        client = clients(cast.coordinator)
        for address in asked:
            shown.setdefault(address, []).append(len(numbers(client.get(address))))
            counted.setdefault(address, []).append(statements(client, address))

    assert [address for address, (few, many) in shown.items() if few >= many and "due" not in address] == []
    assert {address: few for address, (few, many) in counted.items() if few != many} == {}


def test_the_drawn_list_goes_on_and_back_and_says_how_it_is_repeated(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = task_at(session, cast, TaskStatus.ASSIGNED).campaign
    session.commit()
    where, client = f"/desk/campaign/{campaign.number}/drawn", clients(cast.coordinator)
    whole = re.findall(r'<small class="mc-no">([^<]+)</small>', client.get(where).text)
    monkeypatch.setattr(draws.page_of_units, "__defaults__", (3,))

    pages = followed(client, where, "Listings after")
    shown = [re.findall(r'<small class="mc-no">([^<]+)</small>', page.text) for page in pages]
    assert len(whole) == session.scalar(sa.select(sa.func.count(Drawn.id)).where(Drawn.campaign_id == campaign.id))
    assert [listing for page in shown for listing in page] == whole
    assert len(pages) > 2
    back = re.findall(r'href="([^"]+)">Listings before', pages[-1].text)[0].replace("&amp;", "&")
    assert re.findall(r'<small class="mc-no">([^<]+)</small>', client.get(back).text) == shown[-2]
    assert str(campaign.seed) in pages[0].text
    assert str(campaign.frame_hash) in pages[0].text
    assert client.get(f"{where}?before=x&after={'9' * 40}").status_code == 200
