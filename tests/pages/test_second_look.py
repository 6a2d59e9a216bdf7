"""Claims that two persons look at: set by a reviewer, marked in the queue, and the first word kept from the second."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.captures.browser import Page
from quality.captures.jobs import keep
from quality.captures.models import Capture
from quality.clocks.queries import running
from quality.evidence.models import EvidenceKind
from quality.notices.models import NoticeItem, NoticeStatus
from quality.notices.practice import set_practice
from tests.evidence.files import little_picture
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import notice_at, seen
from tests.harness.people import Cast
from tests.harness.purchases import vault

pytestmark = [pytest.mark.usefixtures("sent"), on_sqlite]
SAID = "规格可下单"


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.reviewer, cast.desk):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


@pytest.fixture
def drawn(session: Session, cast: Cast) -> NoticeItem:
    set_practice(session, second_look_percent=100, edition=0, by=cast.reviewer)
    item = notice_at(session, cast, NoticeStatus.ANSWERED).items[0]
    session.commit()
    return item


def test_what_the_first_one_saw_is_kept_from_the_second_on_every_page(
    clients: Any, session: Session, cast: Cast, drawn: NoticeItem
) -> None:
    first, second = clients(cast.coordinator), clients(cast.reviewer)
    assert "Two look" in first.get("/desk/verification").text
    look = seen(session, cast, drawn, gone=False)
    session.commit()

    queue, dossier = (second.get(at).text for at in ("/desk/verification", f"/desk/notice/{drawn.notice.number}"))
    assert "what they saw is kept from you until you have" in queue
    assert "Kept until you have looked" in dossier
    assert SAID not in queue + dossier and "Still on sale" not in queue + dossier
    shown = [proof.id for proof in drawn.exhibits if proof.kind is EvidenceKind.LOOK]
    address = f"/desk/notice/{drawn.notice.number}/evidence/{shown[0]}"
    assert (first.get(address).status_code, second.get(address).status_code) == (200, 404)
    assert SAID in first.get(f"/desk/notice/{drawn.notice.number}").text
    assert "You have looked; now another person must" in first.get("/desk/verification").text

    seen(session, cast, drawn, by=cast.reviewer, seen_at=look.seen_at)
    session.commit()
    assert second.get(address).status_code == 200


def test_a_reviewer_sets_the_share_and_a_coordinator_reads_it(clients: Any, cast: Cast) -> None:
    reviewer, coordinator = clients(cast.reviewer), clients(cast.coordinator)
    wrong = reviewer.post("/desk/practice/", data={"version": "0", "second_look_percent": "120"})
    assert wrong.status_code == 422
    assert 'value="120"' in wrong.text and "Enter a whole number from 0 to 100" in wrong.text

    assert reviewer.post("/desk/practice/", data={"version": "0", "second_look_percent": "10"}).status_code == 302

    read = coordinator.get("/desk/practice/").text
    assert "10 %" in read and 'name="second_look_percent"' not in read
    assert coordinator.post("/desk/practice/", data={"version": "1", "second_look_percent": "5"}).status_code == 403
    assert reviewer.post("/desk/practice/", data={"version": "0", "second_look_percent": "5"}).status_code == 409


def test_a_capture_stands_in_the_queue_and_its_picture_is_taken_for_a_look(
    clients: Any, session: Session, cast: Cast
) -> None:
    item = notice_at(session, cast, NoticeStatus.ANSWERED).items[0]
    [running_clock] = running(session, item, "verify_claim")
    made = Capture(item_id=item.id, clock_id=running_clock.id, tries=1, reasons=[])
    session.add(made)
    session.flush()
    keep(session, vault(), made, Page(404, "https://shop.example/1", "提示", "商品不存在", little_picture(77)))
    session.commit()
    coordinator, address = clients(cast.coordinator), f"/desk/notice/{item.notice.number}"

    queue = coordinator.get("/desk/verification").text
    assert "Looks gone" in queue and "the server says it is not there" in queue
    picture = re.search(rf'href="({address}/evidence/\d+)"', queue)
    assert picture and coordinator.get(picture[1]).status_code == 200

    form = coordinator.get(f"{address}/{item.id}/look").text
    assert f'<option value="{made.id}">' in form
    assert f'href="{picture[1]}"' in form and f'href="{item.snapshot["listing"]["url"]}"' in form
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    sent = {"version": version[1], "seen": "gone", "seen_at": "2026-09-01T00:00", "capture": str(made.id)}
    assert coordinator.post(f"{address}/{item.id}/look", data=sent).status_code == 302
    session.expire_all()
    assert [(look.gone, look.seen_at, look.evidence) for look in item.looks] == [(True, made.made_at, [made.sha256])]
