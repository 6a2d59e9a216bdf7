"""How the items of a report, or of a test order, stand to the laboratory's certificates: as pages draw it."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from quality.clocks.days import day_of
from quality.competence.matching import Asked, Code, Standing
from quality.competence.queries import competence_of
from quality.core import clock
from quality.core.words import Text, _
from quality.lab.accreditation import Flag, flags_of
from quality.lab.models import OutsideItem, Report
from quality.lab.queries import items_to_test
from quality.pages.words import STATUSES, Status, Tone
from quality.purchases.models import Portion


class Row(NamedTuple):
    """One item: its tone and word, why, and what was said where it is outside."""

    item: str
    tone: Tone
    word: Text
    why: Text
    outside: OutsideItem | None = None
    status: Status | None = None


class Accredited(NamedTuple):
    """All of them. `rows` are those that are not in scope; where there is none, every item is."""

    rows: list[Row]
    many: int
    is_unrecorded: bool  # nothing is known of the laboratory: said once, and not of each item


NO_FLAGS = Accredited([], 0, is_unrecorded=False)


def of_report(session: Session, report: Report) -> Accredited:
    flags = flags_of(session, report)
    rows = [row_of(each.standing, each) for each in flags if not each.standing.is_covered]
    return Accredited(rows, len(flags), is_unrecorded([each.standing for each in flags]))


def of_portion(session: Session, portion: Portion, form: Any, tested_on: date | None) -> Accredited:
    """What is to be tested, by the methods and on the day that stand in the form of its results."""
    items, category = items_to_test(session, portion), portion.sample.campaign.category
    if portion.laboratory_id is None or not items:
        return Accredited([], 0, is_unrecorded=False)
    typed = [form[f"method_{row}"].data or each.method for row, each in enumerate(items, 1)]
    asked = [Asked(each.item, method, category) for each, method in zip(items, typed, strict=True)]
    today = day_of(clock.now())
    days = list(dict.fromkeys([tested_on or today, today]))
    found = competence_of(session, portion.agency_id, [portion.laboratory_id], asked, days)[portion.laboratory_id]
    return Accredited([row_of(each) for each in found if not each.is_covered], len(found), is_unrecorded(found))


def is_unrecorded(found: list[Standing]) -> bool:
    return bool(found) and all(each.code is Code.NOT_RECORDED for each in found)


def row_of(standing: Standing, flag: Flag | None = None) -> Row:
    outside = flag.outside if flag else None
    status = STATUSES["outside_item"][outside.status] if outside else None
    tone, said = (Tone.WARN, _("not recorded")) if standing.code is Code.NOT_RECORDED else (Tone.BAD, _("outside"))
    if status and outside and outside.status == "agreed":
        tone, said = Tone.WARN, _("outside, agreed")
    return Row(standing.item, tone, said, standing.text, outside, status)
