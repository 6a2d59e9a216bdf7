"""A judgement keeps which version of which standard it was held against, and every paper after it says so."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, object_session

from quality.campaigns.operations import ItemPlan
from quality.campaigns.sources import take
from quality.lab.contents import result_notice
from quality.lab.entries import ResultEntry
from quality.lab.models import Finding
from quality.lab.operations import confirm_finding, propose_finding
from quality.notices.contents import snapshot_of
from quality.pages.judging import weights_of
from quality.standards.contents import LimitText
from quality.standards.models import Severity
from quality.standards.operations import set_item
from quality.standards.queries import Weighed
from tests.harness.api import program_of
from tests.harness.databases import on_sqlite
from tests.harness.desk import give_password, sign_in
from tests.harness.lab import reported_sample
from tests.harness.people import Cast
from tests.harness.purchases import open_campaign
from tests.harness.standards import LEAD, NUMBER, a_standard

HELD_AGAINST = {"number": NUMBER, "version": "1", "published": "2014", "category": "玩具材料", "clause": "4.1"}


@pytest.fixture
def finding(session: Session, cast: Cast) -> Finding:
    """Nonconforming, by a limit that the library has changed meanwhile."""
    standard = a_standard(session, cast.coordinator)
    taken = [ItemPlan(**each._asdict()) for each in take(session, cast.coordinator, NUMBER, "玩具材料")[:1]]
    session.info["planned"], session.info["sent"] = list(open_campaign(session, cast, items=taken)[1]), []
    stricter = LEAD._replace(limits=(LimitText("≤ 75", "玩具材料", "4.1"),), severity="minor")
    set_item(session, standard, stricter, "第1号修改单", by=cast.coordinator, instead_of=LEAD.item)
    sample = reported_sample(session, cast, [ResultEntry(LEAD.item, "120", "mg/kg", "6")])
    finding = propose_finding(session, sample, by=cast.coordinator)
    confirm_finding(session, finding, by=cast.reviewer)
    return finding


def test_a_judgement_keeps_the_version_it_used_whatever_the_library_says_now(finding: Finding) -> None:
    [result] = finding.report.results
    assert (result.limit, result.verdict) == ("≤ 90 mg/kg", "fail")
    assert result.judgement["standard"] == HELD_AGAINST


@on_sqlite
def test_what_is_sent_and_sealed_says_by_which_version_it_was_judged(finding: Finding) -> None:
    session = object_session(finding)
    assert session
    for results in (result_notice(finding)["results"], snapshot_of(session, finding)["results"]):
        [line] = results
        assert line["standard"] == HELD_AGAINST
        assert line["clause"] == f"{NUMBER}，4.1"
        assert "severity" not in line  # the agency's own order: nothing follows from it for whoever is told


@on_sqlite
@pytest.mark.parametrize("kind", ["finding", "report", "sample"])
def test_the_page_says_it_beside_the_limit_and_how_much_a_failed_item_weighed_then(
    app: Flask, session: Session, cast: Cast, finding: Finding, kind: str
) -> None:
    assert cast.reviewer.person
    give_password(session, cast.reviewer.person)
    session.commit()
    of: dict[str, Any] = {"finding": finding, "report": finding.report, "sample": finding.sample}
    number: Any = of[kind].number
    page = sign_in(app, cast.reviewer).get(f"/desk/{kind}/{number}")
    assert f"{NUMBER}，4.1, version 1 of the library" in page.text
    assert ("Severity: serious" in page.text, "Severity: minor" in page.text) == (True, False)


@on_sqlite
def test_only_what_failed_is_weighed_and_by_the_version_that_was_used(session: Session, finding: Finding) -> None:
    [result] = finding.report.results
    told = {"item": result.item, "standard": result.judgement["standard"]}
    assert weights_of(session, finding.agency_id, [result]) == {Weighed(NUMBER, "1", LEAD.item): Severity.SERIOUS}
    assert weights_of(session, finding.agency_id, [told | {"verdict": "conditional_fail"}]).values()
    assert not weights_of(session, finding.agency_id, [told | {"verdict": "pass"}, told | {"verdict": "undecided"}])
    assert not weights_of(session, finding.agency_id, [told | {"verdict": "fail", "standard": None}])
    assert not weights_of(session, finding.sample.purchase.drawn.platform_id, [result])  # whose library is another


@on_sqlite
def test_the_api_tells_the_agency_and_no_laboratory(app: Flask, session: Session, cast: Cast, finding: Finding) -> None:
    report = f"/reports/{cast.laboratory.code}:{finding.report.report_no}"
    for who, address, severity in (
        (cast.reviewer, f"/findings/{finding.number}", "serious"),
        (cast.coordinator, report, "serious"),
        (cast.analyst, report, None),
    ):
        [said] = program_of(app, session, who).get(address).get_json()["results"]
        assert (said["severity"], said["standard"]) == (severity, HELD_AGAINST)
