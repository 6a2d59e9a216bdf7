"""What is published about one sample: a copy, made once, in which nothing leads to the buyer or to any other person."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from quality.core.db import canonical
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.lab.models import Finding, TestResult, Verdict
from quality.notices.models import ItemStatus, NoticeItem
from quality.objections.models import Decision, Ground, Objection
from quality.publication.personal import Field, Personal, found_in, names_a_person
from quality.standards.judgement import in_force

FORMAT = 1  # counts up when a field changes its meaning; an old copy keeps its own

# Every field that somebody once typed, by its path in the copy. What is not here is a code or a number of our own.
# fmt: off
TYPED = {
    "changed":               Field.PROSE,
    "remark":                Field.PROSE,
    "campaign.title":        Field.NAME,
    "campaign.category":     Field.NAME,
    "platform.name":         Field.NAME,
    "agency.name":           Field.NAME,
    "seller.shop":           Field.PROSE,
    "seller.uscc":           Field.NUMBER,
    "seller.region":         Field.NAME,
    "listing_id":            Field.NUMBER,
    "product.name":          Field.NAME,
    "product.spec":          Field.NAME,
    "product.brand":         Field.NAME,
    "product.batch":         Field.NUMBER,
    "producer.name":         Field.NAME,
    "producer.address":      Field.NAME,
    "laboratory":            Field.NAME,
    "items.item":            Field.NAME,
    "items.value":           Field.NUMBER,
    "items.unit":            Field.NUMBER,
    "items.uncertainty":     Field.NUMBER,
    "items.lod":             Field.NUMBER,
    "items.loq":             Field.NUMBER,
    "items.method":          Field.NAME,
    "items.limit":           Field.NUMBER,
    "items.laboratory":      Field.NAME,
    "first_results.item":         Field.NAME,
    "first_results.value":        Field.NUMBER,
    "first_results.unit":         Field.NUMBER,
    "first_results.uncertainty":  Field.NUMBER,
    "first_results.lod":          Field.NUMBER,
    "first_results.loq":          Field.NUMBER,
    "first_results.method":       Field.NAME,
    "first_results.limit":        Field.NUMBER,
    "first_results.laboratory":   Field.NAME,
    "takedown.listings.listing_id": Field.NUMBER,
}
NAMES: dict[str, Text] = {
    "changed":               _("What changed"),
    "remark":                _("Remark"),
    "campaign.title":        _("Campaign"),
    "campaign.category":     _("Category"),
    "platform.name":         _("Platform"),
    "agency.name":           _("Agency"),
    "seller.shop":           _("Shop"),
    "seller.uscc":           _("Shop's credit code"),
    "seller.region":         _("Region"),
    "listing_id":            _("Listing"),
    "product.name":          _("Product"),
    "product.spec":          _("Specification"),
    "product.brand":         _("Brand"),
    "product.batch":         _("Batch"),
    "producer.name":         _("Nominal producer"),
    "producer.address":      _("Its address"),
    "laboratory":            _("Laboratory"),
    "items.item":            _("Test item"),
    "items.value":           _("Value"),
    "items.unit":            _("Unit"),
    "items.uncertainty":     _("Uncertainty"),
    "items.lod":             _("Detection limit"),
    "items.loq":             _("Quantification limit"),
    "items.method":          _("Method"),
    "items.limit":           _("Limit"),
    "items.laboratory":      _("Laboratory of an item"),
    "first_results.item":         _("Test item, first test"),
    "first_results.value":        _("Value in the first test"),
    "first_results.unit":         _("Unit in the first test"),
    "first_results.uncertainty":  _("Uncertainty in the first test"),
    "first_results.lod":          _("Detection limit in the first test"),
    "first_results.loq":          _("Quantification limit in the first test"),
    "first_results.method":       _("Method of the first test"),
    "first_results.limit":        _("Limit in the first test"),
    "first_results.laboratory":   _("Laboratory of the first test"),
    "takedown.listings.listing_id": _("Listings on notices"),
}
WORDS: dict[Personal, Text] = {
    Personal.TELEPHONE:       _("a telephone number"),
    Personal.EMAIL:           _("an e-mail address"),
    Personal.IDENTITY_NUMBER: _("an identity number"),
    Personal.CONTACT:         _("a contact account"),
    Personal.ORDER:           _("an order or parcel number"),
    Personal.NAME:            _("a person's name"),
}
# fmt: on


def copy_of(
    finding: Finding,
    *,
    items: Sequence[NoticeItem],
    objections: Sequence[Objection],
    number: str,
    edition: int,
    changed: str,
    remark: str,
    withheld: Collection[str],
) -> dict[str, Any]:
    """The public copy of a confirmed finding. `withheld` names typed fields that are left empty, and the copy says so.

    Of order, payment, parcel, buyer and seals nothing is read here at all.
    """
    sample = finding.sample
    campaign, drawn = sample.campaign, sample.purchase.drawn
    agency, platform = campaign.agency, drawn.platform
    results = results_in_force(finding, objections)
    copy = {
        "format": str(FORMAT),  # as canonical JSON writes numbers: the copy is the same before and after it was kept
        "number": number,
        "edition": str(edition),
        "changed": changed,
        "verdict": finding.verdict,
        "agency": {"code": agency.code, "name": agency.name},
        "campaign": {
            "number": campaign.number,
            "title": campaign.title,
            "kind": campaign.kind,
            "category": campaign.category,
        },
        "platform": {"code": platform.code, "name": platform.name},
        "seller": {
            "shop": drawn.listing.get("shop_name") or "",
            "uscc": drawn.listing.get("shop_uscc") or "",
            "region": drawn.listing.get("region")
            or "",  # not there in copies from before the list could be so narrowed
        },
        "listing_id": drawn.listing_id,
        "product": {"name": sample.product_name, "spec": sample.spec, "brand": sample.brand, "batch": sample.batch},
        "producer": {"name": sample.producer_name, "address": sample.producer_address},
        "laboratory": finding.report.laboratory.name,
        "label_only": finding.report.is_of_label,  # not there in copies from before labels were concluded on alone
        "items": [line(result) for result in results],
        # what a re-inspection has the last word on, as the first laboratory found it; not there in the oldest copies
        "first_results": [line(each) for each in (finding.follows or finding).results if each not in results],
        "producer_denies": any(
            objection.ground == Ground.AUTHENTICITY and objection.decision == Decision.UPHELD
            for objection in objections
        ),
        "remark": remark,
        "takedown": takedown_of(finding.verdict, items),
        "withheld": sorted(withheld),
    }
    for path in withheld:
        blank(copy, path)
    return copy


def results_in_force(finding: Finding, objections: Sequence[Objection]) -> list[TestResult]:
    """The first report's, and in their place those of a re-inspection, whose word is final (DOMAIN §2.8)."""
    results = finding.results
    for objection in objections:
        if objection.decision and objection.report:
            results = in_force(results, objection.report.results)
    return results


def line(result: TestResult) -> dict[str, Any]:
    return {
        "item": result.item,
        "value": result.value,
        "unit": result.unit,
        "uncertainty": result.uncertainty,
        "lod": result.lod,
        "loq": result.loq,
        "method": result.method,
        "limit": result.limit,
        "rule": result.rule,
        "verdict": result.verdict,
        "laboratory": result.report.laboratory.name,
        "outside_accreditation": result.outside_accreditation,  # not there in copies from before it was asked
    }


def takedown_of(verdict: Verdict, items: Sequence[NoticeItem]) -> dict[str, Any]:
    """What became of the listings, in codes: what the platform says apart from what we have seen (decision 6)."""
    return {
        "state": state_of(verdict, [item.status for item in items]),
        "listings": [
            {
                "listing_id": item.listing_id,
                "kind": item.kind,
                "status": item.status,
                "platform_says": platform_says(item),
                "we_have_seen": we_have_seen(item),
            }
            for item in items
        ],
    }


def state_of(verdict: Verdict, statuses: Sequence[ItemStatus]) -> str:
    """One word for all listings, the least settled of them: a page never says "removed" on a platform's word alone."""
    if verdict == Verdict.CONFORMING:
        return "not_needed"
    if not statuses:
        return "not_asked"
    if set(statuses) <= {ItemStatus.EXCUSED}:
        return "excused"
    if set(statuses) <= {ItemStatus.VERIFIED, ItemStatus.EXCUSED}:
        return "verified"
    if set(statuses) <= {ItemStatus.CLAIMED, ItemStatus.VERIFIED, ItemStatus.EXCUSED}:
        return "claimed"
    return "asked"


def platform_says(item: NoticeItem) -> dict[str, Any] | None:
    if not item.claims:
        return None
    claim = item.claims[-1]
    return {"outcome": claim.outcome, "acted_at": claim.acted_at, "said_at": claim.received_at}


def we_have_seen(item: NoticeItem) -> dict[str, Any] | None:
    if not item.looks:
        return None
    look = item.looks[-1]
    return {"gone": look.gone, "seen_at": look.seen_at}


def personal_data_in(copy: dict[str, Any], people: Collection[str]) -> list[FieldProblem]:
    """Every typed field in which personal data stands, by its path. `people`: names that must not appear at all."""
    problems = []
    for path, field in TYPED.items():
        for text in texts_at(copy, path.split(".")):
            for kind in found_in(text, field, people=people):
                problems.append(problem(path, kind))
    seller = copy["seller"]
    if not seller["uscc"] and seller["shop"] and names_a_person(seller["shop"]):
        problems.append(problem("seller.shop", Personal.NAME))
    return list(dict.fromkeys(problems))


def problem(path: str, kind: Personal) -> FieldProblem:
    text = _("%(field)s holds %(what)s: leave it out, or withhold the field", field=NAMES[path], what=WORDS[kind])
    return FieldProblem(path, f"personal_{kind}", text)


def texts_at(value: Any, path: Sequence[str]) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in texts_at(one, path)]
    return texts_at(value[path[0]], path[1:]) if path else [value]


def blank(value: Any, path: str) -> None:
    first, _dot, rest = path.partition(".")
    for one in value if isinstance(value, list) else [value]:
        if rest:
            blank(one[first], rest)
        else:
            one[first] = ""


def sha256_of(copy: dict[str, Any]) -> str:
    """In hex, over the copy as canonical JSON in UTF-8 (`core.db.canonical`): the same before and after it was kept."""
    return hashlib.sha256(canonical(copy).encode()).hexdigest()
