"""What a platform cannot say, by page and by API: told in words, at its field, and nothing of it is kept."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING, rfc3339
from quality.evidence.models import EvidenceKind
from quality.notices.models import ItemStatus, Notice, NoticeStatus
from tests.harness.api import Program, program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.notices import answered, desk_of, notice_at, verified
from tests.harness.people import Cast
from tests.harness.purchases import picture

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def notice(session: Session, cast: Cast) -> Notice:
    found = notice_at(session, cast, NoticeStatus.SERVED)
    person = desk_of(cast, found).person
    assert person
    give_password(session, person)
    cast.clock.advance(hours=2)
    session.commit()
    return found


def said(program: Program, notice: Notice, **answer: Any) -> dict[str, Any]:
    """What the API says of one answer."""
    given = {"listing_id": notice.items[0].listing_id, "outcome": "removed", "acted_at": rfc3339(clock.now())}
    told = program.post(f"/platform/notices/{notice.number}/outcomes", {"outcomes": [given | answer]})
    assert told.status_code == 200, told.text
    [one] = told.get_json()["items"]
    assert isinstance(one, dict)
    return one


def test_by_api(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    other = cast.other_desk if desk_of(cast, notice) is cast.desk else cast.desk
    theirs = picture(session, other, EvidenceKind.PLATFORM_PROOF).sha256
    program = program_of(app, session, desk_of(cast, notice))
    assert notice.issued_at
    for answer, field, code, sentence in (
        ({"listing_id": "NO-SUCH"}, "listing_id", "unknown_listing", "There is no listing NO-SUCH on this notice"),
        ({"acted_at": rfc3339(notice.issued_at - timedelta(days=1))}, "acted_at", "before_the_notice", "gone already"),
        ({"acted_at": rfc3339(clock.now() + timedelta(days=1))}, "acted_at", "in_the_future", "in the future"),
        ({"evidence": [theirs]}, "evidence 1", "unknown_evidence", "Your organisation holds no such file"),
    ):
        told = said(program, notice, **answer)
        assert (told["ok"], told["code"], told["errors"][0]["field"]) == (False, code, field)
        assert sentence in told["reason"]
    [item] = notice.items
    session.expire_all()
    assert (item.status, item.claims) == (ItemStatus.OPEN, [])

    address = f"/platform/notices/{notice.number}/acknowledge"
    assert [program.post(address, {"reference": reference}).status_code for reference in ("A-1", "A-1")] == [200, 200]
    twice = program.post(address, {"reference": "A-2"})
    assert (twice.status_code, twice.get_json()["code"]) == (409, "wrong_status")
    assert twice.get_json()["detail"] == "You have acknowledged it already, under A-1"

    answered(session, cast, notice)
    verified(session, cast, item)
    session.commit()
    told = said(program, notice)
    assert (told["ok"], told["code"], told["status"]) == (False, "wrong_status", "verified")
    assert told["reason"] == "This listing is settled: nothing is left to answer for it"


@on_sqlite
def test_on_a_page(app: Flask, session: Session, cast: Cast, notice: Notice) -> None:
    [item] = notice.items
    client, address = sign_in(app, desk_of(cast, notice)), f"/desk/notice/{notice.number}"
    assert notice.issued_at
    for moment, sentence in (
        (notice.issued_at - timedelta(days=1), "The notice was not issued yet then"),
        (clock.now() + timedelta(days=1), "This moment lies in the future"),
    ):
        typed = f"{moment.astimezone(BEIJING):%Y-%m-%dT%H:%M}"
        sent = {"outcome": "removed", "acted_at": typed, "units_sold": "7"}
        form = {f"listing-{item.id}-{name}": value for name, value in sent.items()}
        wrong = client.post(f"{address}/answers", data={f"version-{item.id}": "1", **form})
        assert wrong.status_code == 422
        assert sentence in wrong.text and f'value="{typed}"' in wrong.text and 'value="7"' in wrong.text
    strange = {"version-999": "1", "listing-999-outcome": "removed"}
    assert client.post(f"{address}/answers", data=strange).status_code == 422
    assert client.get(f"{address}/999/claim").status_code == 404

    version = re.search(r'name="version" value="(\d+)"', client.get(f"{address}/acknowledge").text)
    assert version
    first = {"version": version[1], "reference": "A-1"}
    assert client.post(f"{address}/acknowledge", data=first).status_code == 302
    twice = client.post(f"{address}/acknowledge", data={"version": str(int(version[1]) + 1), "reference": "A-2"})
    assert twice.status_code == 409
    assert "“Acknowledge” is not possible now: it is “Acknowledged”" in twice.text
    assert "What you wrote, not recorded" in twice.text and "A-2" in twice.text

    answered(session, cast, notice)
    verified(session, cast, item)
    session.commit()
    late = {
        "version": str(item.version),
        "outcome": "removed",
        "acted_at": f"{clock.now().astimezone(BEIJING):%FT%H:%M}",
    }
    settled = client.post(f"{address}/{item.id}/claim", data=late)
    assert settled.status_code == 409
    assert "is not possible now: it is “Verified”" in settled.text
