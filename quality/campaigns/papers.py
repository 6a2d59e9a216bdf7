"""The implementing rules of a campaign (实施细则): what is tested, how, against what, and how it is judged."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignItem, CampaignStatus
from quality.campaigns.sources import sources_of
from quality.clocks.days import day_of
from quality.clocks.rules import rule_on
from quality.core import clock
from quality.core.errors import Refused
from quality.core.words import _
from quality.documents.models import Document, DocumentKind, Language
from quality.documents.operations import ask
from quality.people.actor import Actor
from quality.standards.judgement import Rule
from quality.standards.queries import Source

NOT_APPROVED = {CampaignStatus.DRAFT, CampaignStatus.IN_REVIEW, CampaignStatus.CANCELLED}


def ask_for_rules(session: Session, campaign: Campaign, language: Language, *, by: Actor) -> Document:
    """Once the plan is approved: until then nothing of it is sure."""
    if campaign.status in NOT_APPROVED:
        raise Refused("not_approved", _("The implementing rules are written once the plan is approved"))
    return ask(
        session, campaign, DocumentKind.IMPLEMENTING_RULES, rules_of(session, campaign),
        number=campaign.number, agency_id=campaign.agency_id, by=by, languages=(language,),
    )  # fmt: skip


def rules_of(session: Session, campaign: Campaign) -> dict[str, Any]:
    """From the plan as it was approved. What came from the library stands as that version of it says."""
    design, sources = parse_design(campaign.design), sources_of(session, campaign.items)
    objection = rule_on("objection", day_of(clock.now()))
    editions = {(source.standard.number, source.edition.edition): source for source in sources.values()}
    return {
        "title": campaign.title,
        "kind": campaign.kind,
        "basis": campaign.basis,
        "category": campaign.category,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
        "to_buy": design.n or sum(design.fixed.values()),
        "reserve": design.reserve,
        "rules": [rule.value for rule in Rule if any(item.rule == rule for item in campaign.items)],
        "objection": {"length": objection.length, "unit": objection.unit},
        "pieces": campaign.pieces,
        "items": [line_of(item, sources.get(item.standard_limit_id or 0)) for item in campaign.items],
        "standards": [
            {
                "number": source.standard.number,
                "title": source.edition.title,
                "published": source.edition.published,
                "version": str(source.edition.edition),
            }
            for _key, source in sorted(editions.items())
        ],
    }


def line_of(item: CampaignItem, source: Source | None) -> dict[str, Any]:
    said = {name: getattr(item, name) for name in ("item", "product", "method", "limit", "clause", "rule")}
    return said | {
        "lod": source.item.lod if source else "",
        "loq": source.item.loq if source else "",
        "severity": source.item.severity.value if source else "",
        "rule_reason": source.item.rule_reason if source else "",
    }
