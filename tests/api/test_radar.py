"""What came back, by API: read, decided on, and the frames that were compared."""

from __future__ import annotations

from typing import Any

from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.radar import relisted, watch


@on_sqlite
def test_what_came_back_is_read_and_decided_on_and_the_listing_itself_is_looked_at(
    session: Any, concluded: Any, keyed: Any
) -> None:
    cast = concluded.cast
    notice, hits = relisted(session, cast, cast.clock, concluded.bad[0])
    item = notice.items[0]
    coordinator = keyed(cast.coordinator)
    first = coordinator.get("/radar?limit=1").get_json()
    rest = coordinator.get(f"/radar?limit=1&cursor={first['next']}").get_json()
    [itself], [other] = first["items"], rest["items"]
    assert (itself["is_itself"], itself["listing_id"], itself["sure"]) == (True, item.listing_id, "certain")
    assert (itself["notice"], itself["item"], itself["state"]) == (notice.number, item.id, "open")
    assert (other["listing_id"], other["why"], rest["next"]) == ("R2", ["barcode"], None)
    assert wrong(coordinator.get("/radar?sure=very")) == {"query": "unknown_filter"}
    [swept] = coordinator.get("/radar/sweeps").get_json()["items"]
    assert (swept["rows"], swept["fingerprints"], swept["hits"], swept["left_out"]) == (3, 1, 2, 0)
    assert swept["campaign"] == other["campaign"]

    both = {"decision": "same", "items": [itself["id"], other["id"]]}
    look = coordinator.post("/radar/decisions", both)
    assert (look.status_code, look.get_json()["code"]) == (409, "look_first")
    assert wrong(coordinator.post("/radar/decisions", {"decision": "other", "items": [other["id"]]})) == {
        "reason": "missing"
    }
    assert wrong(coordinator.post("/radar/decisions", both | {"items": [other["id"], 10**8]})) == {"items 2": "unknown"}
    for no_row in (0, 2**31, -(2**63) - 1):
        assert wrong(coordinator.post("/radar/decisions", both | {"items": [no_row]})).keys() == {"items 1"}
    done = coordinator.post("/radar/decisions", {"decision": "same", "items": [other["id"]]}).get_json()["items"]
    assert [(each["state"], each["listing_id"]) for each in done] == [("same", "R2")]
    twice = coordinator.post("/radar/decisions", {"decision": "other", "reason": "不是", "items": [other["id"]]})
    assert (twice.status_code, twice.get_json()["code"]) == (409, "decided_already")
    assert [each["listing_id"] for each in coordinator.get("/alike?state=free").get_json()["items"]] == ["R2"]

    assert keyed(cast.desk).get("/radar").status_code == 403
    assert keyed(cast.desk).get("/radar/sweeps").status_code == 403
    assert watch(session) == 0
    assert [each["listing_id"] for each in coordinator.get("/radar?state=same").get_json()["items"]] == ["R2"]
    assert hits["R2"].reason == ""
