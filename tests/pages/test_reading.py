"""What a dossier says so that it is understood: whose a clock is, what is left for later, how to check it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from quality.notices.models import Notice, NoticeStatus
from quality.pages.judging import phrase
from quality.pages.qr import qr_of
from quality.pages.timeline import AT_ONCE
from tests.harness.databases import on_sqlite
from tests.harness.desk import World, give_password
from tests.harness.notices import desk_of, notice_at, seen
from tests.harness.people import Cast

pytestmark = on_sqlite


def test_an_issued_notice_is_checked_by_its_code_as_a_picture_and_as_text(
    app: Flask, session: Session, sign_in: Any, cast: Cast
) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    notice = notice_at(session, cast, NoticeStatus.ISSUED)
    session.commit()
    where = f"/desk/notice/{notice.number}"
    picture = str(qr_of(f"{app.config['SETTINGS'].public_url}/verify/{notice.verification_code}"))

    for address in (where, f"{where}/preview"):
        page = sign_in(cast.coordinator).get(address).text
        assert picture in page
        assert str(notice.verification_code) in page


def test_whoever_opens_a_new_notice_of_their_platform_is_told_when_it_can_be_acknowledged(
    session: Session, sign_in: Any, cast: Cast
) -> None:
    """A job records the receipt, seconds later; until then there is nothing to press."""
    notice = notice_at(session, cast, NoticeStatus.ISSUED)
    desk = desk_of(cast, notice)
    assert desk.person
    give_password(session, desk.person)
    session.commit()
    assert "in a moment it can be acknowledged" in sign_in(desk).get(f"/desk/notice/{notice.number}").text


def test_a_draft_has_no_code_to_check(session: Session, sign_in: Any, cast: Cast) -> None:
    assert cast.coordinator.person
    give_password(session, cast.coordinator.person)
    notice = notice_at(session, cast, NoticeStatus.DRAFT)
    session.commit()

    for address in (f"/desk/notice/{notice.reference}", f"/desk/notice/{notice.reference}/preview"):
        assert "mc-qr" not in (page := sign_in(cast.coordinator).get(address).text)
        assert "Verification code" not in page


def test_a_clock_of_a_listing_names_it(session: Session, sign_in: Any, cast: Cast, world: World) -> None:
    notice = session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()
    title = notice.items[0].snapshot["listing"]["title"]

    page = sign_in(cast.coordinator).get(f"/desk/notice/{notice.number}").text

    assert f"Regulator verifies a claim · 1. {title}" in page


def test_a_long_record_keeps_what_is_older_behind_a_word(
    session: Session, sign_in: Any, cast: Cast, world: World
) -> None:
    notice = session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()
    for _n in range(AT_ONCE):
        seen(session, cast, notice.items[0])
    session.commit()

    page = sign_in(cast.coordinator).get(f"/desk/notice/{notice.number}").text

    shown, _word, older = page.partition("earlier ones")
    assert len(re.findall(r'class="mc-no">#\d', shown)) == AT_ONCE
    assert '<span class="mc-no">#1 ' in older


@pytest.mark.parametrize(
    ("limit", "said"),
    [("≤0.1 %", "Limit ≤0.1 %"), ("不得检出", "Limit 不得检出"), ("符合", "Required: 符合")],
)
def test_a_limit_without_a_figure_is_a_requirement(app: Flask, limit: str, said: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert str(phrase(limit)) == said


def test_what_comes_at_the_wrong_time_is_refused_in_words_with_the_way_back(
    session: Session, sign_in: Any, cast: Cast, world: World
) -> None:
    notice = session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()
    where, client = f"/desk/notice/{notice.number}", sign_in(cast.coordinator)

    form = client.get(f"{where}/revise")
    moved = client.post(f"{where}/submit", data={"version": notice.version, "note": "请复核"})

    for answer, move in ((form, "Change the draft"), (moved, "Submit for review")):
        assert answer.status_code == 409
        assert f"“{move}” is not possible now: it is “" in answer.text
        assert f'href="{where}"' in answer.text
    assert "请复核" in moved.text


def test_what_moves_no_status_is_said_by_its_own_name(session: Session, sign_in: Any, cast: Cast, world: World) -> None:
    notice = session.scalars(sa.select(Notice).where(Notice.number == world["notice"])).one()
    item, client = notice.items[0], sign_in(cast.coordinator)
    seen(session, cast, item)

    where = client.post(f"/desk/notice/{notice.number}/{item.id}/verify", data={"version": item.version}).location

    assert "Done: Verify" in client.get(where).text
