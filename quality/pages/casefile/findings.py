"""What the dossier of a finding holds: the product, each item's result, objections, and what became of its listings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from quality.core.words import _
from quality.lab.models import Finding
from quality.notices.queries import items_about
from quality.objections.contents import what_is_known
from quality.objections.queries import objections_to
from quality.pages.casefile.notices import RESULTS, result_row
from quality.pages.casefile.sections import (
    Section,
    at,
    clocks_section,
    held_section,
    papers_section,
    record_section,
    section,
)
from quality.pages.kinds import KINDS
from quality.pages.words import STATUSES, status_of_item, word
from quality.people.actor import Actor
from quality.purchases.contents import product_as_sealed


def sections_of_a_finding(session: Session, finding: Finding, me: Actor) -> dict[str, Any]:
    """In the language that is spoken now. Nothing of the purchase is in it: who bought stays with the task."""
    known = what_is_known(session, finding)
    return {
        "heading": finding.sample.product_name,
        "sections": [
            facts(finding),
            results(_("Results"), known["results"]),
            results(_("Before the re-inspection"), known["first_results"]),
            objections(session, finding),
            listings(session, finding),
            clocks_section(session, [finding], {}),
            held_section(session, KINDS["finding"], finding, me),
            papers_section(session, (Finding.__tablename__, finding.id)),
            record_section(session, finding, me, {}),
        ],
    }


def facts(finding: Finding) -> Section:
    product = product_as_sealed(finding.sample)
    rows = [
        (_("Status"), STATUSES["finding"][finding.status].word),
        (_("Verdict"), word("finding_verdict", finding.verdict)),
        (_("Sample"), finding.sample.number),
        (_("Test report"), finding.report.report_no),
        (_("Product"), product["name"]),
        (_("Specification"), product["spec"]),
        (_("Brand"), product["brand"]),
        (_("Batch"), product["batch"]),
        (_("Producer"), product["producer"]),
        (_("Confirmed"), at(finding.confirmed_at)),
    ]
    return section(_("Facts"), (), [row for row in rows if row[1]])


def results(title: Any, found: Iterable[dict[str, Any]]) -> Section:
    return section(title, RESULTS, [result_row(each, {}) for each in found])


def objections(session: Session, finding: Finding) -> Section:
    rows = [
        (
            each.number,
            word("objecting_party", each.party),
            word("ground", each.ground),
            at(each.received_at),
            STATUSES["objection"][each.status].word,
            word("decision", each.decision) if each.decision else "",
        )
        for each in objections_to(session, finding)
    ]
    head = (_("Number"), _("Who objects"), _("To what"), _("Received"), _("State"), _("Decision"))
    return section(_("Objections"), head, rows)


def listings(session: Session, finding: Finding) -> Section:
    rows = [
        (item.notice.number or item.notice.reference, item.notice.platform.name, item.listing_id,
         word("item_kind", item.kind), status_of_item(item.status, item.notice.status).word, at(item.settled_at))
        for item in items_about(session, finding)
    ]  # fmt: skip
    head = (_("Notice"), _("Platform"), _("Listing"), _("Kind"), _("State"), _("Settled"))
    return section(_("Listings on notices"), head, rows)
