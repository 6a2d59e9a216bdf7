"""The laboratory's workbook as we give it out: prefilled with what is to be tested, or its own with what is wrong."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.campaigns.frame import texts
from quality.campaigns.models import Campaign, CampaignItem
from quality.clocks.models import Clock
from quality.core import unpacking
from quality.core.words import _
from quality.lab.cells import unit_of
from quality.lab.models import Report, ReportStatus, TestOrder
from quality.lab.queries import items_for, portions_visible_to
from quality.lab.stages import TIME_TO_REPORT, Stage, in_stage
from quality.lab.workbook.columns import COLUMNS, LIMIT, MOST_GIVEN_OUT, OURS, SHEET, heading, meaning
from quality.lab.workbook.reading import MEMORY, MOST_UNPACKED, SECONDS, TOO_BIG
from quality.people.actor import Actor
from quality.purchases.models import Portion, PortionKind, Sample, Task

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTHS = {"supersedes": 18, "blind_no": 16, "report_no": 18, "item": 28, "value": 16, "method": 24, "analyst": 24}
MARKED = {"utf-8": "utf-8-sig"}  # without its mark, spreadsheets take UTF-8 for something else
ANNOTATE = "quality.lab.workbook.patching.annotate"
NOTES = (
    _("One test item a row. Rows of one blind number and one report number make one report."),
    _("Write values as they were measured: 2.55, <0.01, 未检出, 5.8×10³, 符合. Several results go into one cell."),
    _("All cells are text, so that a spreadsheet turns nothing into a date. Keep them so."),
    _("Leave rows empty that are not to be handed in yet. Columns of your own are kept, and not read."),
)


def open_rows(session: Session, actor: Actor) -> list[dict[str, str]]:
    """A row for each ordered item of each portion whose results are awaited, the first due first."""
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
    rows = []
    for portion in portions:
        items = ordered.get(portion.id) or (items_for(portion.sample) if portion.kind == PortionKind.TEST else [])
        lineage = replaced.get(portion.id, "")
        rows += [row_of(portion, item, analyst) | {"supersedes": lineage} for item in items]
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
    """Every cell is text: nothing turns into a date or loses a digit."""
    import xlsxwriter  # noqa: PLC0415 - not for everybody who starts the program

    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, notes = book.add_worksheet(SHEET), book.add_worksheet("说明 notes")
        bold, text = book.add_format({"bold": True, "bottom": 1}), book.add_format({"num_format": "@"})
        for place, column in enumerate([*COLUMNS, LIMIT]):
            sheet.set_column(place, place, WIDTHS.get(column, 14), text)
            sheet.write_string(0, place, heading(column) if column in COLUMNS else column, bold)
            for number, row in enumerate(rows, 1):
                if row.get(column):
                    sheet.write_string(number, place, row[column], text)
        sheet.freeze_panes(1, 0)
        notes.set_column(0, 0, 100)
        for number, line in enumerate(NOTES):
            notes.write_string(number, 0, str(line))


# --- their own, with what is wrong ---


def annotate(source: Path, kind: str, said: dict[int, tuple[str, str]], out: Path) -> str:
    """Write the file with two more columns, by the number of the row: status and reason. Returns its media type."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        scratch = Path(folder)
        if kind != "xlsx":
            return annotate_text(source, scratch, said, out)
        told = scratch / "said.json"
        told.write_text(json.dumps({"headings": list(map(heading, OURS)), "rows": said}), encoding="utf-8")
        made = scratch / "annotated.xlsx"
        unpacking.apart(
            ANNOTATE, source, told, made,
            memory=MEMORY, seconds=SECONDS, most=MOST_UNPACKED, too_big=TOO_BIG,
        )  # fmt: skip
        shutil.copyfile(made, out)
    return XLSX


def annotate_text(source: Path, scratch: Path, said: dict[int, tuple[str, str]], out: Path) -> str:
    found = texts.open_text(source, scratch)
    encoding = MARKED.get(found.encoding, found.encoding)
    ours = {place for place, each in enumerate(found.heading) if meaning(each) in OURS}
    width = len(found.heading)
    with out.open("w", encoding=encoding, errors="replace", newline="") as stream:
        lines = csv.writer(stream, delimiter=found.delimiter)
        for number, cells in texts.as_written(found):
            kept = [cell for place, cell in enumerate(cells) if place not in ours]
            missing = [""] * (width - len(cells))  # so that our columns stand below their headings
            more = list(map(heading, OURS)) if number == found.heading_row else list(said.get(number, ("", "")))
            lines.writerow([texts.harmless(cell) for cell in [*kept, *missing, *more]] if cells else [])
    return f"text/csv; charset={encoding.removesuffix('-sig')}"
