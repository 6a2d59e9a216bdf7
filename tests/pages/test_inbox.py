"""A laboratory's own list: its portions by what is to be done with them, in pages, and never another's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.lab.operations import send_back
from quality.pages import inbox, listing
from quality.purchases.models import Portion
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import OPEN, enter, portion_to_test, reported_sample, sample_at_lab, sent_sample, stopped_sample
from tests.harness.people import Cast
from tests.harness.purchases import sealed_sample
from tests.pages.test_worklist import statements

pytestmark = pytest.mark.usefixtures("sent")

HEADINGS = {
    "Overdue": "overdue",
    "To receive": "receive",
    "In test: results to enter": "test",
    "To be authorised": "authorise",
    "Stopped: the agency decides": "stopped",
    "Done": "done",
}


@pytest.fixture
def clients(app: Flask, session: Session, cast: Cast) -> Any:
    for actor in (cast.coordinator, cast.analyst, cast.second_analyst, cast.signatory, cast.second_signatory):
        assert actor.person
        give_password(session, actor.person)
    session.commit()
    return lambda actor: sign_in(app, actor)


def shown(page: Any) -> dict[str, list[str]]:
    """The blind numbers under each heading."""
    found: dict[str, list[str]] = {}
    for part in page.text.split('<h2 class="mc-group"')[1:]:
        heading = re.search(r">([^<]+) <span", part)
        assert heading
        found[HEADINGS[heading[1]]] = re.findall(r'class="mc-no" href="[^"]+">(MY-[A-Z0-9-]+)<', part)
    return found


def one_of_each(session: Session, cast: Cast) -> dict[str, Portion]:
    sent = portion_to_test(sent_sample(session, cast))
    here = portion_to_test(sample_at_lab(session, cast))
    entered = portion_to_test(sample_at_lab(session, cast))
    enter(session, entered, cast)
    stopped = portion_to_test(stopped_sample(session, cast))
    done = portion_to_test(reported_sample(session, cast))
    session.commit()
    return {"receive": sent, "test": here, "authorise": entered, "stopped": stopped, "done": done}


def test_each_portion_stands_under_what_is_to_be_done_with_it(clients: Any, session: Session, cast: Cast) -> None:
    portions = one_of_each(session, cast)
    for stage, portion in portions.items():
        for actor in (cast.analyst, cast.signatory):
            found = shown(clients(actor).get("/desk/portion/"))
            assert {s for s, numbers in found.items() if portion.blind_no in numbers} == {stage}


@on_sqlite
def test_a_stage_can_be_asked_for_in_the_address_and_another_one_is_none(
    clients: Any, session: Session, cast: Cast
) -> None:
    for stage, portion in one_of_each(session, cast).items():
        client = clients(cast.analyst)
        found = shown(client.get(f"/desk/portion/?stage={stage}"))
        assert set(found) == {stage}
        assert portion.blind_no in found[stage]
        assert shown(client.get(f"/desk/portion/?q={portion.blind_no}")) == {stage: [portion.blind_no]}
        assert "Nothing matches" in client.get("/desk/portion/?stage=vanished").text


@on_sqlite
def test_the_day_by_which_the_report_is_due_stands_beside_what_is_in_test(
    clients: Any, session: Session, cast: Cast
) -> None:
    sample_at_lab(session, cast)
    session.commit()

    assert "working days left" in clients(cast.analyst).get("/desk/portion/?stage=test").text
    cast.clock.advance(days=60)
    assert "Overdue" in clients(cast.analyst).get("/desk/portion/?stage=test").text


@on_sqlite
def test_what_the_laboratory_is_late_with_stands_first_whatever_is_to_be_done(
    clients: Any, session: Session, cast: Cast
) -> None:
    first, second = (portion_to_test(sample_at_lab(session, cast)) for _two in range(2))
    enter(session, first, cast)
    stopped = portion_to_test(stopped_sample(session, cast))
    cast.clock.advance(days=60)
    later = portion_to_test(sample_at_lab(session, cast))
    session.commit()

    found = shown(clients(cast.analyst).get("/desk/portion/"))

    assert next(iter(found)) == "overdue"
    assert found["overdue"] == [first.blind_no, second.blind_no]
    assert (found["test"], found["stopped"]) == ([later.blind_no], [stopped.blind_no])


@on_sqlite
def test_a_report_that_was_sent_back_is_to_be_entered_again(clients: Any, session: Session, cast: Cast) -> None:
    sample = reported_sample(session, cast, OPEN)
    cast.clock.advance(hours=1)
    send_back(session, sample, "读不出", by=cast.coordinator)
    session.commit()
    portion = portion_to_test(sample)

    assert portion.blind_no in shown(clients(cast.analyst).get("/desk/portion/"))["test"]


def test_pages_of_what_is_done_go_on_and_back(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing.listed, "__defaults__", (2,))
    done = [portion_to_test(reported_sample(session, cast)) for _again in range(8)]
    session.commit()
    client = clients(cast.analyst)

    pages = [client.get("/desk/portion/")]
    while more := re.search(r'href="([^"]+)">Older ones', pages[-1].text):
        pages.append(client.get(more[1].replace("&amp;", "&")))
    seen = [number for page in pages for number in shown(page)["done"]]

    assert len(pages) > 1
    assert sorted(seen) == sorted(portion.blind_no for portion in done)
    back = re.search(r'href="([^"]+)">Newer ones', pages[-1].text)
    assert back
    assert shown(client.get(back[1].replace("&amp;", "&"))) == shown(pages[-2])


def test_more_than_a_group_holds_is_a_list_of_its_own(
    clients: Any, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "A_GROUP", 1)
    for _again in range(2):
        sample_at_lab(session, cast)
    session.commit()
    client = clients(cast.analyst)

    page = client.get("/desk/portion/")

    assert len(shown(page)["test"]) == 1
    assert 'href="/desk/portion/?stage=test"' in page.text


@on_sqlite
def test_nobody_else_finds_such_a_list_and_no_portion_is_shown_to_another(
    clients: Any, session: Session, cast: Cast
) -> None:
    portion = portion_to_test(sample_at_lab(session, cast))
    sealed = sealed_sample(session, cast).portions[0]
    session.commit()

    assert portion.blind_no not in clients(cast.second_analyst).get("/desk/portion/").text
    assert sealed.blind_no not in clients(cast.analyst).get("/desk/portion/").text
    assert clients(cast.coordinator).get("/desk/portion/").status_code == 404


@on_sqlite
def test_statements_do_not_grow_with_the_portions(clients: Any, session: Session, cast: Cast) -> None:
    counted: dict[str, list[int]] = {}
    rows: dict[str, list[int]] = {}
    for more in (2, 4):
        for _again in range(more):
            one_of_each(session, cast)
        client = clients(cast.analyst)
        for address in ("/desk/portion/", "/desk/portion/?stage=test", "/desk/portion/?stage=done"):
            rows.setdefault(address, []).append(sum(map(len, shown(client.get(address)).values())))
            counted.setdefault(address, []).append(statements(client, address))

    assert all(few < many for few, many in rows.values())
    assert {address: found for address, found in counted.items() if found[0] != found[1]} == {}
