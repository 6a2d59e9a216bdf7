"""The page of a notice shows all that was said and seen of a listing, where it comes from, and its whole record."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.notices.models import Notice, NoticeStatus
from quality.notices.operations import answer, send_back
from quality.pages import timeline
from quality.people.actor import Actor
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import desk_of, notice_at, removed, seen
from tests.harness.people import Cast

pytestmark = [pytest.mark.usefixtures("sent"), on_sqlite]


@pytest.fixture
def notice(session: Session, cast: Cast) -> Notice:
    """Its listing was claimed, found still there and sent back, and claimed again."""
    made = notice_at(session, cast, NoticeStatus.ANSWERED)
    [item] = made.items
    cast.clock.advance(hours=1)
    seen(session, cast, item, gone=False)
    send_back(session, item, by=cast.coordinator)
    cast.clock.advance(hours=1)
    assert answer(session, made, [removed(item, units_sold=215)], by=desk_of(cast, made))[0].ok
    session.commit()
    return made


def reading(app: Flask, session: Session, actor: Actor) -> Any:
    assert actor.person
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def test_each_claim_and_each_look_stands_on_the_page(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    [item] = notice.items
    page = reading(app, session, cast.coordinator).get(f"/desk/notice/{notice.number}").text
    assert "All that was said and seen of it: 3" in page
    [told] = re.findall(r"<details class=\"px-3 pb-3\">(.*?)</details>", page, re.S)
    assert re.findall(r"(214|215) sold|(Still on sale)", told) == [("214", ""), ("", "Still on sale"), ("215", "")]
    assert re.findall(r'href="(/desk/notice/[^"]+/evidence/\d+)"', told), "our own picture can be opened"
    assert f'href="/desk/finding/{item.finding.number}"' in page
    assert f'href="/desk/sample/{item.finding.sample.number}"' in page


def test_a_platform_reads_the_same_and_is_led_to_no_case_of_the_agency(
    app: Flask, session: Session, cast: Cast, notice: Notice
) -> None:
    page = reading(app, session, desk_of(cast, notice)).get(f"/desk/notice/{notice.number}").text
    assert "All that was said and seen of it: 3" in page
    assert "/desk/finding/" not in page
    assert "/desk/sample/" not in page


def test_the_whole_record_has_pages(
    app: Flask, session: Session, cast: Cast, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = reading(app, session, cast.coordinator)
    here = f"/desk/notice/{notice.number}"
    assert f"{here}/record" not in client.get(here).text, "it all stands on the page"
    monkeypatch.setattr(timeline, "AT_MOST", 3)
    assert f'href="{here}/record"' in client.get(here).text
    whole = timeline.page_of_record(session, notice, cast.coordinator)
    assert whole.older is None
    every = [line.seq for day in whole.days for line in day.lines]
    assert every == list(range(notice.version, 0, -1))
    first = timeline.page_of_record(session, notice, cast.coordinator, limit=2)
    second = timeline.page_of_record(session, notice, cast.coordinator, before=first.older, limit=2)
    assert [line.seq for page in (first, second) for day in page.days for line in day.lines] == every[:4]
    shown = client.get(f"{here}/record?before=3").text
    assert re.findall(r'<span class="mc-no">#(\d+) ', shown) == ["2", "1"]
    assert "Nothing happened before that" in client.get(f"{here}/record?before=1").text
    assert client.get(f"{here}/record?before=x").status_code == 200
    platform = reading(app, session, desk_of(cast, notice))
    theirs = re.findall(r'<span class="mc-no">#(\d+) ', platform.get(f"{here}/record").text)
    assert theirs[-1] != "1", "how the agency came to the notice is its own affair"
