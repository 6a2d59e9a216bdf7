"""The laboratory's workbook as we give it out: prefilled with what is to be tested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.campaigns.models import Campaign, CampaignItem
from quality.campaigns.sources import sources_of
from quality.clocks.models import Clock
from quality.core.words import _
from quality.lab.cells import unit_of
from quality.lab.models import Report, ReportStatus, TestOrder
from quality.lab.queries import portions_visible_to
from quality.lab.stages import TIME_TO_REPORT, Stage, in_stage
from quality.lab.workbook.columns import LIMIT, MOST_GIVEN_OUT, RESULTS
from quality.people.actor import Actor
from quality.purchases.blind import as_written
from quality.purchases.items import items_for
from quality.purchases.models import Portion, PortionKind, Sample, Task
from quality.workbooks.writing import AS_TEXT, write

WIDTHS = {
    "supersedes": 18,
    "change_reason": 18,
    "tested_on": 18,
    "blind_no": 16,
    "report_no": 18,
    "item": 28,
    "value": 16,
    "method": 24,
    "analyst": 24,
}
NOTES = (
    _("One test item a row. Rows of one blind number and one report number make one report."),
    _("Write values as they were measured: 2.55, <0.01, 未检出, 5.8×10³, 符合. Several results go into one cell."),
    _("Leave the last day of testing empty where that is the day on which you hand it in."),
    AS_TEXT,
    _("Leave rows empty that are not to be handed in yet. Columns of your own are kept, and not read."),
)


def open_rows(session: Session, actor: Actor, blind_no: str = "") -> list[dict[str, str]]:
    """A row for each ordered item of each portion whose results are awaited, the first due first; or of one of them."""
    asked = (
        portions_visible_to(actor)
        .where(in_stage(Stage.TEST))
        .outerjoin(Clock, TIME_TO_REPORT)
        .order_by(None)
        .order_by(Clock.due_at.nulls_last(), Portion.id)
        .options(
            joinedload(Portion.sample)
            .joinedload(Sample.task)
            .options(joinedload(Task.drawn), joinedload(Task.campaign).selectinload(Campaign.items))
        )
        .limit(MOST_GIVEN_OUT)
    )
    if blind_no:
        asked = asked.where(Portion.blind_no == as_written(blind_no))
    portions = list(session.scalars(asked).unique())
    orders = sa.select(TestOrder).where(TestOrder.portion_id.in_([portion.id for portion in portions]))
    ordered: dict[int, list[CampaignItem]] = {}
    for order in session.scalars(orders.options(selectinload(TestOrder.item)).order_by(TestOrder.campaign_item_id)):
        ordered.setdefault(order.portion_id, []).append(order.item)
    in_force = sa.select(Report.portion_id, Report.report_no).where(
        Report.portion_id.in_([portion.id for portion in portions]), Report.status == ReportStatus.AUTHORISED
    )
    replaced = {portion: number for portion, number in session.execute(in_force)}
    analyst = actor.person.email if actor.person and not actor.person.is_program else ""
    to_test = {
        portion: ordered.get(portion.id) or (items_for(portion.sample) if portion.kind == PortionKind.TEST else [])
        for portion in portions
    }
    of_the_library = sources_of(session, (item for items in to_test.values() for item in items))
    rows = []
    for portion, items in to_test.items():
        lineage = {"supersedes": replaced.get(portion.id, "")}
        for item in items:
            source = of_the_library.get(item.standard_limit_id or 0)
            bounds = {"lod": source.item.lod, "loq": source.item.loq} if source else {}
            rows.append(row_of(portion, item, analyst) | bounds | lineage)
    return rows[:MOST_GIVEN_OUT]


def row_of(portion: Portion, item: CampaignItem, analyst: str) -> dict[str, str]:
    return {
        "blind_no": portion.blind_no,
        "item": item.item,
        "unit": unit_of(item.limit),
        "method": item.method,
        "analyst": analyst,
        LIMIT: item.limit,
    }


def write_prefilled(rows: Sequence[dict[str, str]], out: Path) -> None:
    write(RESULTS, rows, out, notes=NOTES, widths=WIDTHS)
