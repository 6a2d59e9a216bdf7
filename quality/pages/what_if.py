"""What a plan comes to with other numbers: for the planner's page and for programs. Nothing is recorded by asking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy.orm import Session

from quality.campaigns.allocation import Method
from quality.campaigns.design import Design, parse_design
from quality.campaigns.frame.profile import prices_within
from quality.campaigns.items import has_fees
from quality.campaigns.models import Campaign, CampaignKind
from quality.campaigns.precision import sizes_around
from quality.campaigns.sampling import sizes_of, spread_of
from quality.campaigns.what_if import Assumed, Expected, Market, Outcome, weeks, what_if
from quality.competence.queries import capacities_of, one_laboratory
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import _
from quality.figures.unequal import expected
from quality.lab.workload import loads
from quality.pages.money import mean_fees
from quality.pages.quotas import frame_of
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.purchases.profiles import buyers_there
from quality.standards.names import item_key
from quality.targeting.history import Earlier, earlier

USUAL = Decimal("0.1")  # the rate that is assumed where nobody has said one: what market surveillance finds
A_WEEK = timedelta(days=7)


class Rates(StrEnum):
    """Which rate each stratum is expected to have."""

    ONE = "one"  # the same everywhere
    HISTORY = "history"  # as earlier samples found it, the one where they found nothing


class Question(NamedTuple):
    """What is moved. Rates and the half-width from 0 to 1; `laboratory` is a code, "" none.

    `lab_fee_fen` of one sample: None, what the plan's test items cost.
    """

    n: int | None
    method: Method
    rate: Decimal
    half_width: Decimal | None
    budget_fen: int | None
    price_cap_fen: int | None
    lab_fee_fen: int | None
    buyers_per_week: int | None
    laboratory: str
    lab_per_week: int | None
    rates: Rates = Rates.ONE


class Load(NamedTuple):
    """Weeks that somebody needs who does `per_week`, with what is `waiting` there already. `item` is the slowest."""

    per_week: int
    waiting: int
    weeks: int
    item: str = ""
    days: int | None = None  # from the receipt of a sample to its report


class Answer(NamedTuple):
    design: Design  # as it was asked
    earlier: Mapping[str, Earlier]  # what the rates of strata rest on; empty: one is assumed everywhere
    outcome: Outcome
    laboratory: Load | None
    buyers: Load | None
    weeks: int  # that the campaign has, begun ones counted
    is_estimate: bool  # a probability sample
    asks_history: bool
    has_new_deviations: bool  # S that came of what earlier samples found
    has_fee: bool  # of the laboratory; else only purchases are counted


def as_planned(campaign: Campaign) -> Question:
    """The plan's own numbers."""
    design = parse_design(campaign.design)
    return Question(
        n=planned_n(design),
        method=design.method,
        rate=USUAL,
        half_width=None,
        budget_fen=campaign.budget_fen,
        price_cap_fen=campaign.price_cap_fen,
        lab_fee_fen=None,
        buyers_per_week=None,
        laboratory=campaign.laboratory.code if campaign.laboratory else "",
        lab_per_week=None,
    )


def planned_n(design: Design) -> int:
    return design.n or sum(design.fixed.values())


def asked_design(campaign: Campaign, asked: Question) -> Design:
    """The plan's design with the method and the n that are asked; numbers given by stratum stay as they are."""
    design = parse_design(campaign.design)
    if asked.method is Method.FIXED:
        return design
    return replace(design, method=asked.method, n=asked.n)


def written(design: Design) -> Design:
    """As a plan keeps it: with what its method reads, and no more."""
    is_neyman = design.method is Method.NEYMAN
    return replace(
        design,
        deviations=design.deviations if is_neyman else {},
        costs=design.costs if is_neyman else {},
        fixed=design.fixed if design.method is Method.FIXED else {},
    )


def market_of(campaign: Campaign, design: Design, cap_fen: int | None) -> Market:
    """`Refused` before there is a frame, `Invalid` where it is not there or lacks what the strata need."""
    if campaign.frame_sha256 is None:
        raise Refused("no_frame", _("Import the sampling frame first"))
    frame = frame_of(campaign)
    sizes = sizes_of(frame, design.strata, design.bands)
    return Market(sizes, prices_within(frame, design.strata, design.bands, cap_fen, campaign.pieces))


def answer(session: Session, campaign: Campaign, asked: Question, me: Actor) -> Answer:
    """`Invalid` names `allocation.…` or a field of the question."""
    design = asked_design(campaign, asked)
    market = market_of(campaign, design, asked.price_cap_fen)
    is_estimate = campaign.kind == CampaignKind.PROBABILITY
    before = rates_to_expect(session, campaign, design) if asked.rates is Rates.HISTORY else {}
    assumed = Assumed(
        rate=asked.rate,
        known={stratum: each.rate for stratum, each in before.items()},
        is_estimate=is_estimate and not design.size,  # of a draw by size the interval is another, and only the whole's
        budget_fen=asked.budget_fen,
        cap_fen=asked.price_cap_fen,
        fees=fees_of(campaign, asked.lab_fee_fen, market.sizes),
        wished=asked.half_width,
    )
    found = what_if(design, market, assumed, planned=own_n(campaign))
    if is_estimate and design.size:
        found = found._replace(total=by_size(campaign, design, asked.rate, found.total))
    n = found.total.n
    return Answer(
        design=found.design,
        earlier=before,
        outcome=found,
        laboratory=load_of(session, campaign, asked, n, me),
        buyers=buyers_load(session, campaign, asked.buyers_per_week, n),
        weeks=weeks((campaign.ends_on - campaign.starts_on).days + 1, A_WEEK.days),
        is_estimate=is_estimate,
        has_new_deviations=found.design.deviations != design.deviations,
        asks_history=asked.rates is Rates.HISTORY,
        has_fee=bool(assumed.fees),
    )


def by_size(campaign: Campaign, design: Design, rate: Decimal, total: Expected) -> Expected:
    """With the interval to expect of a draw by size; none where a stratum is left out."""
    spread = spread_of(frame_of(campaign), design.canonical_json())
    if spread is None:
        return total
    _effective, (low, high) = expected(total.size, spread, rate)
    return total._replace(half_width=(high - low) / 2)


def fees_of(campaign: Campaign, typed: int | None, sizes: Mapping[str, int]) -> Mapping[str, Decimal]:
    """By stratum, as the plan's test items cost there; or what was typed, everywhere. Empty: nobody has said."""
    if typed is not None:
        return dict.fromkeys(sizes, Decimal(typed))
    return mean_fees(campaign) if has_fees(campaign.items) else {}


def rates_to_expect(session: Session, campaign: Campaign, design: Design) -> Mapping[str, Earlier]:
    return earlier(session, campaign.agency_id, campaign.category, design, but=campaign)


def own_n(campaign: Campaign) -> int:
    return planned_n(parse_design(campaign.design))


def slider(campaign: Campaign, most: int) -> tuple[int, int]:
    """From half to twice the plan's own n, as the curve."""
    tried = list(sizes_around(max(1, own_n(campaign)), most))
    return tried[0], tried[-1]


def load_of(session: Session, campaign: Campaign, asked: Question, n: int, me: Actor) -> Load | None:
    """None where no capacity is known."""
    house = laboratory_of(session, asked.laboratory, me)
    waiting = loads(session, me, [house.id]).get(house.id, 0) if house else 0
    stated = capacities_of(session, [house.id]).get(house.id, []) if house else []
    keys = {"", *(item_key(item.item) for item in campaign.items)}
    asked_of_it = [each for each in stated if each.item_key in keys]
    per_week, item = asked.lab_per_week, ""
    if per_week is None:
        slowest = min(
            (each for each in asked_of_it if each.per_week), key=lambda each: each.per_week or 0, default=None
        )
        per_week, item = (slowest.per_week, slowest.item) if slowest else (None, "")
    if not per_week:
        return None
    days = max((each.days for each in asked_of_it if each.days), default=None)
    return Load(per_week, waiting, weeks(waiting + n, per_week), item, days)


def buyers_load(session: Session, campaign: Campaign, per_week: int | None, n: int) -> Load | None:
    """What the buyers' profiles say, where nothing is typed; with the tasks that they have and have not ordered yet."""
    there = buyers_there(session, campaign.agency_id)
    per_week = per_week or sum(each.per_week or 0 for each in there)
    waiting = sum(each.to_order for each in there)
    return Load(per_week, waiting, weeks(waiting + n, per_week)) if per_week else None


def laboratory_of(session: Session, code: str, me: Actor) -> Organisation | None:
    if not code:
        return None
    try:
        return one_laboratory(session, me, code)
    except NotFound:
        raise Invalid(FieldProblem("laboratory", "unknown", _("There is no laboratory %(code)s", code=code))) from None
