"""Planning across campaigns: their calendar with its loads, and the allocation of one as a workbook."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date

from flask import send_file
from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.campaigns import CAMPAIGNS, campaigns
from quality.api.door import Door, takes, told
from quality.api.reading import asked
from quality.api.shapes import Asked, Told
from quality.campaigns.calendar import Period, Weekly, quarter_of
from quality.clocks.days import day_of
from quality.core import clock
from quality.core.db import db
from quality.core.errors import NotFound
from quality.pages.allocation_book import allocation_book
from quality.pages.book import XLSX
from quality.pages.campaign_calendar import YEARS, House, Row, calendar_of
from quality.people.access import acting, me, needs
from quality.permissions import Can

DOORS: list[Door] = []  # its addresses are among those of campaigns


class WhichPeriod(Asked):
    year: int | None = Field(None, ge=YEARS[0], le=YEARS[1], description="Left out: this year")
    quarter: int | None = Field(
        None, ge=0, le=4, description="0: the whole year. Left out: this quarter, or with `year` the whole year"
    )


class WeekTold(Told):
    monday: date
    planned: int = Field(description="Purchases still to be made, spread evenly over the days that a campaign has left")
    over: int = Field(description="By how many more are planned than can be done; 0 where no capacity is stated")


class RunningTold(Told):
    number: str
    title: str
    agency: str = Field(description="Its code")
    status: str
    starts_on: date
    ends_on: date
    laboratory: str | None = Field(description="The code of the one that is planned to test")
    to_buy: int = Field(description="Before the field what the plan asks for, then what is not ordered yet")
    weeks: list[WeekTold]


class HouseTold(Told):
    laboratory: str | None = Field(description="Its code; null: the buyers, or no laboratory is named")
    per_week: int | None = Field(description="What it says that it can take; null: nobody has said")
    item: str = Field(description="The test item that this is said of; empty: whatever is tested")
    there_now: int = Field(description="Portions on their way to it or in it")
    weeks: list[WeekTold]


class CalendarTold(Told):
    first: date
    last: date
    campaigns: list[RunningTold]
    laboratories: list[HouseTold]
    buyers: HouseTold
    without_laboratory: list[WeekTold]
    has_more: bool = Field(description="There are more campaigns in the period than are told")


@campaigns.get(
    "/campaigns/calendar",
    summary="Which campaigns run in which weeks, and what they ask of laboratories and buyers",
    responses={200: CalendarTold},
)
@needs(Can.CAMPAIGN_READ)
@takes(query=WhichPeriod)
def calendar() -> ResponseReturnValue:
    wanted, now = asked(WhichPeriod), quarter_of(day_of(clock.now()))
    quarter = wanted.quarter if wanted.quarter is not None else now.quarter if wanted.year is None else 0
    shown = calendar_of(db.session(), me, Period(wanted.year or now.year, quarter))
    return told(
        CalendarTold(
            first=shown.period.first,
            last=shown.period.last,
            campaigns=[running(row) for row in shown.rows],
            laboratories=[house_told(house) for house in shown.laboratories],
            buyers=house_told(shown.buyers),
            without_laboratory=weeks_told(shown.unassigned),
            has_more=shown.has_more,
        )
    )


def running(row: Row) -> RunningTold:
    of = row.campaign
    return RunningTold(
        number=of.number,
        title=of.title,
        agency=of.agency.code,
        status=of.status,
        starts_on=of.starts_on,
        ends_on=of.ends_on,
        laboratory=of.laboratory.code if of.laboratory else None,
        to_buy=row.to_buy,
        weeks=weeks_told(row.weekly),
    )


def house_told(house: House) -> HouseTold:
    return HouseTold(
        laboratory=house.laboratory.code if house.laboratory else None,
        per_week=house.per_week,
        item=house.item,
        there_now=house.now_there,
        weeks=[WeekTold(monday=at, planned=load.planned, over=load.over) for at, load in house.loads.items()],
    )


def weeks_told(weekly: Weekly | Mapping[date, int]) -> list[WeekTold]:
    return [WeekTold(monday=monday, planned=n, over=0) for monday, n in sorted(weekly.items())]


@campaigns.get(
    "/campaigns/<number>/allocation.xlsx",
    summary="What is bought in each stratum, as a workbook; your own agency's",
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
@acting
def allocation(number: str) -> ResponseReturnValue:
    campaign = CAMPAIGNS.found(number)
    if not me.stands_over(campaign):
        raise NotFound(number)
    content = io.BytesIO(allocation_book(db.session(), campaign))
    return send_file(content, XLSX, as_attachment=True, download_name=f"{campaign.number}-allocation.xlsx")
