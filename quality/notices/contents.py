"""What a notice says: the listing as it stood at the decision, and the whole document as it is sealed.

Nothing here reads what belongs to the buyer: no order, payment, parcel or moment of the purchase.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.lab.contents import of_a_label
from quality.lab.models import Finding
from quality.likeness.models import Alike
from quality.notices.editions import in_force_since, is_named, wording_of
from quality.notices.models import Notice, NoticeEdition, NoticeItem
from quality.notices.texts import english_now
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
        **of_a_label(report),
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
    return {item.id: known(session, item.snapshot, item.finding, decided) for item in items}


def known(session: Session, snapshot: dict[str, Any], finding: Finding, decided: Set[int]) -> dict[str, Any]:
    """A snapshot with what was `decided` about its finding since; one from before they were asked has none of them."""
    none = {"producer_denies": False, "first_results": [], "alike": None}
    return none | snapshot | (what_is_known(session, finding) if finding.id in decided else {})


def document_of(
    session: Session, notice: Notice, *, issued_at: datetime, code: str, edition: NoticeEdition | None = None
) -> dict[str, Any]:
    """The notice as the platform gets it: every field of DOMAIN §2.9, in words and codes that never change again.

    Of a later `edition` with what it says in place of the one in force, and first what it changed and why.

    Source of the fields: Regulation (EU) 2022/2065 (DSA), Art. 9(2), beside E-commerce Law, Arts. 29 and 38.
    """
    wording = edition.wording if edition else wording_of(notice)
    return (
        {
            "document": "disposal_notice",
            "format": FORMAT,
            "number": notice.number,
            "kind": notice.kind,
            "issued_at": issued_at,
            "agency": {"code": notice.agency.code, "name": notice.agency.name, "region": notice.agency.region},
            "platform": {"code": notice.platform.code, "name": notice.platform.name},
            "legal_basis": wording["legal_basis"],
            "reasons": wording["reasons"],
            "measures": wording["measures"],
            "items": listings_of(session, notice, edition),
            "deadlines": [deadline("acknowledge", issued_at), deadline(notice.removal_rule, issued_at)],
            "answer_to": wording["answer_to"],
            "how_to_object": wording["how_to_object"],
            "verification": {"code": code, "address": f"/verify/{code}"},
        }
        | in_english(notice, wording)
        | ({"amends": what_it_amends(session, edition)} if edition else {})
    )


def in_english(notice: Notice, wording: Mapping[str, Any]) -> dict[str, Any]:
    """For the courtesy copy, what the template says in English of texts that stand as it has them."""
    found = english_now(notice.english or {}, wording)
    return {"english": found} if found else {}


def listings_of(session: Session, notice: Notice, edition: NoticeEdition | None) -> list[dict[str, Any]]:
    """Those that the edition names: without what was taken back, with what it adds."""
    gone = {int(key) for key in edition.withdrawn} if edition else set()
    there = [item for item in notice.items if is_named(item) and item.id not in gone]
    now = as_known(session, there)
    added = edition.added if edition else []
    findings = {int(each["finding"]): session.get_one(Finding, int(each["finding"])) for each in added}
    decided = with_a_decision(session, set(findings))
    return [
        *({"kind": item.kind, **now[item.id]} for item in there),
        *(
            {"kind": each["kind"], **known(session, each["snapshot"], findings[int(each["finding"])], decided)}
            for each in added
        ),
    ]


def what_it_amends(session: Session, edition: NoticeEdition) -> dict[str, Any]:
    """What stands first on a later edition."""
    before = edition.notice.edition
    return {
        "edition": edition.edition,
        "kind": edition.kind,
        "reason": edition.reason,
        "before": {"edition": before, "issued_at": in_force_since(session, edition.notice, before)},
        "changes": edition.changed,
    }


def withdrawal_of(session: Session, notice: Notice, *, edition: int, reason: str, at: datetime) -> dict[str, Any]:
    """The paper by which a whole notice is taken back."""
    return {
        "document": "notice_withdrawal",
        "format": FORMAT,
        "number": notice.number,
        "edition": edition,
        "agency": {"code": notice.agency.code, "name": notice.agency.name, "region": notice.agency.region},
        "platform": {"code": notice.platform.code, "name": notice.platform.name},
        "issued_at": notice.issued_at,
        "in_force": {
            "edition": notice.edition,
            "issued_at": in_force_since(session, notice, notice.edition) or notice.issued_at,
        },
        "withdrawn_at": at,
        "reason": reason,
        "items": listings_of(session, notice, None),
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
