"""What is written to a laboratory and to those whom a result concerns: the test order and the result notice."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.lab.models import Finding, Report, TestResult, Verdict
from quality.lab.queries import items_to_test
from quality.purchases.items import items_for
from quality.purchases.models import Portion, Sample
from quality.standards.names import item_key


def test_order(session: Session, portion: Portion) -> dict[str, Any]:
    """检验委托书: what to test, how, and by when. By its blind number only: neither shop, platform nor product."""
    assert portion.laboratory, "the database holds it: has_a_laboratory"
    campaign = portion.sample.campaign
    return {
        "laboratory": portion.laboratory.name,
        "blind_no": portion.blind_no,
        "seal_no": portion.seal_no,
        "quantity": portion.quantity,
        "category": campaign.category,
        "items": [
            {"item": each.item, "method": each.method, "limit": each.limit, "rule": each.rule, "clause": each.clause}
            for each in items_to_test(session, portion)
        ],
        "deadline": period("lab_report"),
    }


test_order.__test__ = False  # type: ignore[attr-defined]  # pytest: no test


def result_notice(finding: Finding) -> dict[str, Any]:
    """检验结果通知书: to the seller; of a nonconforming product to its nominal producer and the platform too."""
    sample, report = finding.sample, finding.report
    drawn = sample.purchase.drawn
    shop, producer = str(drawn.listing.get("shop_name") or ""), sample.producer_name
    concerned = [shop] if finding.verdict == Verdict.CONFORMING else [shop, producer, drawn.platform.name]
    clauses = clauses_of(sample)
    return {
        "to": list(dict.fromkeys(name for name in concerned if name)),
        "verdict": finding.verdict,
        "finding": finding.number,
        "confirmed_at": finding.confirmed_at,
        "campaign": {"title": sample.campaign.title, "basis": sample.campaign.basis},
        "sample": sample.number,
        "listing": {
            "listing_id": drawn.listing_id,
            "title": drawn.listing.get("title") or "",
            "platform": drawn.platform.name,
            "shop": shop,
            "uscc": drawn.listing.get("shop_uscc") or "",
        },
        "product": {
            "name": sample.product_name,
            "spec": sample.spec,
            "brand": sample.brand,
            "batch": sample.batch,
            "producer": producer,
            "producer_address": sample.producer_address,
        },
        "laboratory": report.laboratory.name,
        "report_no": report.report_no,
        **of_a_label(report),
        "results": [result_line(result, clauses) for result in finding.results],
        "objection": period("objection"),
    }


def of_a_label(report: Report) -> dict[str, bool]:
    """Then it was the agency that looked, and nobody tested. Nothing for all others, as before it was asked."""
    return {"label_only": True} if report.is_of_label else {}


def clauses_of(sample: Sample) -> dict[str, str]:
    """The provision that each test item of this sample rests on, by `item_key`, as the plan names it."""
    return {item_key(each.item): each.clause for each in items_for(sample)}


def result_line(result: TestResult, clauses: dict[str, str]) -> dict[str, Any]:
    return {
        "item": result.item,
        "value": result.value,
        "unit": result.unit,
        "uncertainty": result.uncertainty,
        "lod": result.lod,
        "loq": result.loq,
        "method": result.method,
        "limit": result.limit,
        "clause": clauses.get(item_key(result.item), ""),
        "standard": result.judgement.get("standard"),
        "rule": result.rule,
        "verdict": result.verdict,
        "outside_accreditation": result.outside_accreditation,
    }


def period(code: str) -> dict[str, Any]:
    """How long somebody has for something, in the unit in which the law counts it."""
    rule = rule_on(code, day_of(clock.now()))
    return {"rule": rule.code, "length": rule.length, "unit": rule.unit, "certainty": rule.certainty}
