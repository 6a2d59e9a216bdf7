"""What is written to one party: the result as it concerns that party, and nothing that another has a right to."""

from __future__ import annotations

from typing import Any

from quality.lab.contents import result_notice
from quality.lab.models import Finding
from quality.objections.models import Party


def name_of(finding: Finding, party: Party) -> str:
    """As the listing and the product name them; empty where they name nobody."""
    sample = finding.sample
    match party:
        case Party.SELLER:
            return str(sample.task.drawn.listing.get("shop_name") or "")
        case Party.PRODUCER:
            return sample.producer_name
        case Party.PLATFORM:
            return sample.task.drawn.platform.name


def notice_to(finding: Finding, party: Party, *, producer_denies: bool) -> dict[str, Any]:
    """The producer is not told in whose shop it was bought."""
    says = result_notice(finding) | {
        "to": [name_of(finding, party)],
        "party": party,
        "producer_denies": producer_denies,
    }
    if party == Party.PRODUCER:
        says["listing"] = {name: "" for name in says["listing"]} | {"platform": says["listing"]["platform"]}
    return says
