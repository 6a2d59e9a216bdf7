"""A program that dispatches without a word of the label is served, and the custody says that nobody scanned it."""

from __future__ import annotations

from typing import Any

from quality.lab.operations import propose_label_finding
from quality.purchases.operations import scan_label
from tests.harness.databases import on_sqlite
from tests.harness.labels import sealed_with
from tests.harness.purchases import sealed_sample

pytestmark = on_sqlite


def sent_by(program: Any, sample: Any, laboratory: str, **more: Any) -> Any:
    way = {"laboratory": laboratory, "courier": "顺达快递", "parcel_no": "SD-1"}
    return program.post(f"/samples/{sample.number}/dispatch", {"version": sample.version} | way | more)


def test_a_dispatch_without_a_scan_stands_as_a_fact(session: Any, in_field: Any, keyed: Any) -> None:
    cast, coordinator = in_field, keyed(in_field.coordinator)
    silent, said, scanned = (sealed_sample(session, cast) for _three in range(3))
    scan_label(session, scanned.portions[0], by=cast.buyer)
    session.commit()
    for sample, more in ((silent, {}), (said, {"no_scan": "标签已湿"}), (scanned, {})):
        assert sent_by(coordinator, sample, cast.laboratory.code, **more).get_json()["status"] == "dispatched"
    told = [coordinator.get(f"/samples/{each.number}").get_json()["custody"][-1] for each in (silent, said, scanned)]
    assert [(each["label_unscanned"], each["no_scan"]) for each in told] == [
        (True, ""), (True, "标签已湿"), (False, ""),
    ]  # fmt: skip


def test_a_dispatch_while_a_label_finding_waits_says_which_and_who(session: Any, in_field: Any, keyed: Any) -> None:
    cast, sample = in_field, sealed_with(session, in_field, "warnings")
    finding = propose_label_finding(session, sample, by=cast.coordinator)
    session.commit()
    coordinator = keyed(cast.coordinator)
    refused = sent_by(coordinator, sample, cast.laboratory.code).get_json()
    assert (refused["status"], refused["code"]) == (409, "label_finding_waits")
    assert finding.number in refused["detail"]
    moves = {each["name"]: each for each in coordinator.get(f"/samples/{sample.number}").get_json()["moves"]}
    assert not moves["dispatch"]["allowed"] and finding.number in moves["dispatch"]["reason"]
