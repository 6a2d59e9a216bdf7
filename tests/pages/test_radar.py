"""What was taken down and may be on sale again: the worklist, what is said of it, and where it leads."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.likeness.models import Alike, Decision
from quality.notices.models import Notice
from quality.radar.models import Hit, Said
from quality.radar.operations import decide
from tests.harness.beginnings import Concluded
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.likeness import shelve
from tests.harness.notices import seen
from tests.harness.purchases import FACTS
from tests.harness.radar import relisted, taken_down, watch
from tests.pages.test_worklist import statements

pytestmark = on_sqlite
QUEUE = "/desk/radar"


@pytest.fixture
def found(session: Session, concluded: Concluded) -> tuple[Notice, dict[str, Hit]]:
    return relisted(session, concluded.cast, concluded.cast.clock, concluded.bad[0])


@pytest.fixture
def coordinator(app: Flask, session: Session, concluded: Concluded) -> Any:
    return signed_in(app, session, concluded.cast.coordinator)


def signed_in(app: Flask, session: Session, actor: Any) -> Any:
    give_password(session, actor.person)
    session.commit()
    return sign_in(app, actor)


def test_before_anything_came_back_the_page_says_what_would_bring_it(coordinator: Any) -> None:
    page = coordinator.get(QUEUE).text
    assert "Nothing that was taken down was found again" in page
    assert "No frame was imported yet" in page
    assert "May be on sale again" not in coordinator.get("/desk/").text


def test_the_worklist_leads_there_and_each_hit_says_what_it_is_taken_for_and_why(
    found: tuple[Notice, dict[str, Hit]], coordinator: Any
) -> None:
    notice, _hits = found
    assert "others of the same goods (2)" in coordinator.get("/desk/").text
    page = coordinator.get(QUEUE).text
    assert all(
        each in page for each in ("The listing itself", "the same listing", "The same goods", "the same barcode")
    )
    assert f"/desk/notice/{notice.number}" in page
    assert f"/{notice.items[0].id}/look" in page
    told = re.sub(r"<[^>]+>", " ", page[page.index('id="sweeps"') :])
    assert re.search(r"\s3\s+1\s+2\s", told)  # listings, fingerprints, hits
    assert "磁力棒 换了链接" in coordinator.get(f"{QUEUE}?meant=goods&sure=certain").text
    assert "Nothing matches" in coordinator.get(f"{QUEUE}?state=other").text
    odd = coordinator.get(f"{QUEUE}?sure=sure&after=x&meant=y").text
    assert all(each in odd for each in ("sure", "x", "y")) and "no filter here" in odd


def test_another_listing_is_confirmed_and_the_form_comes_back_where_it_cannot_be(
    session: Session, concluded: Concluded, found: tuple[Notice, dict[str, Hit]], coordinator: Any
) -> None:
    notice, hits = found
    itself, other = hits[notice.items[0].listing_id], hits["R2"]
    wrong = coordinator.post(QUEUE, data={"decision": "other", "chosen": [other.id], "reason": " "})
    assert (wrong.status_code, "Say why these are not" in wrong.text) == (422, True)
    assert re.search(rf'value="{other.id}"[^>]* checked', wrong.text)
    assert coordinator.post(QUEUE, data={"decision": "same"}).status_code == 422
    assert coordinator.post(QUEUE, data={"decision": "same", "chosen": ["x"]}).status_code == 404
    look = coordinator.post(QUEUE, data={"decision": "same", "chosen": [itself.id, other.id]})
    assert (look.status_code, "look at its address" in look.text) == (409, True)
    session.expire_all()
    assert other.decision is None  # all, or none
    done = coordinator.post(QUEUE, data={"decision": "same", "chosen": [other.id]})
    assert done.status_code == 302
    session.expire_all()
    assert session.scalars(sa.select(Alike.decision).where(Alike.listing_id == "R2")).one() == Decision.CONFIRMED
    twice = coordinator.post(QUEUE, data={"decision": "other", "chosen": [other.id], "reason": "不是"})
    assert (twice.status_code, "has decided on R2 already" in twice.text) == (409, True)
    there = coordinator.get(f"{QUEUE}?state=same").text
    assert "On sale again" in there and 'name="chosen"' not in there
    assert 'name="alike"' in coordinator.get("/desk/notice/new").text  # it waits for a notice


def test_a_whole_page_is_ruled_out_at_once_and_who_comes_second_loses_nothing(
    session: Session, concluded: Concluded, found: tuple[Notice, dict[str, Hit]], coordinator: Any
) -> None:
    keys = [each.id for each in found[1].values()]
    all_of_it = {"decision": "other", "every": "1", "shown": keys, "reason": "同名商品"}
    page = coordinator.get(QUEUE).text
    assert "All 2 of this page" in page
    assert re.findall(r'name="shown" value="(\d+)"', page) == [str(key) for key in keys]
    decide(session, [found[1]["R2"]], Said.SAME, by=concluded.cast.reviewer)
    session.commit()

    late = coordinator.post(QUEUE, data=all_of_it)

    assert (late.status_code, "has decided on R2 already" in late.text) == (409, True)
    assert re.search(r'name="every" value="1" checked', late.text) and 'value="同名商品"' in late.text
    session.expire_all()
    assert [each.decision for each in found[1].values() if each.is_itself] == [None]
    gone = coordinator.post(QUEUE, data=all_of_it | {"shown": [10**9]})
    assert (gone.status_code, "no longer there" in gone.text, "同名商品" in gone.text) == (409, True, True)
    assert coordinator.post(QUEUE, data=all_of_it | {"shown": keys[:1] * 2}).status_code == 302


def test_a_listing_that_was_found_there_again_is_reopened_from_here(
    session: Session, concluded: Concluded, found: tuple[Notice, dict[str, Hit]], coordinator: Any
) -> None:
    item = found[0].items[0]
    seen(session, concluded.cast, item, gone=False)
    watch(session)
    page = coordinator.get(f"{QUEUE}?state=same").text
    [address] = re.findall(r'href="([^"]*)">Reopen the listing on its notice', page)
    assert f"/{item.id}/reopen" in coordinator.get(address).text


def test_a_long_list_goes_on_from_page_to_page_with_as_many_questions(
    session: Session, concluded: Concluded, coordinator: Any
) -> None:
    taken_down(session, concluded.cast, concluded.bad[0])
    concluded.cast.clock.advance(days=1)
    one = {"platform": "青禾集市", "barcode": FACTS.barcode}
    rows = [one | {"listing_id": f"B{at}", "title": f"在售{at}"} for at in range(33)]
    shelve(session, concluded.cast, rows)
    watch(session)
    first = coordinator.get(QUEUE).text
    [onward] = re.findall(r'href="([^"]*after=[^"]*)">Less sure ones', first)
    shown = re.findall(r">(在售\d+)<", first + coordinator.get(onward.replace("&amp;", "&")).text)
    assert sorted(shown) == sorted(row["title"] for row in rows)
    assert statements(coordinator, QUEUE) == statements(coordinator, f"{QUEUE}?meant=goods&platform=QH")


def test_nobody_outside_the_agency_reads_or_decides(
    app: Flask, session: Session, concluded: Concluded, found: tuple[Notice, dict[str, Hit]]
) -> None:
    hit = found[1]["R2"]
    desk = signed_in(app, session, concluded.cast.desk)
    assert desk.get(QUEUE).status_code == 403
    assert desk.post(QUEUE, data={"decision": "same", "chosen": [hit.id]}).status_code == 403
    decide(session, [hit], Said.SAME, by=concluded.cast.coordinator)
    session.commit()
    assert "May be on sale again" not in desk.get("/desk/").text
