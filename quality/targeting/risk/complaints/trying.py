"""What each row of a table of complaints would do. A complaint is taken in once, by its number, and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.campaigns.operations import known_platforms
from quality.clocks.days import day_of, written_day
from quality.core import clock
from quality.core.many import batches
from quality.core.words import Text, _
from quality.purchases.barcodes import digits_of, gtin
from quality.targeting.risk.complaints.columns import KINDS, LENGTH
from quality.targeting.risk.models import Complaint, ComplaintKind
from quality.workbooks.columns import Why
from quality.workbooks.reading import Row, faults_of

KEPT_FOR = timedelta(days=2 * 365)  # records are kept two years (DOMAIN.md: `records`); a complaint no longer than they


class State(StrEnum):
    NEW = "new"
    SAME = "same"  # taken in before
    WRONG = "wrong"


class Said(NamedTuple):
    """A row that can be taken in."""

    reference: str
    platform_id: int
    listing_id: str
    shop_id: str
    barcode: str
    received_on: date
    kind: ComplaintKind


class Line(NamedTuple):
    row: Row
    state: State
    reasons: list[Why]
    said: Said | None


def look(session: Session, rows: Sequence[Row], agency_id: int | None) -> list[Line]:
    """Each row with what would come of it, and all that is wrong with it."""
    platforms, today = known_platforms(session), day_of(clock.now())
    there = there_already(session, agency_id, [row.cells["reference"] for row in rows])
    first: dict[str, int] = {}
    return [line_of(row, platforms, today, there, first) for row in rows]


def there_already(session: Session, agency_id: int | None, references: Sequence[str]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    columns = [getattr(Complaint, field) for field in Said._fields]
    for some in batches(sorted({each for each in references if each})):
        asked = sa.select(*columns).where(Complaint.agency_id == agency_id, Complaint.reference.in_(some))
        found |= {row.reference: Said(*row) for row in session.execute(asked)}
    return found


def line_of(
    row: Row, platforms: Mapping[str, int], today: date, there: Mapping[str, Said], first: dict[str, int]
) -> Line:
    reading = Reading(row)
    said = reading.said(platforms, today)
    before = there.get(said.reference)
    if said.reference in first:
        text = _("Give each complaint once: row %(row)s has the same number", row=first[said.reference])
        reading.wrong("reference", "doubled", text)
    elif before and before != said and not reading.reasons:
        text = _("This complaint was taken in before and said otherwise; it is not changed: take this row out")
        reading.wrong("reference", "says_otherwise", text)
    if said.reference:
        first.setdefault(said.reference, row.number)
    if reading.reasons:
        return Line(row, State.WRONG, reading.reasons, None)
    return Line(row, State.SAME if before else State.NEW, [], said)


class Reading:
    """Collects what is wrong with a row. What a spreadsheet did to a cell is all that is said of that cell."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.reasons = faults_of(row)

    def wrong(self, column: str, code: str, text: Text) -> None:
        if all(each.column != column for each in self.reasons):
            self.reasons.append(Why(column, code, text))

    def said(self, platforms: Mapping[str, int], today: date) -> Said:
        reference, listing_id, shop_id = map(self.text, ("reference", "listing_id", "shop_id"))
        if not reference:
            self.wrong("reference", "missing", _("Enter the number under which the complaint was received"))
        if not (listing_id or shop_id):
            self.wrong("listing_id", "names_nothing", _("Name the listing or the shop that is complained of"))
        platform_id = platforms.get(self.row.cells["platform"], 0)
        if not platform_id:
            self.wrong(
                "platform", "unknown_platform", _("Write a platform that is known here, by its name or its code")
            )
        return Said(
            reference, platform_id, listing_id, shop_id, self.barcode(), self.received_on(today), self.kind()
        )  # fmt: skip

    def text(self, column: str) -> str:
        said = self.row.cells[column].strip()
        if len(said) > LENGTH:
            self.wrong(column, "too_long", _("Keep to %(most)s characters", most=LENGTH))
        elif not said.isprintable():
            self.wrong(column, "control_character", _("Remove the line break, tab or other control character"))
        return said

    def barcode(self) -> str:
        """A number of one shop's own is a right one, and leads to no product elsewhere: it is not kept."""
        said = self.row.cells["barcode"]
        if said and not digits_of(said):
            self.wrong("barcode", "bad_barcode", _("Check the barcode: its check digit does not fit"))
        return gtin(said)

    def received_on(self, today: date) -> date:
        said = self.row.cells["received_on"]
        try:
            day = written_day(said)
        except ValueError:
            self.wrong("received_on", "no_day", _("Enter a day, such as 2026-10-09"))
            return today
        if day > today:
            self.wrong("received_on", "in_future", _("A complaint cannot be received in the future"))
        elif day < today - KEPT_FOR:
            text = _("Take this row out: complaints are kept for %(days)s days only", days=KEPT_FOR.days)
            self.wrong("received_on", "too_old", text)
        return day

    def kind(self) -> ComplaintKind:
        said = self.row.cells["kind"].casefold()
        if said in set(ComplaintKind):
            return ComplaintKind(said)
        if said not in KINDS:
            self.wrong("kind", "unknown_kind", _("Choose one of: %(kinds)s", kinds=", ".join([*KINDS, *ComplaintKind])))
        return KINDS.get(said, ComplaintKind.OTHER)
