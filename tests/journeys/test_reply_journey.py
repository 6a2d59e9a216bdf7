"""A seller without an account, on a telephone: a letter is read, confirmed, objected to, with a script and without."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from quality.core.db import db
from quality.lab.models import Finding, FindingStatus, Verdict
from quality.objections.models import Objection, Party, Proof, Telling
from quality.objections.operations import admit, draw_laboratory, send_letter
from quality.objections.workflow import formalities_are_over
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.web.pace import EXTENSION
from tests.harness.notices import run
from tests.harness.press import making
from tests.journeys.conftest import Served
from tests.journeys.reader import PHONE


def coordinator_of(served: Served) -> Actor:
    assert served.settled
    return Actor.working_in(db.session.get_one(Membership, served.settled.memberships["coordinator"]))


def link_to_the_seller(served: Served) -> tuple[str, int]:
    """Of a confirmed finding of which nobody was told, and its id."""
    served.app.extensions.pop(EXTENSION, None)
    with served.app.app_context():
        session = db.session()
        told = sa.select(Telling.finding_id)
        free = sa.select(Finding).where(Finding.status == FindingStatus.CONFIRMED, Finding.id.not_in(told))
        finding = session.scalars(free.where(Finding.verdict == Verdict.NONCONFORMING)).first()
        assert finding
        token, key = send_letter(session, finding, Party.SELLER, by=coordinator_of(served)).token, finding.id
        session.commit()
        run(session, making)
        return f"/reply/{token}", key


@pytest.mark.parametrize(("script", "language"), [(False, "zh"), (True, "en")])
def test_a_seller_without_an_account_confirms_and_objects(
    browser: Browser, served: Served, script: bool, language: str
) -> None:
    link, finding = link_to_the_seller(served)
    size: Any = {"width": PHONE, "height": 844}
    telephone = browser.new_context(viewport=size, java_script_enabled=script, base_url=served.address)
    page = telephone.new_page()

    def looked_at() -> None:
        if script:
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
            assert Axe().run(page).response["violations"] == []

    page.goto(f"{link}?lang={language}")
    looked_at()
    with served.app.app_context():
        assert db.session().scalars(sa.select(Telling).where(Telling.finding_id == finding)).all() == []
    page.click("form button")
    expect(page).to_have_url(re.compile(link))
    looked_at()
    page.goto(f"{link}/objection?lang={language}")
    looked_at()
    page.click("main form button")
    expect(page.locator(".mc-errors")).to_be_visible()
    looked_at()
    page.select_option("[name=ground]", "result")
    page.fill("[name=statement]", "封样时我方不在场。")
    file: Any = {"name": "说明.txt", "mimeType": "text/plain", "buffer": "情况说明".encode()}
    page.set_input_files("[name=files]", [file])
    page.click("main form button")
    expect(page.get_by_text("封样时我方不在场。")).to_be_visible()
    expect(page.get_by_text("说明.txt")).to_be_visible()
    looked_at()
    assert telephone.cookies() == []
    with served.app.app_context():
        session = db.session()
        told = session.scalars(sa.select(Telling).where(Telling.finding_id == finding)).one()
        objection = session.scalars(sa.select(Objection).where(Objection.finding_id == finding)).one()
        assert (told.proof, objection.party) == (Proof.LINK, Party.SELLER)
        by = coordinator_of(served)
        admit(session, objection, by=by)
        draw_laboratory(session, objection, by=by)
        session.commit()
        assert formalities_are_over(objection, by) is None
    page.goto(f"{link}?lang={language}")
    looked_at()
    page.click("main form button")
    expect(page.locator("main form")).to_have_count(0)
    looked_at()
    with served.app.app_context():
        reason = formalities_are_over(db.session().get_one(Objection, objection.id), by)
        assert reason and reason.code == "no_formalities"
    telephone.close()
