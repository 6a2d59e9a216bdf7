"""A platform's workbook as we give it out: all its listings that wait for an answer, over all its notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session, contains_eager

from quality.core.clock import BEIJING
from quality.core.words import _
from quality.delivery.workbook.columns import (
    ADDRESS,
    ANSWERS,
    ASKED,
    DUE,
    MOST,
    OFFERED,
    SHOP,
    TITLE,
)
from quality.notices.models import ItemStatus, NoticeItem
from quality.notices.queries import FAR_OFF, due, listings_waiting
from quality.people.actor import Actor
from quality.workbooks.writing import AS_TEXT, write

WIDTHS = {
    "notice": 18, "listing_id": 22, "outcome": 22, "acted_at": 20, "explanation": 30, "units_sold": 12,
    "swept": 40, "evidence": 24, "edition": 12, TITLE: 36, SHOP: 24, ADDRESS: 40, ASKED: 30, DUE: 14,
}  # fmt: skip
NOTES = (
    _("One listing a row. Leave rows empty for which you do not answer yet; rows may be deleted."),
    _("Outcome: removed, never_found, already_gone, refused, or the words beside them."),
    _("Write day and time of Beijing, as in 2026-10-09 09:52; needed for what you removed."),
    _("Explanation is needed where you refuse. Several addresses or files go into one cell, a blank between them."),
    _("Files are named by the sha256 that sending them gave you; or answer such a listing on the page of its notice."),
    _("Edition says to which edition of a notice you answer; to an older one nothing is recorded. Leave it as given."),
    AS_TEXT,
    _("At most %(most)s listings are given out, the first due first.", most=MOST),
)
TO_DO = {
    ItemStatus.OPEN: _("Answer"),
    ItemStatus.RETURNED: _("Answer again: it was still there when the agency looked"),
    ItemStatus.REOPENED: _("Answer again: it is on sale again"),
}


def open_rows(session: Session, actor: Actor) -> list[dict[str, str]]:
    """A row for each listing that waits, the first due first."""
    asked = listings_waiting(actor).options(contains_eager(NoticeItem.notice))
    asked = asked.order_by(due(), NoticeItem.id).limit(MOST)
    return [
        {
            "notice": str(item.notice.number),
            "listing_id": item.listing_id,
            "edition": str(item.notice.edition),
            TITLE: str(item.snapshot["listing"]["title"] or item.snapshot["product"]["name"]),
            SHOP: str(item.snapshot["listing"]["shop"] or ""),
            ADDRESS: str(item.snapshot["listing"]["url"] or ""),
            ASKED: str(TO_DO[item.status]),
            DUE: "" if until == FAR_OFF else last_day(until),
        }
        for item, until in session.execute(asked)
    ]


def last_day(due_at: datetime) -> str:
    """It is overdue at 00:00 of the day after."""
    return f"{(due_at - timedelta(seconds=1)).astimezone(BEIJING):%Y-%m-%d}"


def write_prefilled(rows: Sequence[dict[str, str]], out: Path) -> None:
    write(ANSWERS, rows, out, notes=NOTES, widths=WIDTHS, frozen=2, choices={"outcome": OFFERED})
