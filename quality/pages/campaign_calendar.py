"""The calendar of campaigns: which run in which weeks, and what they ask of laboratories and buyers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa
from babel.dates import format_date
from flask import url_for
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.campaigns.calendar import Load, Period, Weekly, beside, quarter_of, spread, summed, weeks_between
from quality.campaigns.design import parse_design
from quality.campaigns.models import Campaign, CampaignStatus
from quality.campaigns.queries import visible_to
from quality.clocks.days import day_of
from quality.competence.models import Capacity
from quality.competence.queries import capacities_of
from quality.core import clock
from quality.core.errors import FieldProblem
from quality.core.words import Text, _
from quality.lab.workload import loads
from quality.pages.moments import language_now
from quality.people.actor import Actor
from quality.people.models import Organisation
from quality.publication.search import visible
from quality.purchases.models import Task, TaskStatus
from quality.purchases.profiles import buyers_there
from quality.standards.names import item_key

MOST = 200  # campaigns of one period
YEARS = (2000, 2100)
TO_BUY = (TaskStatus.PLANNED, TaskStatus.ASSIGNED)
S = CampaignStatus
BEFORE_THE_FIELD = {S.DRAFT, S.IN_REVIEW, S.APPROVED, S.FROZEN, S.DRAWN}


class Typed(NamedTuple):
    """`year` and `quarter` as they stand in the form."""

    period: Period
    year: str
    quarter: str
    problems: list[FieldProblem]


class Row(NamedTuple):
    """A campaign: how many are still to be bought, and in which weeks; `weeks` are the Mondays that it runs in."""

    campaign: Campaign
    to_buy: int
    weekly: Weekly
    weeks: frozenset[date]


class House(NamedTuple):
    """Who has to do with it: a laboratory, or the buyers together (`laboratory` None). `item` slows a laboratory."""

    laboratory: Organisation | None
    per_week: int | None
    item: str
    now_there: int
    loads: dict[date, Load]

    @property
    def overloaded(self) -> list[date]:
        return [monday for monday, load in self.loads.items() if load.over]


class Shown(NamedTuple):
    period: Period
    today: date
    mondays: list[date]
    rows: list[Row]
    laboratories: list[House]
    buyers: House
    unassigned: Weekly  # samples of campaigns that name no laboratory
    has_more: bool

    @property
    def overloads(self) -> list[tuple[House, date, Load]]:
        houses = [*self.laboratories, self.buyers]
        return [(house, monday, house.loads[monday]) for house in houses for monday in house.overloaded]


def read_period(args: Mapping[str, str]) -> Typed:
    """Of the address; this quarter without one. A wrong one is named, and this quarter is shown."""
    year, quarter = (visible(args.get(name, ""))[:20] for name in ("year", "quarter"))
    now = quarter_of(day_of(clock.now()))
    problems = []
    if year and not (year.isascii() and year.isdigit() and YEARS[0] <= int(year) <= YEARS[1]):
        text = _("Enter a year from %(first)s to %(last)s", first=YEARS[0], last=YEARS[1])
        problems.append(FieldProblem("year", "bad_year", text))
    if quarter not in ("", "0", "1", "2", "3", "4"):
        problems.append(FieldProblem("quarter", "bad_quarter", _("Choose a quarter, or the whole year")))
    if problems:
        return Typed(now, year, quarter, problems)
    asked = Period(int(year or now.year), int(quarter) if quarter else now.quarter if not year else 0)
    return Typed(asked, str(asked.year), str(asked.quarter), [])


def calendar_of(session: Session, actor: Actor, period: Period) -> Shown:
    """Of all campaigns that the actor may see, cancelled ones left out. In some five statements, however many."""
    today = day_of(clock.now())
    asked = (
        visible_to(actor)
        .where(Campaign.starts_on <= period.last, Campaign.ends_on >= period.first, Campaign.status != S.CANCELLED)
        .options(joinedload(Campaign.agency), joinedload(Campaign.laboratory), selectinload(Campaign.items))
        .order_by(None)
        .order_by(Campaign.starts_on, Campaign.id)
    )
    found = session.scalars(asked.limit(MOST + 1)).all()
    campaigns = found[:MOST]
    open_tasks = tasks_to_buy(session, [each.id for each in campaigns if each.status == S.IN_FIELD])
    rows = [row_of(each, open_tasks.get(each.id, 0), today) for each in campaigns]
    mondays = weeks_between(period.first, period.last)
    return Shown(
        period=period,
        today=today,
        mondays=mondays,
        rows=rows,
        laboratories=laboratories_of(session, actor, rows, mondays),
        buyers=buyers_of(session, actor, rows, mondays),
        unassigned=summed(row.weekly for row in rows if row.campaign.laboratory is None),
        has_more=len(found) > MOST,
    )


def tasks_to_buy(session: Session, campaigns: Sequence[int]) -> dict[int, int]:
    """By campaign: the tasks that nothing is ordered for yet."""
    asked = (
        sa.select(Task.campaign_id, sa.func.count())
        .where(Task.campaign_id.in_(campaigns), Task.status.in_(TO_BUY))
        .group_by(Task.campaign_id)
    )
    return {key: many for key, many in session.execute(asked)} if campaigns else {}


def row_of(campaign: Campaign, open_tasks: int, today: date) -> Row:
    """Still to be bought: before the field all that the plan asks for, in it what is not ordered, later nothing."""
    design = parse_design(campaign.design)
    planned = design.n or sum(design.fixed.values())
    to_buy = planned if campaign.status in BEFORE_THE_FIELD else open_tasks
    weekly = spread(to_buy, campaign.starts_on, campaign.ends_on, today)
    return Row(campaign, to_buy, weekly, frozenset(weeks_between(campaign.starts_on, campaign.ends_on)))


def laboratories_of(session: Session, actor: Actor, rows: Sequence[Row], mondays: Sequence[date]) -> list[House]:
    """Each that a campaign names, by name."""
    houses = {row.campaign.laboratory.id: row.campaign.laboratory for row in rows if row.campaign.laboratory}
    stated, there = capacities_of(session, houses), loads(session, actor, houses)
    found = []
    for key, house in sorted(houses.items(), key=lambda each: (each[1].name, each[0])):
        mine = [row for row in rows if row.campaign.laboratory_id == key]
        slowest = slowest_of(stated.get(key, []), mine)
        per_week = slowest.per_week if slowest else None
        weekly = loads_of(summed(row.weekly for row in mine), per_week, mondays)
        found.append(House(house, per_week, slowest.item if slowest else "", there.get(key, 0), weekly))
    return found


def buyers_of(session: Session, actor: Actor, rows: Sequence[Row], mondays: Sequence[date]) -> House:
    """Of the own agency, all together: what those have said who did; nobody: None."""
    own = [row for row in rows if row.campaign.agency_id == actor.organisation_id]
    said = [each.per_week for each in buyers_there(session, actor.organisation_id) if each.per_week is not None]
    per_week = sum(said) if said else None
    return House(None, per_week, "", 0, loads_of(summed(row.weekly for row in own), per_week, mondays))


def slowest_of(stated: Sequence[Capacity], rows: Sequence[Row]) -> Capacity | None:
    """Of what a laboratory says of everything and of the items that these campaigns ask for: the smallest number."""
    keys = {"", *(item_key(item.item) for row in rows for item in row.campaign.items)}
    said = [each for each in stated if each.item_key in keys and each.per_week is not None]
    return min(said, key=lambda each: each.per_week or 0, default=None)


def loads_of(weekly: Weekly, per_week: int | None, mondays: Sequence[date]) -> dict[date, Load]:
    return {monday: Load(weekly[monday], per_week) for monday in mondays if monday in weekly}


def leads_to(session: Session, actor: Actor, period: Period) -> tuple[str, str]:
    """The addresses of the periods before and after, empty where nothing lies there that runs, nor today."""
    today = day_of(clock.now())
    seen = visible_to(actor).where(Campaign.status != S.CANCELLED).order_by(None).subquery()
    first, last = session.execute(sa.select(sa.func.min(seen.c.starts_on), sa.func.max(seen.c.ends_on))).one()
    around = beside(period, (min(today, first or today), max(today, last or today)))
    earlier, later = (address(each) if each and YEARS[0] <= each.year <= YEARS[1] else "" for each in around)
    return earlier, later


def name_of(house: House) -> Text:
    return house.laboratory.name if house.laboratory else _("The buyers")


def week_of(monday: date) -> str:
    """`11/23`, `23 Nov`: the head of a narrow column."""
    return format_date(monday, "M/d" if language_now() == "zh" else "d MMM", locale=language_now())


def address(period: Period) -> str:
    return url_for("planned.calendar", year=period.year, quarter=period.quarter)
