"""A platform and a seller are told of a sample, and who was not reached is listed: at both widths, for everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from quality.core.db import db
from quality.people.models import Membership
from quality.purchases.models import Sample
from tests.journeys.conftest import Served
from tests.journeys.reader import Reader


def desk_of(served: Served, sample: Sample) -> str:
    """The desk of the platform on which it was bought."""
    assert served.settled
    there = served.settled.memberships
    platform = sample.purchase.drawn.platform_id
    return next(
        n for n in ("desk", "other_desk") if db.session.get_one(Membership, there[n]).organisation_id == platform
    )


@pytest.mark.parametrize(("width", "language", "scheme"), [(1280, "zh", "light"), (390, "en", "dark")])
def test_who_is_concerned_is_told_and_who_was_not_reached_is_listed(
    browser: Browser, served: Served, width: int, language: str, scheme: str
) -> None:
    with served.app.app_context():
        sample = db.session.scalars(select(Sample).where(Sample.task_id.is_not(None)).order_by(Sample.id)).first()
        assert sample
        number, theirs = sample.number, desk_of(served, sample)
    here = f"/desk/sample/{number}"
    desk = Reader(browser, served, width, language, scheme)
    desk.sign_in("coordinator")
    for party in ("platform", "seller"):
        desk.open(f"{here}/tell_{party}")
        desk.send()
    link = desk.page.input_value("#link")
    desk.open(f"{here}/note_try")
    desk.fill(way="telephone", outcome="unreachable", note="两次拨打均无人接听")
    desk.page.locator("[name=whom]").select_option(index=1)
    desk.send()
    desk.open("/desk/unreached/")
    desk.open("/desk/unreached/?campaign=NONE", 422)

    platform = Reader(browser, served, width, language, scheme)
    platform.sign_in(theirs)
    platform.open("/desk/told/")
    platform.open(f"/desk/told/{number}")
    platform.send()

    seller = Reader(browser, served, width, language, scheme)
    path = re.sub(r"^https?://[^/]+", "", link)
    seller.open(f"{path}?lang={language}")
    seller.send()
    seller.open("/reply/sample/nobodys", 404)
