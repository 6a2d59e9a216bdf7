"""Listings that are like a tested one, by API: read, decided on, put on notices that say why."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from quality.notices.models import Notice, NoticeStatus
from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.likeness import alike_to
from tests.harness.notices import issued

WORDING = {"kind": "order", "legal_basis": "《产品质量法》", "reasons": "不合格"}


@on_sqlite
def test_what_is_like_a_finding_is_read_decided_on_and_drafted(session: Any, concluded: Any, keyed: Any) -> None:
    cast, finding = concluded.cast, concluded.bad[0]
    alike_to(session, cast, finding)
    coordinator = keyed(cast.coordinator)
    first = coordinator.get(f"/alike?finding={finding.number}&kind=same_product&limit=2").get_json()
    rest = coordinator.get(f"/alike?finding={finding.number}&kind=same_product&cursor={first['next']}").get_json()
    told = {each["listing_id"]: each for each in first["items"] + rest["items"]}
    assert {name: (each["sure"], each["why"]) for name, each in told.items()} == {
        "A1": ("certain", ["barcode"]), "A2": ("certain", ["barcode"]), "A3": ("likely", ["brand_model_producer"]),
    }  # fmt: skip
    assert rest["next"] is None
    assert wrong(coordinator.get("/alike?kind=other")) == {"query": "unknown_filter"}

    items = [{"id": each["id"], "version": each["version"]} for each in told.values()]
    assert wrong(coordinator.post("/alike/decisions", {"decision": "rejected", "items": items})) == {
        "reason": "missing"
    }
    nobody = {"decision": "confirmed", "items": [*items, {"id": 10**8, "version": 1}]}
    assert wrong(coordinator.post("/alike/decisions", nobody)) == {"items 4": "unknown"}
    decided = coordinator.post("/alike/decisions", {"decision": "confirmed", "items": items, "reason": "同款"})
    assert {(each["decision"], each["reason"], each["version"]) for each in decided.get_json()["items"]} == {
        ("confirmed", "同款", 2)
    }
    late = coordinator.post("/alike/decisions", {"decision": "rejected", "items": items, "reason": "不是"})
    assert (late.status_code, late.get_json()["code"]) == (409, "stale")

    free = [each["id"] for each in coordinator.get("/alike?state=free").get_json()["items"]]
    drafted = coordinator.post("/notices", WORDING | {"findings": [finding.number], "alike": free})
    assert drafted.status_code == 201
    on = {each["notice"] for each in coordinator.get("/alike?state=confirmed").get_json()["items"]}
    assert on == {each["number"] for each in drafted.get_json()["items"]}
    assert coordinator.get("/alike?state=free").get_json()["items"] == []
    assert keyed(cast.desk).get("/alike").status_code == 403
    assert wrong(coordinator.post("/notices", WORDING)) == {"findings": "missing"}


@on_sqlite
def test_the_platform_reads_why_a_listing_that_nobody_tested_is_on_its_notice(
    session: Any, concluded: Any, keyed: Any
) -> None:
    cast, finding = concluded.cast, concluded.bad[0]
    found = alike_to(session, cast, finding)
    coordinator = keyed(cast.coordinator)
    chosen = [{"id": each.id, "version": 1} for each in found.values()]
    coordinator.post("/alike/decisions", {"decision": "confirmed", "items": chosen})
    coordinator.post("/notices", WORDING | {"findings": [finding.number], "alike": [each["id"] for each in chosen]})
    session.expire_all()
    for notice in session.scalars(sa.select(Notice)).all():
        issued(session, cast, notice)
        assert notice.status == NoticeStatus.ISSUED
        desk = keyed(cast.desk if notice.platform_id == cast.platform.id else cast.other_desk)
        for item in desk.get(f"/platform/notices/{notice.number}").get_json()["items"]:
            assert item["finding"] == finding.number
            if item["kind"] == "tested":
                assert item["alike"] is None
            else:
                assert item["alike"] == {"why": found[item["listing_id"]].why, "sure": found[item["listing_id"]].sure}
                assert item["results"] and item["product"]["barcode"] == "9521234567899"
