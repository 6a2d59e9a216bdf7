"""How each item of a report stands to its laboratory's certificates, and what was said of those outside of them.

Until it is authorised a report is held against the certificates of today; then the answer is kept with it for good.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.competence.matching import NOT_OUTSIDE, Asked, Code, Standing
from quality.competence.queries import competence_of
from quality.core import clock
from quality.lab.models import OutsideItem, OutsideStatus, Report, ReportStatus, TestResult


class Flag(NamedTuple):
    """One item of a report. `is_open`: nobody may authorise it as it is."""

    result: TestResult
    standing: Standing
    outside: OutsideItem | None

    @property
    def is_open(self) -> bool:
        is_agreed = self.outside is not None and self.outside.status == OutsideStatus.AGREED
        return not (self.standing.code in NOT_OUTSIDE or is_agreed)

    @property
    def may_be_marked(self) -> bool:
        is_new = self.outside is None or self.outside.status == OutsideStatus.DECLINED
        return self.is_open and is_new


def flags_of(session: Session, report: Report) -> list[Flag]:
    """Of every item; none of a report that was authorised before anybody asked."""
    said = {each.result_id: each for each in report.outside}
    found = kept_standings(report.competence) if report.competence else []
    if report.status == ReportStatus.ENTERED:
        found = standings_now(session, report)
    by_item = {each.item: each for each in found}
    return [
        Flag(result, by_item[result.item], said.get(result.id)) for result in report.results if result.item in by_item
    ]


def standings_now(session: Session, report: Report) -> list[Standing]:
    category = report.sample.campaign.category
    asked = [Asked(each.item, each.method, category) for each in report.results]
    there = competence_of(session, report.agency_id, [report.laboratory_id], asked, days_of(report))
    return there[report.laboratory_id]


def days_of(report: Report) -> list[date]:
    """A certificate must count on the day of testing and on the day of signing."""
    today = day_of(clock.now())
    return list(dict.fromkeys([report.tested_on or today, today]))


def kept(standings: Sequence[Standing]) -> dict[str, Any]:
    """As it stays with the report."""
    return {"items": [{"item": each.item, "code": each.code, "facts": each.facts} for each in standings]}


def kept_standings(told: dict[str, Any]) -> list[Standing]:
    return [Standing(each["item"], Code(each["code"]), each["facts"]) for each in told["items"]]
