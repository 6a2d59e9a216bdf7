"""The listing's page of a purchase: typed once, captured where the agency names the host, laid side by side."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import sessionmaker

from quality.captures import jobs
from quality.captures.browser import Failed, Page
from quality.captures.command import as_lines, capture_into
from quality.captures.models import CaptureProblem, PageCapture
from quality.captures.page_jobs import capture_pages_of_tasks
from quality.captures.pages import ask_capture, captures_of_task, page_beside, state_facts
from quality.core.errors import NotPermitted, Refused
from quality.core.events import Event
from quality.evidence.models import EvidenceKind
from quality.evidence.queries import exhibits_of
from quality.notices.practice import set_practice
from quality.pages.listing_page import listing_page
from quality.purchases.models import TaskStatus
from tests.captures.test_capturing import CHROMIUM, shop
from tests.harness.databases import on_sqlite
from tests.harness.problems import invalid
from tests.harness.purchases import little_picture, task_at

CODE = "91110000600037341L"
TYPED: dict[str, Any] = {"title": "磁力棒", "price_fen": 8900, "seller": "小满童品旗舰店", "licence": CODE}


@pytest.fixture
def cast(in_field):
    return in_field


@pytest.fixture
def task(session, cast):
    return task_at(session, cast, TaskStatus.ASSIGNED)


@pytest.fixture
def named(session, cast, task):
    """The agency names the host."""
    set_practice(session, second_look_percent=0, capture_hosts=["item.example"], edition=0, by=cast.reviewer)
    session.commit()


@pytest.fixture
def run(session, settings, monkeypatch):
    def once(failed: Failed | None = None) -> int:
        def capture(*_asked: object) -> Page:
            if failed:
                raise failed
            return Page(200, "https://item.example/1", "磁力棒", "¥89.00 立即购买", little_picture(7))

        monkeypatch.setattr(jobs, "capture", capture)
        session.commit()
        done = capture_pages_of_tasks(sessionmaker(session.get_bind()), replace(settings, chromium=CHROMIUM))
        session.expire_all()
        return done

    return once


def test_an_assigned_task_is_captured_once_by_itself_and_again_when_asked(session, cast, task, named, run) -> None:
    assert (run(), run()) == (1, 0)
    [made] = captures_of_task(session, task)
    assert (made.http_status, made.title, made.asked_by_id) == (200, "磁力棒", None)
    proofs = [each.holding.sha256 for each in exhibits_of(session, task) if each.kind is EvidenceKind.CAPTURE]
    assert set(proofs) == {made.sha256, made.text_sha256}

    ask_capture(session, task, by=cast.coordinator)
    with pytest.raises(Refused, match="capture_waits"):
        ask_capture(session, task, by=cast.coordinator)
    cast.clock.advance(minutes=1)
    assert run() == 1
    assert len(captures_of_task(session, task)) == 2
    actions = session.scalars(sa.select(Event.action).where(Event.subject_type == "task", Event.subject_id == task.id))
    assert {"ask_capture", "capture"} <= set(actions)


@on_sqlite
def test_it_is_captured_by_who_assigns_on_named_hosts_and_before_it_is_on_its_way(session, cast, task, run) -> None:
    with pytest.raises(Refused, match=r"item\.example"):
        ask_capture(session, task, by=cast.coordinator)
    with pytest.raises(NotPermitted):
        ask_capture(session, task, by=cast.buyer)
    assert run() == 0
    shipped = task_at(session, cast, TaskStatus.SHIPPED)
    with pytest.raises(Refused, match="wrong_status"):
        ask_capture(session, shipped, by=cast.coordinator)


@on_sqlite
def test_what_cannot_be_captured_is_tried_three_times_and_said(session, cast, task, named, run) -> None:
    assert [run(Failed(CaptureProblem.TIMEOUT)) for _turn in range(4)] == [1, 1, 1, 0]
    page = listing_page(session, task, cast.coordinator)
    assert [str(each.says) for each in page.captures] == ["未能截取：耗时过长"]
    assert listing_page(session, task, cast.buyer).captures == []


@on_sqlite
def test_what_the_page_says_is_laid_beside_frame_and_capture(session, cast, task, named, run) -> None:
    assert page_beside(session, task) == []
    run()
    state_facts(session, task, by=cast.buyer, **TYPED)
    lines = {each.what.value: each for each in page_beside(session, task)}
    assert (lines["price"].differs, lines["price"].framed) == (True, task.drawn.price_fen)
    assert {name: each.was_read for name, each in lines.items()} == {
        "title": True, "price": True, "seller": False, "licence": False,
    }  # fmt: skip
    state_facts(session, task, by=cast.buyer, **TYPED | {"price_fen": task.drawn.price_fen, "licence": ""})
    assert [each.differs for each in page_beside(session, task) if each.what.value == "price"] == [False]
    told = session.scalars(sa.select(Event.details).where(Event.action == "page_facts").order_by(Event.id)).all()
    assert [each["price_fen"] for each in told] == ["8900", str(task.drawn.price_fen)]


@on_sqlite
def test_what_is_typed_wrong_is_said_at_its_field(session, cast, task) -> None:
    with invalid(("licence", "check_digit")):
        state_facts(session, task, by=cast.buyer, **TYPED | {"licence": "A1110000600037341L"})
    with invalid(("title", "missing"), ("seller", "too_long"), ("price_fen", "not_positive")):
        state_facts(session, task, by=cast.buyer, title=" ", price_fen=0, seller="店" * 201)
    with pytest.raises(NotPermitted):
        state_facts(session, task, by=cast.coordinator, **TYPED)
    assert session.scalars(sa.select(PageCapture)).all() == []


@on_sqlite
def test_the_command_captures_one_page_into_a_folder(settings, tmp_path) -> None:
    told_of = replace(settings, chromium=CHROMIUM, webhook_allow_private=True)
    with shop() as address:
        told: dict[str, Any] = capture_into(tmp_path / "new", f"{address}/there", [], told_of)
        with invalid(("url", "not_https")):
            capture_into(tmp_path, f"{address}/there", [], replace(settings, chromium=CHROMIUM))
    assert (told["http_status"], told["title"]) == (200, "磁力棒 0 号 - 商城")
    for name in ("picture", "text"):
        assert (tmp_path / "new" / told[name]["file"]).stem == told[name]["sha256"]
    assert "立即购买" in (tmp_path / "new" / told["text"]["file"]).read_text()
    assert len(as_lines(told)) == 4 and json.dumps(told)
    with pytest.raises(Refused, match="CHROMIUM"):
        capture_into(tmp_path, "https://shop.example/1", [], replace(settings, chromium=None))
    with pytest.raises(Refused):  # a private address
        capture_into(tmp_path, "https://127.0.0.1/", [], replace(settings, chromium=CHROMIUM))
    with invalid(("url", "bad_address")):
        capture_into(tmp_path, "shop", [], told_of)
