"""What a campaign's announcement says (抽查公告): its figures as of then, and every result in force as its copy has it.

A rate stands with its interval, and with whether it may speak for the whole (estimates.py). It is said once, as of the
day of the announcement: the same figures as on the page of that day, sealed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.models import Campaign
from quality.figures.rates import Interval
from quality.lab.models import Finding, Report, Verdict
from quality.publication.counting import Counted
from quality.publication.estimates import said_of
from quality.publication.models import Entry, Result, ResultStatus
from quality.purchases.models import Sample, Task

FAILED = {"fail", "conditional_fail"}


def announcement(session: Session, campaign: Campaign, counted: Counted, least: int) -> dict[str, Any]:
    of = sa.select(Result.number, Result.copy).join(Entry, Entry.result_id == Result.id)
    found = session.execute(of.where(Entry.campaign == campaign.number).order_by(Result.number)).all()
    lines = [line_of(number, copy) for number, copy in found]
    listed = sum(bool(copy.get("label_only")) for _number, copy in found)
    gone, gone_untested = expired(session, campaign)
    bad = [line for line in lines if line["verdict"] == Verdict.NONCONFORMING]
    good = [line for line in lines if line["verdict"] != Verdict.NONCONFORMING]
    return {
        "title": campaign.title,
        "category": campaign.category,
        "kind": campaign.kind,
        "basis": campaign.basis,
        "starts_on": campaign.starts_on,
        "ends_on": counted.ended_on,
        "bought": counted.sum("bought"),
        "tested": len(lines) - listed + sum(gone.values()),
        "label_only": listed + gone_untested,  # they fail, and are in no other number; not there in the oldest
        "found": {  # what is listed and what is not any more; not there in the oldest announcements
            "nonconforming": len(bad) - listed + gone[Verdict.NONCONFORMING],
            "conforming": len(good) + gone[Verdict.CONFORMING],
            "expired": sum(gone.values()) + gone_untested,
        },
        "nonconforming": bad,
        "conforming": good,
        "figures": figures_of(counted, least),  # not there in the oldest announcements
    }


def expired(session: Session, campaign: Campaign) -> tuple[dict[Verdict, int], int]:
    """How many of each verdict are not listed any more, because their time in public is over; and how many untested."""
    on_a_label = (Report.laboratory_id == Report.agency_id).label("on_a_label")
    of = sa.select(Finding.verdict, on_a_label, sa.func.count(Result.id))
    of = of.join(Result.finding).join(Finding.report).join(Finding.sample).join(Sample.task)
    mine = of.where(Task.campaign_id == campaign.id, Result.status == ResultStatus.EXPIRED)
    rows = session.execute(mine.group_by(Finding.verdict, on_a_label)).all()
    tested = {verdict: count for verdict, is_of_label, count in rows if not is_of_label}
    untested = sum(count for _verdict, is_of_label, count in rows if is_of_label)
    return {verdict: tested.get(verdict, 0) for verdict in Verdict}, untested


def figures_of(counted: Counted, least: int) -> dict[str, Any]:
    """What was drawn, bought, tested, told and seen gone; the rate, and the estimate or why there is none.

    Shares are texts of a number between 0 and 1, which whoever prints them rounds once.
    """
    said = said_of(counted, least)
    figures = {
        "drawn": counted.sum("drawn"),
        "bought": counted.sum("bought"),
        "tested": said.rate.of,
        "nonconforming": said.rate.hits,
        "told": counted.told,
        "seen": counted.seen,
        "untested": counted.untested,
        "listings": said.listings,
        "why_not": said.why_not,
    }
    if said.out_of_scope:
        figures["out_of_scope"] = said.out_of_scope
    if said.is_a_rate and said.rate.interval and said.rate.value is not None:
        figures["rate"] = shares(said.rate.value, said.rate.interval)
    if said.estimate:
        figures["estimate"] = shares(said.estimate.value, said.estimate.interval) | {"error": said.estimate.error}
    return figures


def shares(value: Decimal, interval: Interval) -> dict[str, Decimal]:
    return {"value": value, "low": interval.low, "high": interval.high}


def line_of(number: str, copy: dict[str, Any]) -> dict[str, Any]:
    """One result: of a nonconforming one also what failed, against which limit, by whose test."""
    line = {
        "number": number,
        "verdict": copy["verdict"],
        "product": copy["product"],
        "producer": copy["producer"]["name"],
        "shop": copy["seller"]["shop"],
        "platform": copy["platform"]["name"],
        "producer_denies": copy["producer_denies"],
    }
    if copy["verdict"] != Verdict.NONCONFORMING:
        return line
    return line | {
        "laboratory": copy["laboratory"],
        "label_only": bool(copy.get("label_only")),  # then it is the agency that looked, and nobody tested
        "failed": [
            {name: item.get(name) for name in ("item", "value", "unit", "limit", "laboratory", "outside_accreditation")}
            for item in copy["items"]
            if item["verdict"] in FAILED
        ],
    }
