"""What still stands between a draft of a campaign and its review: each with the place where it is mended."""

from __future__ import annotations

from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns.design import parse_design
from quality.campaigns.frame.profile import prices_within
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.sources import sources_of
from quality.campaigns.strata import in_order, stratum_called
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.errors import Invalid
from quality.core.words import Text, _, ngettext
from quality.figures.stratified import FEWEST
from quality.pages.moments import day, yuan
from quality.pages.money import planned_costs, planned_in_all
from quality.pages.quotas import Quotas, frame_of
from quality.pages.words import Tone
from quality.people.actor import Actor
from quality.people.queries import others_who_may
from quality.permissions import Can

LONGEST = 60  # characters of a reason
NAMED = 5  # strata, where many are meant


class Check(NamedTuple):
    tone: Tone
    says: Text
    beside: Text
    address: str | None = None  # where it is mended; `beside` is the link's text


def checks(session: Session, campaign: Campaign, quotas: Quotas | None, me: Actor) -> list[Check]:
    """For whoever may change the draft; nothing later."""
    if campaign.status != CampaignStatus.DRAFT or not me.can(Can.CAMPAIGN_PLAN) or not me.stands_over(campaign):
        return []
    plan = url_for("plans.amending", number=campaign.number)
    return [
        of_items(campaign, plan),
        *of_standards(session, campaign, plan),
        of_frame(campaign),
        *of_quotas(quotas, plan),
        of_dates(campaign, plan),
        of_cap(campaign, plan),
        *of_listed_prices(campaign, plan),
        of_budget(campaign, quotas, plan),
        of_size(campaign, plan),
        of_reviewer(session, me),
    ]


def of_items(campaign: Campaign, plan: str) -> Check:
    if not campaign.items:
        return Check(Tone.BAD, _("No test item"), _("Name at least one test item with its limit"), plan + "#h-items")
    return Check(Tone.OK, _("Test items"), _("%(count)s with their limits", count=len(campaign.items)))


def of_standards(session: Session, campaign: Campaign, plan: str) -> list[Check]:
    """Whether what was taken from the library still stands there, and is in force when the campaign begins."""
    taken = sources_of(session, campaign.items).values()
    if not taken:
        return []
    begins = campaign.starts_on
    out = {
        x.standard.number
        for x in taken
        if not (x.edition.valid_from or begins) <= begins <= (x.edition.valid_until or begins)
    }
    if out:
        text = _("Not in force on the first day: %(numbers)s", numbers="、".join(sorted(out)))
        return [Check(Tone.WARN, _("Standards"), text, plan + "#h-items")]
    if old := sum(not source.is_newest for source in taken):
        text = ngettext(
            "%(count)s item rests on a version of the library that was changed since",
            "%(count)s items rest on a version of the library that was changed since",
            old,
        )
        return [Check(Tone.WARN, _("Standards"), text, plan + "#h-items")]
    as_kept = ngettext(
        "%(count)s item as the library has it", "%(count)s items as the library has them", len(taken)
    )  # fmt: skip
    return [Check(Tone.OK, _("Standards"), as_kept)]


def of_frame(campaign: Campaign) -> Check:
    if campaign.frame_sha256 is None:
        upload = url_for("desk.sheet", kind="campaign", number=campaign.number, name="frame")
        return Check(Tone.BAD, _("No sampling frame"), _("Import the sampling frame first"), upload)
    return Check(
        Tone.OK, _("Sampling frame"), ngettext("%(count)s listing", "%(count)s listings", campaign.frame_rows or 0)
    )


def of_quotas(quotas: Quotas | None, plan: str) -> list[Check]:
    if quotas is None:
        return []
    if quotas.problems:
        return [Check(Tone.BAD, _("Cannot be drawn"), text, plan) for text in quotas.problems]
    assert quotas.total is not None, "a plan that can be drawn has its numbers"
    alone = [row.stratum for row in quotas.rows if row.n < min(FEWEST, row.size)]
    drawn = Check(Tone.OK, _("The plan fits the frame"), _("%(n)s to buy, %(reserve)s in reserve",
                  n=quotas.total.n, reserve=quotas.total.reserve))  # fmt: skip
    found = [drawn, *of_minimum(quotas, plan)]
    if alone:
        few = ngettext(
            "%(count)s stratum has fewer than two to buy: no interval can be given",
            "%(count)s strata have fewer than two to buy: no interval can be given",
            len(alone),
        )
        found.append(Check(Tone.WARN, _("Too few in a stratum"), few, plan))
    return found


def of_minimum(quotas: Quotas, plan: str) -> list[Check]:
    """Small strata, which the plan's minimum takes whole."""
    sizes, design = quotas.below_minimum, quotas.design
    small = [f"{stratum_called(name, design)} ({sizes[name]})" for name in in_order(sizes, design)]
    if not small:
        return []
    text = _("Bought whole: %(names)s", names="、".join(small[:NAMED]) + ("…" if small[NAMED:] else ""))
    return [Check(Tone.WARN, _("Fewer listings than the minimum of %(low)s", low=quotas.minimum), text, plan)]


def of_dates(campaign: Campaign, plan: str) -> Check:
    if campaign.starts_on < day_of(clock.now()):
        begun = _("It was to begin on %(day)s", day=day(campaign.starts_on))
        return Check(Tone.WARN, _("The first day is past"), begun, plan)
    dates = _("%(first)s to %(last)s", first=day(campaign.starts_on), last=day(campaign.ends_on))
    return Check(Tone.OK, _("Dates"), dates)


def of_cap(campaign: Campaign, plan: str) -> Check:
    if campaign.price_cap_fen is None:
        return Check(Tone.WARN, _("No price cap"), _("Say what one purchase may cost at most"), plan)
    return Check(Tone.OK, _("Price cap"), yuan(campaign.price_cap_fen))


def of_listed_prices(campaign: Campaign, plan: str) -> list[Check]:
    """Listings that could be drawn and not be bought."""
    if campaign.price_cap_fen is None or campaign.frame_sha256 is None:
        return []
    design = parse_design(campaign.design)
    try:
        found = prices_within(frame_of(campaign), design.strata, design.bands, campaign.price_cap_fen, campaign.pieces)
    except Invalid:  # the frame is not there or lacks a stratum's column: that is said of the quotas
        return []
    over = sum(of.over for of in found.values())
    if not over:
        return []
    text = _(
        "%(over)s of %(all)s listings with a price; drawn, they end as unobtainable. Raise the cap, or leave them out",
        over=f"{over:,}",
        all=f"{sum(of.priced for of in found.values()):,}",
    )
    return [Check(Tone.WARN, _("Listings over the price cap"), text, plan + "#price_cap_fen")]


def of_budget(campaign: Campaign, quotas: Quotas | None, plan: str) -> Check:
    if campaign.budget_fen is None:
        return Check(Tone.WARN, _("No budget"), _("Say what all purchases and tests may cost"), plan + "#budget_fen")
    costs = planned_costs(campaign, quotas)
    needed = planned_in_all(costs).total if costs else None
    if needed is None:
        return Check(Tone.OK, _("Budget"), yuan(campaign.budget_fen))
    left = campaign.budget_fen - needed
    if left < 0:
        lacks = _("The budget lacks %(amount)s", amount=yuan(-left))
        return Check(Tone.WARN, lacks, _("Buy fewer, or ask for more"), plan)
    suffices = _("The budget suffices, %(amount)s are left", amount=yuan(left))
    if without := sum(item.lab_fee_fen is None for item in campaign.items):
        no_fee = ngettext(
            "%(count)s test item has no laboratory fee: nothing is counted for it",
            "%(count)s test items have no laboratory fee: nothing is counted for them",
            without,
        )
        return Check(Tone.WARN, suffices, no_fee, plan + "#h-items")
    return Check(Tone.OK, suffices, _("of %(budget)s", budget=yuan(campaign.budget_fen)))


def of_size(campaign: Campaign, plan: str) -> Check:
    if not campaign.size_basis:
        text = _("Say why so many: the reviewer asks")
        return Check(Tone.WARN, _("No reason for the sample size"), text, plan + "#size_basis")
    said = campaign.size_basis
    return Check(Tone.OK, _("Why this sample size"), said[:LONGEST] + ("…" if said[LONGEST:] else ""))


def of_reviewer(session: Session, me: Actor) -> Check:
    if not others_who_may(session, me, Can.CAMPAIGN_APPROVE):
        nobody = _("Ask your administrator to give somebody else the reviewer's role")
        return Check(Tone.BAD, _("Nobody can approve it"), nobody)
    return Check(Tone.OK, _("Reviewer"), _("Somebody else can approve it"))
