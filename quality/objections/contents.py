"""What is written to one party: the result as it concerns that party, and nothing that another has a right to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from quality.lab.contents import clauses_of, result_line, result_notice
from quality.lab.models import Finding, TestResult
from quality.objections.models import Party
from quality.objections.queries import producer_denies, results_in_force, results_overtaken


def name_of(finding: Finding, party: Party) -> str:
    """As the listing and the product name them; empty where they name nobody."""
    sample = finding.sample
    match party:
        case Party.SELLER:
            return str(sample.purchase.drawn.listing.get("shop_name") or "")
        case Party.PRODUCER:
            return sample.producer_name
        case Party.PLATFORM:
            return sample.purchase.drawn.platform.name


def what_is_known(session: Session, finding: Finding) -> dict[str, Any]:
    """What every paper about a finding says from now on: a denial that was found true, and each item's last word.

    `first_results` is what the first laboratory found of the items that were tested again.
    """
    return {
        "producer_denies": producer_denies(session, finding),
        "results": lines(finding, results_in_force(session, finding)),
        "first_results": lines(finding, results_overtaken(session, finding)),
    }


def conclusion_of(session: Session, finding: Finding) -> dict[str, Any]:
    """What a re-inspection came to, whether the finding fell by it or stands."""
    campaign = finding.sample.campaign
    return {
        "verdict": finding.verdict,
        "finding": finding.number,
        "overturned": finding.follows.number if finding.follows else "",
        "confirmed_at": finding.confirmed_at,
        "campaign": campaign.title,
        "basis": campaign.basis,
        "product": product(finding),
        "sample": finding.sample.number,
        **what_is_known(session, finding),
    }


def conclusion_to(session: Session, finding: Finding, party: Party) -> dict[str, Any]:
    return conclusion_of(session, finding) | {"to": [name_of(finding, party)], "party": party}


def product(finding: Finding) -> dict[str, str]:
    sample = finding.sample
    return {"name": sample.product_name, "spec": sample.spec, "brand": sample.brand, "batch": sample.batch}


def lines(finding: Finding, results: Sequence[TestResult]) -> list[dict[str, Any]]:
    clauses = clauses_of(finding.sample)
    return [
        result_line(each, clauses) | {"laboratory": each.report.laboratory.name, "report_no": each.report.report_no}
        for each in results
    ]


def notice_of(session: Session, finding: Finding) -> dict[str, Any]:
    return result_notice(finding) | what_is_known(session, finding)


def notice_to(session: Session, finding: Finding, party: Party) -> dict[str, Any]:
    """The producer is not told in whose shop it was bought."""
    says = notice_of(session, finding) | {"to": [name_of(finding, party)], "party": party}
    if party == Party.PRODUCER:
        says["listing"] = {name: "" for name in says["listing"]} | {"platform": says["listing"]["platform"]}
    return says
