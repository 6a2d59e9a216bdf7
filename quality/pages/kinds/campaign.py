"""The dossier of a campaign: plan, frame, commitment and draw."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from sqlalchemy.orm import Session

from quality.campaigns import operations
from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignKind, CampaignStatus
from quality.campaigns.queries import ANNOUNCED, LeftOut, left_out, one_visible, visible_to
from quality.campaigns.sources import sources_of
from quality.campaigns.workflow import CAP_LIFE, LIFE, RETURN
from quality.core.words import _, ngettext
from quality.pages import exclusions, raising, risk
from quality.pages.approvals import approval, compared, in_words
from quality.pages.draws import order_in_words
from quality.pages.forms.campaigns import CAMPAIGN_SHEETS
from quality.pages.forms.raising import RAISING
from quality.pages.forms.schedule import SCHEDULE_RESULTS
from quality.pages.kinds.shape import Dossier, Fact, Kind, Made, plain
from quality.pages.moments import day, moment, yuan
from quality.pages.money import money_shown
from quality.pages.precision import by_size_of, precision_of
from quality.pages.quotas import Quotas, quotas
from quality.pages.readiness import Check, checks
from quality.pages.timeline import name_for
from quality.pages.words import STATUSES, word
from quality.people.actor import Actor
from quality.permissions import Can
from quality.publication.closing import CAMPAIGN_IS_FINISHED
from quality.publication.operations import close_campaign
from quality.publication.search import visible
from quality.purchases.operations import open_field
from quality.web import settings


def describe(session: Session, campaign: Campaign, me: Actor) -> Dossier:
    design = parse_design(campaign.design)
    facts = [
        Fact(_("Kind"), word("campaign_kind", campaign.kind)),
        Fact(_("Legal basis"), campaign.basis),
        Fact(_("Category"), campaign.category),
        Fact(_("Dates"), _("%(first)s to %(last)s", first=day(campaign.starts_on), last=day(campaign.ends_on))),
        Fact(_("Price cap"), yuan(campaign.price_cap_fen), beside=raising.in_words(campaign) or None),
        Fact(_("Budget"), yuan(campaign.budget_fen)),
        Fact(_("Planned laboratory"), campaign.laboratory.name if campaign.laboratory else "—"),
        Fact(_("Agency"), campaign.agency.name),
        Fact(_("Drafted by"), name_for(session, campaign.drafted_by_id, me)),
        *approval(session, campaign, me),
        Fact(_("Strata"), " × ".join(str(word("column", name)) for name in design.strata) or "—"),
        Fact(
            _("To buy"),
            _(
                "%(n)s, reserve %(reserve)s in each stratum",
                n=design.n or sum(design.fixed.values()),
                reserve=design.reserve,
            ),
        ),
        *said_of(campaign),
    ]
    if design.size:
        facts.append(Fact(_("Chances"), _("by size: %(column)s", column=word("column", design.size))))
    if design.numbers and (order := order_in_words(session, campaign)):
        facts.append(Fact(_("Overlap"), order))
    draw = [
        Fact(_("Frame"), campaign.frame_source or "—", beside=rows(campaign)),
        Fact(_("Hash of frame.csv"), campaign.frame_hash or "—", is_code=True),
        Fact(_("Hash of the design"), campaign.design_hash or "—", is_code=True),
        Fact(_("Commitment"), campaign.commitment or "—", is_code=True, beside=frozen(campaign)),
        Fact(_("Public number"), campaign.public_event or "—", beside=moment(campaign.public_event_at)),
        Fact(_("Drawn"), moment(campaign.drawn_at)),
    ]
    gone = left_out(session, campaign)
    asked = quotas(session, campaign) if me.stands_over(campaign) else None
    stands_over_it = me.stands_over(campaign) and me.can(Can.CAMPAIGN_READ)
    if stands_over_it:
        draw += of_categories(gone)
    is_targeted = campaign.kind is CampaignKind.RISK_TARGETED
    has_list = campaign.drawn_at is not None and stands_over_it
    can_be_drawn = asked is not None and not asked.problems
    return Dossier(
        heading=campaign.title,
        facts=facts,
        parts=campaign.cap_raises if stands_over_it else (),
        part_names=raising.names(campaign),
        more={
            "caps": raising.shown(session, campaign, me) if stands_over_it else None,
            "cap_statuses": STATUSES["cap_raise"],
            "draw": draw,
            "items": campaign.items,
            "sources": sources_of(session, campaign.items),
            "quotas": asked,
            "precision": precision_of(campaign, design, asked),
            "by_size": by_size_of(campaign, design, asked),
            "readiness": ready(session, campaign, asked, me),
            "exclusions": exclusions.lines(session, campaign) if stands_over_it else None,
            "exclusions_page": url_for("exclusions.page", number=campaign.number),
            "formula": word("allocation", design.method.value),
            "amend": url_for("plans.amending", number=campaign.number) if can_amend(campaign, me) else None,
            "compared": compared(session, campaign),
            "what_if": url_for("what_ifs.page", number=campaign.number) if stands_over_it else None,
            "assign": url_for("assigning.form", number=campaign.number) if can_assign(campaign, me) else None,
            "announcement": url_for("public.campaign", number=campaign.number)
            if campaign.status in ANNOUNCED
            else None,
            "announcement_words": url_for("announcing.text", number=campaign.number)
            if campaign.status == CampaignStatus.CLOSED
            else None,
            "draw_page": url_for("drawing.page", number=campaign.number) if stands_over_it else None,
            "left_out": gone if stands_over_it and gone.rows else None,
            "money": money_shown(session, campaign, asked) if stands_over_it else None,
            "allocation": url_for("planned.allocation", number=campaign.number) if can_be_drawn else None,
            "dispositions": url_for("fielding.dispositions", number=campaign.number) if has_list else None,
            "scores": url_for("scores.show", number=campaign.number) if stands_over_it and is_targeted else None,
            "drawn_list": url_for("desk.drawn_list", number=campaign.number) if has_list else None,
        },
    )


def ready(session: Session, campaign: Campaign, asked: Quotas | None, me: Actor) -> list[Check]:
    """What stands between a draft and its review; what was sampled lately comes last."""
    found = checks(session, campaign, asked, me)
    return [*found, *exclusions.readiness(session, campaign), *risk.readiness(session, campaign)] if found else []


def said_of(campaign: Campaign) -> Iterator[Fact]:
    if campaign.size_basis:
        yield Fact(_("Why this sample size"), campaign.size_basis)
    if campaign.follow_up:
        yield Fact(_("Follow-up"), in_words("follow_up", "yes"))


def of_categories(gone: LeftOut) -> Iterator[Fact]:
    if gone.renamed:
        said = "; ".join(f"{old} → {new}" for old, new in gone.renamed.items())
        yield Fact(_("Category, renamed"), visible(said))
    if gone.unnamed:
        yield Fact(_("Rows in categories that nobody names"), f"{gone.unnamed:,}")


def can_amend(campaign: Campaign, me: Actor) -> bool:
    return campaign.status == CampaignStatus.DRAFT and me.can(Can.CAMPAIGN_PLAN) and me.stands_over(campaign)


def can_assign(campaign: Campaign, me: Actor) -> bool:
    return campaign.status == CampaignStatus.IN_FIELD and me.can(Can.TASK_ASSIGN) and me.stands_over(campaign)


def rows(campaign: Campaign) -> str | None:
    many = campaign.frame_rows
    return None if many is None else str(ngettext("%(count)s listing", "%(count)s listings", many))


def frozen(campaign: Campaign) -> str | None:
    return None if campaign.frozen_at is None else str(_("frozen %(moment)s", moment=moment(campaign.frozen_at)))


CAMPAIGN = Kind(
    name="campaign",
    title=_("Campaigns"),
    read=Can.CAMPAIGN_READ,
    life=LIFE,
    model=Campaign,
    visible_to=visible_to,
    one_visible=one_visible,
    number=lambda campaign: campaign.number,
    heading=lambda campaign: campaign.title,
    beside=lambda campaign: campaign.category,
    describe=describe,
    numbers=(Campaign.number,),
    titled=Campaign.title,
    begins=lambda me: (_("Plan a campaign"), url_for("plans.new")) if me.can(Can.CAMPAIGN_PLAN) else None,
    sheets=CAMPAIGN_SHEETS | {"raise_cap": RAISING, "schedule_results": SCHEDULE_RESULTS},
    part_life=CAP_LIFE,
    parts=lambda campaign: campaign.cap_raises,
    part_makes=raising.CAP_MAKES,
    makes={
        "submit": Made(
            lambda session, campaign, by, version, note: operations.submit(
                session, campaign, by=by, frames=settings().frames_folder, version=version, note=note
            ),
            _("Note for the reviewer"),
        ),
        "return": plain(RETURN, _("What is to be changed")),
        "approve": Made(
            lambda session, campaign, by, version, note: operations.approve(
                session, campaign, by=by, frames=settings().frames_folder, version=version, note=note
            )
        ),
        "reopen": Made(
            lambda session, campaign, by, version, note: operations.reopen(
                session, campaign, by=by, version=version, why=note
            ),
            _("What is to be changed, and why the approval is taken back"),
            must=True,
        ),
        "close": Made(
            lambda session, campaign, by, version, _note: close_campaign(session, campaign, by=by, version=version),
            also=CAMPAIGN_IS_FINISHED,
        ),
        "start": Made(
            lambda session, campaign, by, version, _note: open_field(session, campaign, by=by, version=version)
        ),
        "cancel": Made(
            lambda session, campaign, by, version, note: operations.cancel(
                session, campaign, by=by, version=version, note=note
            ),
            _("Why it is cancelled"),
        ),
    },
)
