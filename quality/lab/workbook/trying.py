"""Every row of a laboratory's table tried: what would be entered, what was entered before, and what is wrong where.

It is the entry itself that is tried, report by report, so that a row is refused for the very reasons for which the form
would refuse it. Who only looks undoes it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.words import Text, _
from quality.lab.cells import wrong_cells
from quality.lab.entries import ResultEntry, item_key, plain, report_number
from quality.lab.models import Report, ReportStatus
from quality.lab.operations.reports import enter_report
from quality.lab.queries import items_to_test, one_portion
from quality.lab.workbook.columns import COLUMNS
from quality.lab.workbook.reading import FAULTS, Row, Table
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.purchases.blind import as_written

TYPED = ("value", "unit", "uncertainty", "lod", "loq", "method")


class State(StrEnum):
    GOOD = "good"  # its report can be entered
    WRONG = "wrong"
    HELD = "held"  # nothing is wrong with it, but with another row of its report
    ALREADY = "already"  # it was entered before, exactly so
    BLANK = "blank"  # nothing was filled in


class Why(NamedTuple):
    column: str  # empty: the whole row
    code: str
    text: Text


class Tried(NamedTuple):
    row: Row
    state: State
    reasons: list[Why]


def try_rows(session: Session, table: Table, *, by: Actor, undecided_too: bool = False) -> list[Tried]:
    """Enter what can be entered, and say of every row how it went. Nothing is kept unless the caller commits.

    With `undecided_too`, values that cannot be judged are entered all the same and stay undecided.
    """
    one_upload_at_a_time(session, by)
    found: dict[int, Tried] = {}
    filled = [row for row in table.rows if is_typed(row)]
    begun = {key_of(row)[0] for row in filled}
    for row in table.rows:
        if not is_typed(row):
            found[row.number] = blank(row, is_begun=key_of(row)[0] in begun)
    there = entered_before(session, {key_of(row)[1] for row in filled}, by)
    for _key, rows in groupby(sorted(filled, key=lambda row: (key_of(row), row.number)), key=key_of):
        for tried in try_report(session, list(rows), there, by=by, undecided_too=undecided_too):
            found[tried.row.number] = tried
    return [found[row.number] for row in table.rows]


def look(session: Session, table: Table, *, by: Actor, undecided_too: bool = False) -> list[Tried]:
    """The same, and nothing is kept."""
    tried = try_rows(session, table, by=by, undecided_too=undecided_too)
    session.rollback()
    return tried


def one_upload_at_a_time(session: Session, by: Actor) -> None:
    """Two of one laboratory come one after the other. It also opens the transaction that the reports' own stand in."""
    mine = sa.update(Organisation).where(Organisation.id == by.organisation_id).values(code=Organisation.code)
    session.execute(mine, execution_options={"synchronize_session": False})


def is_typed(row: Row) -> bool:
    """Whether the laboratory wrote something beside what was prefilled."""
    return bool(row.faults) or any(row.cells[name] for name in ("value", "report_no", "uncertainty", "lod", "loq"))


def key_of(row: Row) -> tuple[str, str]:
    return as_written(row.cells.get("blind_no", "")), report_number(row.cells.get("report_no", ""))


def blank(row: Row, *, is_begun: bool) -> Tried:
    if not is_begun:
        return Tried(row, State.BLANK, [])
    text = _("Other rows of this sample are filled in: a report holds all that was ordered")
    return Tried(row, State.WRONG, [Why("value", "missing_item", text)])


def try_report(
    session: Session, rows: list[Row], there: dict[str, Entered], *, by: Actor, undecided_too: bool
) -> list[Tried]:
    """The rows of one report: all good, all entered before, or wrong and held."""
    reasons: dict[int, list[Why]] = {row.number: faults_of(row) for row in rows}
    if not any(reasons.values()):
        number = key_of(rows[0])[1]
        if is_same(there.get(number), rows):
            return [Tried(row, State.ALREADY, []) for row in rows]
        said = problems_of(session, rows, by=by, undecided_too=undecided_too)
        for row in rows:
            reasons[row.number] += said.get(row.number, [])
    if not any(reasons.values()):
        return [Tried(row, State.GOOD, []) for row in rows]
    wrong = [number for number, why in reasons.items() if why]
    rest = _("Another row of this report is wrong: row %(n)s", n=wrong[0])
    return [
        Tried(row, State.WRONG, reasons[row.number])
        if reasons[row.number]
        else Tried(row, State.HELD, [Why("", "held", rest)])
        for row in rows
    ]


def faults_of(row: Row) -> list[Why]:
    return [Why(fault.column, fault.code, FAULTS[fault.code]) for fault in row.faults]


def problems_of(session: Session, rows: list[Row], *, by: Actor, undecided_too: bool) -> dict[int, list[Why]]:
    """What the entry of this report says against it, by row; what is said of the whole report stands on its first."""
    entries = [ResultEntry(row.cells["item"], **{name: row.cells[name] for name in TYPED}) for row in rows]
    said: list[FieldProblem] = several_analysts(rows)
    if not undecided_too:
        said += slips(session, rows, entries, by)
    try:
        with session.begin_nested():
            enter_report(
                session,
                by=by,
                blind_no=rows[0].cells["blind_no"],
                report_no=rows[0].cells["report_no"],
                analyst=rows[0].cells["analyst"],
                results=entries,
            )
            if said:
                raise Invalid(*said)
    except Invalid as wrong:
        told = {(each.field, each.code) for each in said}
        said += [each for each in wrong.problems if (each.field, each.code) not in told]
    except Refused as no:
        said.append(FieldProblem("", no.code, no.reason))
    if said:
        session.expire_all()  # what a move had set before it was refused
    by_row: dict[int, list[Why]] = {}
    for each in said:
        place, column = place_of(each.field)
        by_row.setdefault(rows[place].number, []).append(Why(column, each.code, each.text))
    return by_row


def place_of(field: str) -> tuple[int, str]:
    """`results 2, value` is of the second row."""
    if field.startswith("results ") and "," in field:
        number, column = field.removeprefix("results ").split(", ")
        return int(number) - 1, column
    return 0, field if field in COLUMNS else ""


def several_analysts(rows: list[Row]) -> list[FieldProblem]:
    first = plain(rows[0].cells["analyst"])
    text = _("One report has one analyst: write the same as in its first row")
    return [
        FieldProblem(f"results {place}, analyst", "several_analysts", text)
        for place, row in enumerate(rows, 1)
        if plain(row.cells["analyst"]) != first
    ]


def slips(session: Session, rows: list[Row], entries: Sequence[ResultEntry], by: Actor) -> list[FieldProblem]:
    """What keeps a value from being judged and can be mended in its cell, as the form says it."""
    try:
        portion = one_portion(session, by, rows[0].cells["blind_no"])
    except NotFound:
        return []
    ordered = {item_key(item.item): item for item in items_to_test(session, portion)}
    found = []
    for place, entry in enumerate(entries, 1):
        item = ordered.get(item_key(entry.item))
        if item is not None and entry.value:
            wrong = wrong_cells(entry, limit=item.limit, rule=item.rule)
            found += [
                FieldProblem(f"results {place}, {cell}", "cannot_be_judged", text) for cell, text in wrong.items()
            ]
    return found


class Entered(NamedTuple):
    report: Report
    email: str  # of who tested; a table may name them by it


def entered_before(session: Session, numbers: Iterable[str], by: Actor) -> dict[str, Entered]:
    """Reports of the laboratory by these numbers, with their results: in two statements."""
    asked = (
        sa.select(Report, Person.email)
        .join(Person, Person.id == Report.analyst_id)
        .where(Report.laboratory_id == by.organisation_id, Report.report_no.in_(list(numbers)))
        .where(Report.status != ReportStatus.WITHDRAWN)
        .options(selectinload(Report.results), joinedload(Report.portion))
    )
    return {report.report_no: Entered(report, email) for report, email in session.execute(asked)}


def is_same(entered: Entered | None, rows: list[Row]) -> bool:
    """Whether this report says exactly what these rows say."""
    if entered is None:
        return False
    report, analysts = entered.report, {plain(entered.report.analyst), entered.email}
    if report.portion.blind_no != key_of(rows[0])[0] or len(report.results) != len(rows):
        return False
    kept = {item_key(result.item): result for result in report.results}
    return all(
        plain(row.cells["analyst"]) in analysts and says(kept.get(item_key(row.cells["item"])), row) for row in rows
    )


def says(result: Any, row: Row) -> bool:
    """A row that names no method meant the one that was ordered, which is what was kept."""
    return result is not None and all(
        getattr(result, name) == row.cells[name] or (name == "method" and not row.cells[name]) for name in TYPED
    )
