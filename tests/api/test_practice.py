"""By API: the share of claims that two persons look at, and the first word kept from the second."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from quality.notices.models import NoticeStatus
from tests.api.conftest import Keyed
from tests.harness.databases import on_sqlite
from tests.harness.notices import notice_at, seen
from tests.harness.people import Cast

pytestmark = [pytest.mark.usefixtures("sent"), on_sqlite]


def test_a_share_is_set_and_what_was_seen_is_told_to_who_has_looked(session: Session, cast: Cast, keyed: Keyed) -> None:
    reviewer, coordinator = keyed(cast.reviewer), keyed(cast.coordinator)
    assert reviewer.post("/practice", {"edition": 0, "second_look_percent": 101}).status_code == 422
    assert coordinator.post("/practice", {"edition": 0, "second_look_percent": 100}).status_code == 403
    made = reviewer.post("/practice", {"edition": 0, "second_look_percent": 100})
    assert (made.status_code, made.get_json()["edition"]) == (201, 1)
    assert reviewer.post("/practice", {"edition": 0, "second_look_percent": 5}).get_json()["code"] == "other_edition"
    assert [one["second_look_percent"] for one in coordinator.get("/practice").get_json()["items"]] == [100]

    bad = {"edition": 1, "second_look_percent": 100, "capture_hosts": ["https://shop.example"]}
    assert reviewer.post("/practice", bad).get_json()["errors"][0]["field"] == "capture_hosts"
    told = reviewer.post("/practice", bad | {"capture_hosts": ["shop.example"]}).get_json()
    assert (told["capture_hosts"], told["captures"]) == (["shop.example"], False)

    item = notice_at(session, cast, NoticeStatus.ANSWERED).items[0]
    seen(session, cast, item)
    session.commit()
    address = f"/notices/{item.notice.number}"
    told = {who: who.get(address).get_json()["items"][0] for who in (reviewer, coordinator)}
    assert [len(told[who]["looks"]) for who in (reviewer, coordinator)] == [0, 1]
    assert {told[who]["second_look"] for who in told} == {"asked"}
    assert len(coordinator.get(f"{address}/evidence").get_json()["items"]) == 1
    assert reviewer.get(f"{address}/evidence").get_json()["items"] == []
