"""Where to look first: complaints that are taken in as a table, and the weights of scores, edition by edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import PurePath
from typing import Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import at_most, door, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.reading import asked, file, form, sent, sent_table
from quality.api.shapes import LARGEST, Asked, File, Line, Moment, Page, Sent, Told, Words
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.people.access import me, needs
from quality.permissions import Can
from quality.publication.search import visible
from quality.targeting.risk import editions
from quality.targeting.risk.complaints.columns import COMPLAINTS
from quality.targeting.risk.complaints.listed import LONGEST, listed
from quality.targeting.risk.complaints.trying import Line as RowTried
from quality.targeting.risk.complaints.trying import State, look
from quality.targeting.risk.complaints.uploads import take_in
from quality.targeting.risk.editions import Edition
from quality.targeting.risk.models import Complaint, ComplaintKind
from quality.targeting.risk.weights import read_weights

A_PAGE, MOST = 50, 200
risk = door("risk", tag="risk", about="Complaints, and what counts how much in the scores of risk-targeted campaigns")


class ComplaintFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")
    kind: ComplaintKind | None = Field(None, description="What was complained of")
    of: str = Field("", max_length=LONGEST, description="The number of a complaint, a listing or a shop, whole")


class ComplaintTold(Told):
    reference: str = Field(description="Of the office that received it")
    platform: str = Field(description="Its code")
    listing_id: str = Field(description="Empty: the shop is complained of")
    shop_id: str
    barcode: str = Field(description="14 digits, or empty")
    received_on: date
    kind: ComplaintKind


class ComplaintTableSent(Asked):
    file: File = Field(description=f"XLSX or CSV, up to {COMPLAINTS.most_bytes >> 20} MB and {COMPLAINTS.most_rows} "
                       f"rows, with columns {', '.join(COMPLAINTS.names)} in either language")  # fmt: skip


class HowToTakeThem(Asked):
    confirm: Literal["", "all", "good"] = Field(
        "", description="Left out: a dry run. `all`: every row or none. `good`: those that are right"
    )


class ComplaintRowReason(Told):
    column: str = Field(description="Empty: the whole row")
    code: str
    reason: Words


class ComplaintRow(Told):
    row: int = Field(description="As a spreadsheet counts: the heading is 1")
    state: str = Field(description="`new`, `same` (taken in before), `wrong`")
    reference: str
    reasons: list[ComplaintRowReason]


class ComplaintTable(Told):
    rows: list[ComplaintRow] = Field(description="Each row of the table")
    unread: list[str] = Field(description="Columns of your own: neither read nor kept")
    taken: int = Field(description="Complaints that were taken in now; in a dry run none")


class WeightsTold(Told):
    edition: int = Field(description="0: the program's own, where nobody has set others")
    points: dict[str, int] = Field(description="Of each part at most")
    edges: list[int] = Field(description="The scores at which bands begin, rising")
    floor: int = Field(description="Of each stratum and band at least so many are drawn, by lot")
    reason: str
    set_at: Moment | None = Field(description="Null for edition 0")


class WeightsSent(Sent):
    edition: int = Field(ge=0, le=LARGEST, description="The one that you read; an older one is 409")
    points: dict[str, int] = Field(
        description="Whole points of `findings`, `complaints`, `price`, `sales`, `newness`, all of them"
    )
    edges: list[int] = Field(max_length=MOST)
    floor: int
    reason: Line = Field(description="Stays with the edition")


class WeightsFilter(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="`next` of the page before")


@risk.get("/targeting/complaints", summary="What consumers complained of", responses={200: Page[ComplaintTold]})
@needs(Can.CAMPAIGN_READ)
@takes(query=ComplaintFilter)
def list_complaints() -> ResponseReturnValue:
    """The last taken in first."""
    wanted = asked(ComplaintFilter)
    found = listed(db.session(), me, wanted.limit + 1, before=wanted.cursor, kind=wanted.kind, of=wanted.of)
    items = [complaint_told(each) for each in found[: wanted.limit]]
    last = str(found[wanted.limit - 1].id) if len(found) > wanted.limit else None
    return told(Page[ComplaintTold](items=items, next=last))


def complaint_told(each: Complaint) -> ComplaintTold:
    names = ("reference", "listing_id", "shop_id", "barcode", "received_on", "kind")
    return ComplaintTold(platform=each.platform.code, **{name: getattr(each, name) for name in names})


@risk.post("/targeting/complaints", summary="Look at a table of complaints, or take it in",
           responses={200: ComplaintTable})  # fmt: skip
@once
@needs(Can.CAMPAIGN_PLAN)
@at_most(COMPLAINTS.most_bytes + A_FORM)
@takes(form=ComplaintTableSent, query=HowToTakeThem)
def send_complaints(**_none: str) -> ResponseReturnValue:
    """The same table twice changes nothing: its rows are the `same` then."""
    wanted = asked(HowToTakeThem)
    form(ComplaintTableSent)
    table, session = sent_table(COMPLAINTS), db.session()
    name = visible(PurePath(file().filename or "").name)[-100:]
    if not wanted.confirm:
        return told(table_told(table.own, look(session, table.rows, me.organisation_id), 0))
    try:
        tried = take_in(session, table.rows, name, by=me, only_good=wanted.confirm == "good")
    except Invalid as wrong:
        session.rollback()
        tried = look(session, table.rows, me.organisation_id)
        raise Invalid(*wrong.problems, *problems_of(tried)) from wrong
    return told(table_told(table.own, tried, sum(each.state is State.NEW for each in tried)))


def table_told(own: list[str], tried: Sequence[RowTried], taken: int) -> ComplaintTable:
    rows = [
        ComplaintRow(
            row=each.row.number,
            state=each.state,
            reference=each.row.cells["reference"],
            reasons=[
                ComplaintRowReason(column=why.column, code=why.code, reason=str(why.text)) for why in each.reasons
            ],
        )
        for each in tried
    ]
    return ComplaintTable(rows=rows, unread=own, taken=taken)


def problems_of(tried: Sequence[RowTried]) -> list[FieldProblem]:
    return [
        FieldProblem(", ".join(filter(None, (f"row {each.row.number}", why.column))), why.code, why.text)
        for each in tried
        for why in each.reasons
    ]


@risk.get("/targeting/weights", summary="What counts how much in a score", responses={200: Page[WeightsTold]})
@needs(Can.CAMPAIGN_READ)
@takes(query=WeightsFilter)
def list_weights() -> ResponseReturnValue:
    """Every edition, that in force first. Where nobody has set any, the program's own as edition 0."""
    wanted, session = asked(WeightsFilter), db.session()
    found = editions.listed(session, me, wanted.limit + 1, wanted.cursor)
    if not found and wanted.cursor is None:
        found = [editions.in_force(session, me.organisation_id)]
    items = [weights_told(each) for each in found[: wanted.limit]]
    return told(Page[WeightsTold](items=items, next=str(items[-1].edition) if len(found) > wanted.limit else None))


@risk.post("/targeting/weights", summary="Set the next edition", responses={201: WeightsTold})
@once
@needs(Can.CAMPAIGN_PLAN)
@takes(body=WeightsSent)
def set_weights() -> ResponseReturnValue:
    """It holds for files that are scored from now on. Who approves a plan approves the edition it was scored by."""
    given = sent(WeightsSent)
    read = read_weights(given.points, given.edges, given.floor)
    row = editions.set_weights(db.session(), read, given.reason, by=me, edition=given.edition)
    return told(weights_told(editions.edition_of(row)), 201)


def weights_told(each: Edition) -> WeightsTold:
    return WeightsTold(
        edition=each.number,
        reason=each.row.reason if each.row else "",
        set_at=each.row.set_at if each.row else None,
        **each.weights.told(),
    )
