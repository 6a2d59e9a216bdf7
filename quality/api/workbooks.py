"""A laboratory's workbook by API: looked at, and entered where that is asked for (CONTRACT.md §5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import at_most, door, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.reading import asked, form, sent_table
from quality.api.shapes import Asked, File, Told, Words
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.trying import State, Tried, look
from quality.lab.workbook.uploads import enter_rows
from quality.people.access import me, needs
from quality.permissions import Can

BAD = {State.WRONG, State.HELD}


class ResultTableSent(Asked):
    file: File = Field(description=f"XLSX, or CSV in UTF-8 or GB18030, up to {RESULTS.most_bytes >> 20} MB")


class HowToEnter(Asked):
    confirm: Literal["", "all", "good"] = Field(
        "",
        description="Left out: a dry run. `all`: every row or none. `good`: the reports whose rows are all right",
    )
    undecided: bool = Field(False, description="Enter values that cannot be judged as they are; they stay undecided")


class RowReason(Told):
    column: str = Field(description="Empty: the whole row")
    code: str
    reason: Words


class ResultRow(Told):
    row: int = Field(description="As a spreadsheet counts: the heading is 1")
    state: str = Field(
        description="`good`, `already` (entered before, exactly so), `blank`, `wrong`, `held` by another"
    )
    blind_no: str
    report_no: str
    item: str
    reasons: list[RowReason]


class ResultTable(Told):
    rows: list[ResultRow] = Field(description="Each row of the table, in its order")
    unread: list[str] = Field(description="Columns of your own")
    entered: list[str] = Field(description="Numbers of the reports that were entered now; in a dry run none")


workbooks = door("lab_workbooks", tag="lab/workbooks", about="Many results at once, as a table")
DOORS = [workbooks]


@workbooks.post("/lab/workbooks", summary="Look at a table of results, or enter it", responses={200: ResultTable})
@once
@needs(Can.REPORT_ENTER)
@at_most(RESULTS.most_bytes + A_FORM)
@takes(form=ResultTableSent, query=HowToEnter)
def send_results(**_none: str) -> ResponseReturnValue:
    """The same table twice changes nothing: its rows are `already` there."""
    wanted = asked(HowToEnter)
    form(ResultTableSent)
    table = sent_table(RESULTS)
    session = db.session()
    if not wanted.confirm:
        return told(table_told(table.own, look(session, table, by=me, undecided_too=wanted.undecided).tried, []))
    try:
        only_good = wanted.confirm == "good"
        tried = enter_rows(session, table, by=me, only_good=only_good, undecided_too=wanted.undecided).tried
    except Invalid as wrong:
        session.rollback()
        tried = look(session, table, by=me, undecided_too=wanted.undecided).tried
        raise Invalid(*wrong.problems, *problems_of(tried)) from wrong
    numbers = dict.fromkeys(each.row.cells["report_no"] for each in tried if each.state is State.GOOD)
    return told(table_told(table.own, tried, list(numbers)))


def table_told(own: list[str], tried: Sequence[Tried], entered: list[str]) -> ResultTable:
    return ResultTable(rows=[row_told(each) for each in tried], unread=own, entered=entered)


def row_told(tried: Tried) -> ResultRow:
    cells = tried.row.cells
    return ResultRow(
        row=tried.row.number,
        state=tried.state,
        blind_no=cells.get("blind_no", ""),
        report_no=cells.get("report_no", ""),
        item=cells.get("item", ""),
        reasons=[RowReason(column=why.column, code=why.code, reason=str(why.text)) for why in tried.reasons],
    )


def problems_of(tried: Sequence[Tried]) -> list[FieldProblem]:
    return [
        FieldProblem(
            f"row {each.row.number}, {why.column}" if why.column else f"row {each.row.number}", why.code, why.text
        )
        for each in tried
        if each.state in BAD
        for why in each.reasons
    ]
