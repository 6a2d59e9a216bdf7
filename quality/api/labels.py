"""Labels of several samples on one sheet of A4, for who asked for it."""

from __future__ import annotations

from typing import Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import door, takes, told
from quality.api.idempotency import once
from quality.api.papers import PDF
from quality.api.reading import asked, sent
from quality.api.shapes import Asked, Line, Moment, Page, Sent, Told
from quality.controls.queries import one_to_label
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound
from quality.core.words import _
from quality.documents.models import DocumentKind
from quality.documents.queries import latest_of
from quality.documents.readers import reader_of
from quality.pages.sealed import as_file
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.models import LabelSheet
from quality.purchases.operations.papers import MOST_ON_A_SHEET, ask_for_labels
from quality.purchases.queries import sheets_of

KEPT = 10
labels = door("label-sheets", tag="label-sheets", about="Labels of several samples on one sheet, for who asked for it")
DOORS = [labels]


class SheetWanted(Sent):
    samples: list[Line] = Field(
        max_length=MOST_ON_A_SHEET,
        description="Their numbers, for who keeps controls also those of their portions; each gets both its labels",
    )


class SheetTold(Told):
    number: str
    samples: list[str]
    made_at: Moment
    state: Literal["made", "being_made"]
    address: str = Field(description="Of its PDF, once it is made")


class SheetNamed(Asked):
    number: str = Field(max_length=40, pattern=r"^[A-Z0-9-]+$", description="Of one of the ten newest")


def sheet_told(sheet: LabelSheet) -> SheetTold:
    made = latest_of(db.session(), sheet, DocumentKind.LABEL_SHEET)
    return SheetTold(
        number=sheet.number,
        samples=sheet.samples,
        made_at=sheet.made_at,
        state="made" if made else "being_made",
        address=f"/api/v1/label-sheets/pdf?number={sheet.number}",
    )


@labels.get("/label-sheets", summary="The ten sheets that you asked for last", responses={200: Page[SheetTold]})
@needs(Can.SAMPLE_DISPATCH)
@takes()
def list_sheets() -> ResponseReturnValue:
    found = sheets_of(db.session(), me, most=KEPT)
    return told(Page[SheetTold](items=[sheet_told(each) for each in found], next=None))


@labels.post("/label-sheets", summary="Have a sheet made", responses={201: SheetTold})
@once
@needs(Can.SAMPLE_DISPATCH)
@takes(body=SheetWanted)
def make_a_sheet() -> ResponseReturnValue:
    session, samples, unknown = db.session(), [], []
    for number in dict.fromkeys(sent(SheetWanted).samples):
        try:
            samples.append(one_to_label(session, me, number))
        except NotFound:
            text = _("There is no sample %(number)s", number=number[:40])
            unknown.append(FieldProblem("samples", "unknown", text))
    if unknown:
        raise Invalid(*unknown)
    return told(sheet_told(ask_for_labels(session, samples, by=me)), 201)


@labels.get("/label-sheets/pdf", summary="The sheet", responses={200: {"content": PDF}})
@needs(Can.SAMPLE_DISPATCH)
@takes(query=SheetNamed)
def fetch_a_sheet() -> ResponseReturnValue:
    number = asked(SheetNamed).number
    for each in sheets_of(db.session(), me, most=KEPT):
        if each.number == number and (made := latest_of(db.session(), each, DocumentKind.LABEL_SHEET)):
            return as_file(made, reader_of(me.sees))
    raise NotFound(number)
