"""The menu leads everybody to what they may read, and in few enough entries that one row holds them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.pages.kinds import KINDS
from quality.pages.menu import IN_A_ROW, MENU, Entry, menu_of
from quality.permissions import Role
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.people import Cast

LED_TO = {"certificate", "control"}  # by the pages of laboratories
SIGNED_IN = ("coordinator", "reviewer", "buyer", "analyst", "signatory", "desk")


def lines(menu: tuple[Entry, ...]) -> list[Entry]:
    return [line for each in menu for line in each.within or (each,)]


@on_sqlite
@pytest.mark.parametrize("who", SIGNED_IN)
def test_what_the_menu_leads_to_opens(who: str, app: Flask, session: Session, cast: Cast) -> None:
    actor: Any = getattr(cast, who)
    give_password(session, actor.person)
    session.commit()
    client = sign_in(app, actor)
    with app.test_request_context():
        menu = menu_of(actor.role, "en")

    assert len(menu) <= IN_A_ROW
    for line in lines(menu):
        page = client.get(line.address, follow_redirects=True)
        assert page.status_code == 200, line.address
        assert f'href="{line.address}" aria-current="page">{line.title}</a>' in page.text.replace("&#39;", "'")


@on_sqlite
def test_every_kind_of_case_stands_in_the_menu(app: Flask) -> None:
    named = {page for _title, pages in MENU for page in pages if isinstance(page, str)}

    assert named | LED_TO == set(KINDS)
    with app.test_request_context():
        for role in Role:
            addresses = [line.address for line in lines(menu_of(role, "zh"))]
            assert len(addresses) == len(set(addresses))


def test_a_case_is_of_its_list_and_of_no_other() -> None:
    notices, batches = Entry("", "/desk/notice/"), Entry("", "/desk/notice-batches/")

    assert notices.leads_to("/desk/notice/N-YZ-2026-0001")
    assert not notices.leads_to("/desk/notice-batches/3")
    assert Entry("", "", (notices, batches)).leads_to("/desk/notice-batches/")
