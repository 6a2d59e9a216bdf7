"""A laboratory's workbook by API: looked at, and entered where that is asked for (CONTRACT.md §5)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import BinaryIO, Literal, cast

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api import PREFIX
from quality.api.door import at_most, door, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.reading import asked, file, form, sent
from quality.api.shapes import Asked, File, Moment, Sent, Told, Words
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.lab.workbook import uploads
from quality.lab.workbook.columns import RESULTS
from quality.lab.workbook.trying import State, Tried, look
from quality.lab.workbook.uploads import Upload
from quality.pages.moments import language_now
from quality.pages.tables import given_back
from quality.pages.words import word
from quality.people.access import acting, me, needs
from quality.permissions import Can
from quality.publication.search import visible
from quality.web import settings
from quality.workbooks.keeping import read_at_once

A_FILE = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
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
    verdict: str = Field(default="", description="Of a `good` row: as in `judgement` of a report")
    reasons: list[RowReason] = Field(description="Of a `good` row: by what it does not pass")


class ResultTable(Told):
    rows: list[ResultRow] = Field(description="Each row of the table, in its order")
    unread: list[str] = Field(description="Columns of your own")
    entered: list[str] = Field(description="Numbers of the reports that were entered now; in a dry run none")


class BigTable(Told):
    """A big table, which a job looks at, and enters if you sent it with `confirm`."""

    token: str
    address: str
    name: str
    bytes: int
    state: Literal["waiting", "unusable", "looked_at", "entered"]
    step: str = Field(default="", description="`reading`, `judging`, `writing`; empty: not begun, or over")
    done: int = Field(default=0, description="Rows, of so many")
    of: int = 0
    ends_at: Moment | None = Field(default=None, description="Then it is thrown away")
    states: dict[str, int] = Field(
        default={}, description="How many rows are `good`, `already`, `blank`, `wrong`, `held`"
    )
    verdicts: dict[str, int] = Field(default={}, description="How many of the `good` rows would be judged so")
    reports: int = Field(default=0, description="That can be entered")
    unread: list[str] = Field(default=[], description="Columns of your own")
    problems: list[RowReason] = Field(
        default=[], description="Why it is unusable, or why it was not entered though you said `confirm`"
    )
    rows: list[ResultRow] = Field(default=[], description="The first that are wrong; all are in `…/file`")
    entered: list[str] = Field(default=[], description="Numbers of the reports that were entered")


class Entering(Sent):
    only_good: bool = Field(False, description="The reports whose rows are all right; left out, all rows or none")


class Entered(Told):
    entered: list[str] = Field(description="Numbers of the reports that were entered now")


workbooks = door("lab_workbooks", tag="lab/workbooks", about="Many results at once, as a table")
DOORS = [workbooks]


@workbooks.post("/lab/workbooks", summary="Look at a table of results, or enter it",
                responses={200: ResultTable, 202: BigTable})  # fmt: skip
@once
@needs(Can.REPORT_ENTER)
@at_most(RESULTS.most_bytes + A_FORM)
@takes(form=ResultTableSent, query=HowToEnter)
def send_results(**_none: str) -> ResponseReturnValue:
    """The same table twice changes nothing: its rows are `already` there.

    A big one is left to a job, which does what `confirm` says: ask `address` until it is `entered` or `looked_at`.
    """
    wanted, session = asked(HowToEnter), db.session()
    form(ResultTableSent)
    came = file()
    stream, name = cast(BinaryIO, came.stream), visible(PurePath(came.filename or "").name)[-100:]
    if uploads.is_big(name, bytes_of(stream)):
        place, language = settings().frames_folder, language_now()
        undecided_too, confirm = wanted.undecided, wanted.confirm
        token = uploads.receive(
            session, stream, name, by=me, place=place, language=language, undecided_too=undecided_too, confirm=confirm
        )
        return told(big_told(token), 202)
    table = read_at_once(stream, name, RESULTS)
    if not wanted.confirm:
        return told(table_told(table.own, look(session, table, by=me, undecided_too=wanted.undecided).tried, []))
    try:
        only_good = wanted.confirm == "good"
        tried = uploads.enter_rows(session, table, by=me, only_good=only_good, undecided_too=wanted.undecided).tried
    except Invalid as wrong:
        session.rollback()
        tried = look(session, table, by=me, undecided_too=wanted.undecided).tried
        raise Invalid(*wrong.problems, *problems_of(tried)) from wrong
    numbers = dict.fromkeys(each.row.cells["report_no"] for each in tried if each.state is State.GOOD)
    return told(table_told(table.own, tried, list(numbers)))


@workbooks.get("/lab/workbooks/<token>", summary="What was found in a big table", responses={200: BigTable})
@acting
def show_big(token: str) -> ResponseReturnValue:
    return told(big_told(token))


@workbooks.get("/lab/workbooks/<token>/file", summary="Your own file, with a status and a reason beside each row",
               responses={200: A_FILE})  # fmt: skip
@acting
def annotated_big(token: str) -> ResponseReturnValue:
    upload = the_upload(token)
    return given_back(
        upload.name, lambda out: uploads.annotated(upload, out, language_now(), partial(word, "row_state"))
    )


@workbooks.post("/lab/workbooks/<token>/enter", summary="Enter a big table", responses={200: Entered})
@once
@acting
@takes(body=Entering)
def enter_big(token: str) -> ResponseReturnValue:
    """After a look without `confirm`. The second time it enters nothing."""
    upload, given = the_upload(token), sent(Entering)
    numbers = uploads.enter(db.session(), upload, by=me, only_good=given.only_good)
    uploads.note_entered(upload, numbers)
    return told(Entered(entered=numbers))


def the_upload(token: str) -> Upload:
    """The asker's own. Of anybody else's nobody learns that it is there."""
    return uploads.find(token, by=me, place=settings().frames_folder)


def bytes_of(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


def big_told(token: str) -> BigTable:
    language, address = language_now(), f"{PREFIX}/lab/workbooks/{token}"
    if waits := uploads.waiting(token, by=me, place=settings().frames_folder):
        problems = [RowReason(column=field, code="unusable", reason=said[language]) for field, said in waits.problems]
        return BigTable(
            token=token, address=address, name=waits.name, bytes=waits.size, step=waits.step, done=waits.done,
            of=waits.of, state="unusable" if problems else "waiting", problems=problems,
        )  # fmt: skip
    upload = the_upload(token)
    rows = [
        ResultRow(
            row=line.number, state=line.state, blind_no=line.blind_no, report_no=line.report_no, item=line.item,
            reasons=in_words(line.reasons),
        )
        for line in upload.wrong
    ]  # fmt: skip
    return BigTable(
        token=token, address=address, name=upload.name, bytes=upload.size, ends_at=upload.ends_at,
        state="looked_at" if upload.entered is None else "entered", states=upload.states,
        verdicts=upload.verdicts, reports=upload.good_reports, unread=upload.own, rows=rows,
        problems=in_words(upload.not_entered), entered=upload.entered or [],
    )  # fmt: skip


def in_words(reasons: uploads.Reasons) -> list[RowReason]:
    language = language_now()
    return [RowReason(column=column, code=code, reason=said[language]) for column, code, said in reasons]


def table_told(own: list[str], tried: Sequence[Tried], entered: list[str]) -> ResultTable:
    return ResultTable(rows=[row_told(each) for each in tried], unread=own, entered=entered)


def row_told(tried: Tried) -> ResultRow:
    cells = tried.row.cells
    return ResultRow(
        row=tried.row.number,
        state=tried.state,
        blind_no=cells["blind_no"],
        report_no=cells["report_no"],
        item=cells["item"],
        verdict=tried.verdict,
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
