"""Certificates by API, and a report that they do not cover: flagged, answered by both sides, authorised."""

from __future__ import annotations

from typing import Any

from tests.harness.api import wrong
from tests.harness.databases import on_sqlite
from tests.harness.lab import enter, portion_to_test, sample_at_lab

HEAD = {"certificate_no": "230020340001", "issuer": "云省局", "valid_from": "2024-01-01", "valid_until": "2029-12-31"}


@on_sqlite
def test_a_certificate_is_proposed_scoped_confirmed_and_flags_what_it_does_not_cover(
    session: Any, sent: Any, keyed: Any
) -> None:
    signatory, coordinator, analyst = map(keyed, (sent.signatory, sent.coordinator, sent.analyst))
    assert wrong(signatory.post("/certificates", {"agency": "??", "kind": "cma", **HEAD})) == {"agency": "unknown"}
    made = signatory.post("/certificates", {"agency": "YZ", "kind": "cma", **HEAD}).get_json()
    here = f"/certificates/{made['number']}"
    lines = {"version": made["version"], "lines": [{"item": "磁通量指数"}]}
    scoped = signatory.post(f"{here}/scope", lines).get_json()
    assert coordinator.post(f"{here}/confirm", {"version": scoped["version"]}).get_json()["status"] == "confirmed"
    told = coordinator.get(here).get_json()
    assert ([line["item"] for line in told["scope"]], told["laboratory"]["code"]) == (["磁通量指数"], "JY")
    said = signatory.post("/laboratories/JY/capacity", {"per_week": 40}).get_json()
    assert said == {"item": "", "per_week": 40, "days": None}
    assert coordinator.get("/laboratories/JY").get_json()["capacity"] == [said]

    report = enter(session, portion_to_test(sample_at_lab(session, sent)), sent)
    lab, agency = f"/lab/reports/{report.report_no}", f"/reports/JY:{report.report_no}"
    flags = {each["item"]: each for each in signatory.get(lab).get_json()["accreditation"]}
    lead = flags["可迁移元素：铅"]
    assert (lead["code"], lead["open"], flags["磁通量指数"]["code"]) == ("item_not_in_scope", True, "in_scope")
    refused = signatory.post(f"{lab}/authorise", {})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "outside_accreditation")
    marked = analyst.post(f"{lab}/mark_outside", {"item": "可迁移元素：铅", "reason": "全省无机构有此资质"})
    assert marked.status_code == 200
    [outside] = [each["outside"] for each in coordinator.get(agency).get_json()["accreditation"] if each["outside"]]
    agreed = coordinator.post(f"{agency}/items/{outside['id']}/agree", {"version": outside["version"]})
    assert agreed.get_json()["status"] == "agreed"
    assert signatory.post(f"{lab}/authorise", {}).get_json()["status"] == "authorised"
