"""A platform's workbook of answers, as its people fill it in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.clock import BEIJING
from quality.delivery.workbook.columns import ANSWERS
from quality.delivery.workbook.uploads import receive
from quality.notices.models import NoticeItem, NoticeStatus
from quality.people.actor import Actor
from quality.workbooks.keeping import read_at_once
from quality.workbooks.reading import Row
from tests.harness.notices import desk_of, notice_at
from tests.harness.people import Cast


def now_typed() -> str:
    return f"{clock.now().astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def removed_row(item: NoticeItem, **more: Any) -> dict[str, Any]:
    said = {"outcome": "已下架 removed", "acted_at": now_typed(), "units_sold": "12"}
    return {"notice": item.notice.number, "listing_id": item.listing_id} | said | more


def workbook(*rows: dict[str, Any], headings: Sequence[str] | None = None) -> bytes:
    """Each row by its columns. A cell is written as what it is: text, number, moment, formula (begins with =)."""
    columns = list(headings or ANSWERS.names)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet, as_moment = book.add_worksheet("answers"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        blue = book.add_format({"bg_color": "#DDEEFF"})
        for place, column in enumerate(columns):
            sheet.write_string(0, place, ANSWERS.heading(column) if column in ANSWERS.names else column, blue)
            for number, row in enumerate(rows, 1):
                value = row.get(column)
                if isinstance(value, datetime):
                    sheet.write_datetime(number, place, value, as_moment)
                elif isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(number, place, value, None, "")
                elif value is not None:
                    sheet.write(number, place, value)
    return out.getvalue()


def rows_of(*rows: dict[str, Any]) -> list[Row]:
    return read_at_once(io.BytesIO(workbook(*rows)), "answers.xlsx", ANSWERS).rows


def an_answer_book(by: Actor, frames: Path, *rows: dict[str, Any]) -> str:
    """The token of one that waits."""
    said = rows or ({"notice": "YZ-2026-N-0001", "listing_id": "TL-1", "outcome": "removed"},)
    return receive(io.BytesIO(workbook(*said)), "answers.xlsx", by=by, place=frames)


def of_listings(session: Session, cast: Cast, said: dict[str, Any]) -> Iterator[tuple[str, Actor, str, dict[str, Any]]]:
    """The forms by which a platform answers for a listing of its own: name, who, address, and what fits (doors.py).

    Each has a notice of its own: what one answers for does not wait for the next.
    """
    one, many, booked = (notice_at(session, cast, NoticeStatus.SERVED).items[0] for _three in range(3))
    fits = {f"listing-{one.id}-{name}": value for name, value in said.items()}
    yield "answers", desk_of(cast, one), f"/desk/notice/{one.notice.number}/answers", fits
    fits = {"chosen": f"{many.id}:{many.version}", "outcome": "never_found"}
    yield "answering", desk_of(cast, many), f"/desk/answers/?notice={many.notice.number}", fits
    fits = {"file": ("answers.xlsx", workbook(removed_row(booked)))}
    yield "answer_book", desk_of(cast, booked), "/desk/answers/workbook/", fits
