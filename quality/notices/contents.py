"""What a notice says: the listing as it stood at the decision, and the whole document as it is sealed.

Nothing here reads what belongs to the buyer: no order, payment, parcel or moment of the purchase.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.models import Notice, NoticeItem
from quality.objections.contents import what_is_known
from quality.objections.queries import with_a_decision
from quality.purchases.contents import listing_as_drawn, listing_of, product_as_sealed

FORMAT = 1  # counts up when a field changes its meaning; what was sealed keeps its own


def snapshot_of(session: Session, finding: Finding) -> dict[str, Any]:
    """Listing, product and results, kept with the item: what changes later changes nothing here."""
    sample, report = finding.sample, finding.report
    return {
        "listing": listing_as_drawn(sample.purchase.drawn),
        "product": product_as_sealed(sample),
        **what_is_known(session, finding),
        "laboratory": report.laboratory.name,
        "report_no": report.report_no,
        "finding": finding.number,
    }


def snapshot_of_alike(tested: dict[str, Any], alike: Alike) -> dict[str, Any]:
    """Of a listing that nobody tested, from the snapshot of the tested one, whose product and results it keeps.

    `alike` says what is the same in both, by the codes of likeness/matching.py, and how surely.
    """
    return tested | {
        "listing": listing_of(alike.listing_id, alike.listing),
        "alike": {"why": list(alike.why), "sure": alike.sure},
    }


def as_known(session: Session, items: Sequence[NoticeItem]) -> dict[int, dict[str, Any]]:
    """By the items' ids, their snapshots with what objections have decided about them since."""
    decided = with_a_decision(session, {item.finding_id for item in items})
    # as a snapshot from before they were asked has none of them
    none = {"producer_denies": False, "first_results": [], "alike": None}
    return {
        item.id: none | item.snapshot | (what_is_known(session, item.finding) if item.finding_id in decided else {})
        for item in items
    }


def document_of(session: Session, notice: Notice, *, issued_at: datetime, code: str) -> dict[str, Any]:
    """The notice as the platform gets it: every field of DOMAIN §2.9, in words and codes that never change again.

    Source of the fields: Regulation (EU) 2022/2065 (DSA), Art. 9(2), beside E-commerce Law, Arts. 29 and 38.
    """
    known = as_known(session, notice.items)
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
        "items": [{"kind": item.kind, **known[item.id]} for item in notice.items],
        "deadlines": [deadline("acknowledge", issued_at), deadline(notice.removal_rule, issued_at)],
        "answer_to": notice.answer_to,
        "how_to_object": notice.how_to_object,
        "verification": {"code": code, "address": f"/verify/{code}"},
    }


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
