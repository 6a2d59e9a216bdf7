"""What a notice says: the listing as it stood at the decision, and the whole document as it is sealed.

Nothing here reads what belongs to the buyer: no order, payment, parcel or moment of the purchase.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.lab.contents import clauses_of, result_line
from quality.lab.models import Finding
from quality.notices.models import Notice, NoticeItem
from quality.purchases.contents import listing_as_drawn, product_as_sealed

FORMAT = 1  # counts up when a field changes its meaning; what was sealed keeps its own


def snapshot_of(finding: Finding) -> dict[str, Any]:
    """Listing, product and results, kept with the item: what changes later changes nothing here."""
    sample, report = finding.sample, finding.report
    clauses = clauses_of(sample)
    return {
        "listing": listing_as_drawn(sample.task.drawn),
        "product": product_as_sealed(sample),
        "results": [result_line(result, clauses) for result in finding.results],
        "laboratory": report.laboratory.name,
        "report_no": report.report_no,
        "finding": finding.number,
    }


def document_of(notice: Notice, *, issued_at: datetime, code: str) -> dict[str, Any]:
    """The notice as the platform gets it: every field of DOMAIN §2.9, in words and codes that never change again.

    Source of the fields: Regulation (EU) 2022/2065 (DSA), Art. 9(2), beside E-commerce Law, Arts. 29 and 38.
    """
    return {
        "document": "disposal_notice",
        "format": FORMAT,
        "number": notice.number,
        "kind": notice.kind,
        "issued_at": issued_at,
        "agency": {"code": notice.agency.code, "name": notice.agency.name, "region": notice.agency.region},
        "platform": {"code": notice.platform.code, "name": notice.platform.name},
        "legal_basis": notice.legal_basis,
        "reasons": notice.reasons,
        "measures": notice.measures,
        "items": [_line(item) for item in notice.items],
        "deadlines": [deadline("acknowledge", issued_at), deadline(notice.removal_rule, issued_at)],
        "answer_to": notice.answer_to,
        "how_to_object": notice.how_to_object,
        "verification": {"code": code, "address": f"/verify/{code}"},
    }


def _line(item: NoticeItem) -> dict[str, Any]:
    return {"kind": item.kind, **item.snapshot}


def deadline(code: str, on: datetime) -> dict[str, Any]:
    """How long the platform has, counted from the proven receipt, whose day does not count."""
    rule = rule_on(code, day_of(on))
    return {
        "rule": rule.code,
        "length": rule.length,
        "unit": rule.unit,
        "starts_at": "proven_delivery",
        "certainty": rule.certainty,
    }
