"""A closed notice says which later looks are due when, which were made, and what was seen."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from quality.notices.models import NoticeStatus
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import answered, notice_at, reopened, seen, verified
from tests.harness.people import Cast

LATER = "Nothing for now; the listings are looked at again on the days below"


def rows(page: Any) -> list[list[tuple[str, str]]]:
    """Each round as the tone and the words of its looks."""
    panel = page.text.split('id="h-rechecks"')[1].split("</section>")[0]
    said = r'mc-tag mc-(\w+)">[^<]*</span><small class="d-block mc-muted">(?:<a [^>]*>)?([^<]*)'
    return [re.findall(said, row) for row in panel.split("</thead>")[1].split("</tr>")[:-1]]


@on_sqlite
def test_later_looks_are_due_made_and_fall_away(app: Flask, session: Session, cast: Cast) -> None:
    for actor in (cast.coordinator, cast.desk, cast.other_desk):
        assert actor.person
        give_password(session, actor.person)
    notice = notice_at(session, cast, NoticeStatus.CLOSED)
    [item] = notice.items
    session.commit()

    def page() -> Any:
        return sign_in(app, cast.coordinator).get(f"/desk/notice/{notice.number}")

    assert LATER in page().text
    [[first, *_others]] = rows(page())
    assert first == ("idle", "1 calendar day left")
    assert page().text.count(f'href="/desk/notice/{notice.number}/{item.id}/look"') > 1

    cast.clock.advance(days=1)
    assert "You (Coordinator)" in page().text
    seen(session, cast, item)
    session.commit()
    [looks] = rows(page())
    assert looks[0] == ("seen", "Stays down")
    assert looks[1][0] == "idle"
    assert LATER in page().text

    cast.clock.advance(days=7)
    reopened(session, cast, item)
    session.commit()
    [looks] = rows(page())
    assert looks == [("seen", "Stays down"), ("bad", "Found on sale again"), ("void", "Fell away")]

    cast.clock.advance(hours=1)
    answered(session, cast, notice)
    cast.clock.advance(hours=1)
    verified(session, cast, item)
    session.commit()
    assert [row[0][0] for row in rows(page())] == ["idle", "seen"]
    theirs = cast.desk if notice.platform_id == cast.platform.id else cast.other_desk
    platform = sign_in(app, theirs).get(f"/desk/notice/{notice.number}")
    assert rows(platform) == rows(page())
    assert f"/{item.id}/look" not in platform.text
