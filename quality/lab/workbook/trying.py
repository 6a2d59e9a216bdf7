"""Every row of a laboratory's table tried: what would be entered, what was entered before, and what is wrong where.

What is asked is what the entry of a report asks (operations/many.py), so that a row is refused for the very reasons for
which the form would refuse it; who looks writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from quality.core.errors import FieldProblem
from quality.core.many import batches
from quality.core.words import Text, _
from quality.lab.cells import wrong_cells
from quality.lab.entries import ResultEntry, report_number
from quality.lab.models import Report, ReportStatus
from quality.lab.operations.many import Checked, Known, Ready, Typed, enter_many, made_ready, standards_of
from quality.lab.operations.rules import typed_day
from quality.lab.workbook.columns import RESULTS
from quality.people.actor import Actor
from quality.people.models import Organisation, Person
from quality.purchases.blind import as_written
from quality.standards.judgement import Verdict
from quality.standards.names import item_key, plain
from quality.workbooks.columns import Why
from quality.workbooks.reading import Row, Table, faults_of, without_collecting

OF_A_RESULT = itemgetter(*ResultEntry._fields)
TYPED = ("value", "unit", "uncertainty", "lod", "loq", "method")
LINEAGE, CHANGE, DAY = "supersedes", "change_reason", "tested_on"
BY_OTHER_ROWS = {"missing_item", "several_analysts", "several_changes", "several_days", "several_lineages"}
TOLD_EVERY = 2_000  # rows
SEVERAL_ANALYSTS = _("One report has one analyst: write the same as in its first row")
SEVERAL_DAYS = _("One report has one last day of testing: write the same as in its first row, or nothing")
SEVERAL_CHANGES = _("One report has one reason for the change: write it in one row, or the same in each")
SEVERAL_LINEAGES = _("One report supersedes one other: write the same as in its first row")
Tell = Callable[[int, int], None]


class State(StrEnum):
    GOOD = "good"  # its report can be entered
    WRONG = "wrong"
    HELD = "held"  # nothing is wrong with it, but with another row of its report
    ALREADY = "already"  # it was entered before, exactly so
    BLANK = "blank"  # nothing was filled in


class Tried(NamedTuple):
    row: Row
    state: State
    reasons: list[Why]  # of one that is good: by what it does not pass
    verdict: str = ""  # of one that is good


class Found(NamedTuple):
    """Of all that was found right nothing is worked out again, while the facts on which it rests still stand."""

    tried: list[Tried]  # of each row, in the order of the table
    ready: list[Ready]  # the reports that can be entered
    named: list[tuple[str, str]]  # blind number and report number of each that was tried
    facts: str  # a digest of what is known of them (operations/many.py)


def look(
    session: Session, table: Table, *, by: Actor, undecided_too: bool = False, tell: Tell = lambda _done, _of: None
) -> Found:
    """Say of every row how it would go. Nothing is written, and nothing is locked.

    With `undecided_too`, values that cannot be judged are right all the same and stay undecided. `tell` hears how many
    rows are done, of how many.
    """
    with without_collecting():
        return _look(session, table, by, undecided_too, tell)


def _look(session: Session, table: Table, by: Actor, undecided_too: bool, tell: Tell) -> Found:
    found: dict[int, Tried] = {}
    reports: dict[tuple[str, str], list[Row]] = {}
    empty: list[Row] = []
    for row in table.rows:
        if is_typed(row):
            reports.setdefault(key_of(row), []).append(row)
        else:
            empty.append(row)
    begun = {blind_no for blind_no, _report_no in reports}
    for row in empty:
        found[row.number] = blank(row, is_begun=key_of(row)[0] in begun)
    there = entered_before(session, {report_no for _blind_no, report_no in reports}, by)
    known, ready, done, of = Known(session, list(reports), by=by), list[Ready](), 0, sum(map(len, reports.values()))
    facts, standards = known.facts(), standards_of(session, known)
    for key, rows in reports.items():
        tried, checked = try_report(rows, there.get(key[1]), known, undecided_too=undecided_too)
        ready += [made_ready(checked, standards)] if checked else []
        found.update((each.row.number, each) for each in tried)
        if (done + len(rows)) // TOLD_EVERY > done // TOLD_EVERY:
            tell(done + len(rows), of)
        done += len(rows)
    return Found([found[row.number] for row in table.rows], ready, list(reports), facts)


def enter(session: Session, ready: Sequence[Ready], named: Sequence[tuple[str, str]], facts: str, *, by: Actor) -> bool:
    """Enter what was found right, or do nothing and say False: then what it rested on is not so any more.

    No row is read or judged here: whoever else writes to the database waits for as short as it can be. From the first
    statement on nobody of the laboratory enters another table, so that to look again is worth it.
    """
    one_upload_at_a_time(session, by)
    known = Known(session, named, by=by)
    if known.facts() != facts:
        return False
    enter_many(session, ready, known, by=by)
    return True


def one_upload_at_a_time(session: Session, by: Actor) -> None:
    """Two of one laboratory come one after the other. It also opens the transaction that the reports' own stand in."""
    mine = sa.update(Organisation).where(Organisation.id == by.organisation_id).values(code=Organisation.code)
    session.execute(mine, execution_options={"synchronize_session": False})


def is_typed(row: Row) -> bool:
    """Whether the laboratory wrote something beside what was prefilled."""
    cells = row.cells
    return bool(cells["value"] or cells["report_no"] or row.faults or cells["uncertainty"])


def key_of(row: Row) -> tuple[str, str]:
    return key_from(row.cells["blind_no"], row.cells["report_no"])


@lru_cache(maxsize=1 << 14)  # the rows of a report say the same, and are asked several times
def key_from(blind_no: str, report_no: str) -> tuple[str, str]:
    return as_written(blind_no), report_number(report_no)


def blank(row: Row, *, is_begun: bool) -> Tried:
    if not is_begun:
        return Tried(row, State.BLANK, [])
    text = _("Other rows of this sample are filled in: a report holds all that was ordered")
    return Tried(row, State.WRONG, [Why("value", "missing_item", text)])


def typed_of(rows: list[Row]) -> Typed:
    """The rows of one report as one. Who tested and what it supersedes says the first row, why and the day any."""
    first = rows[0].cells
    results = [ResultEntry._make(OF_A_RESULT(row.cells)) for row in rows]
    return Typed(
        first["blind_no"],
        first["report_no"],
        first["analyst"],
        results,
        first[LINEAGE],
        *(said_of(rows, each) for each in (DAY, CHANGE)),
    )


def said_of(rows: list[Row], column: str) -> str:
    return next((row.cells[column] for row in rows if row.cells[column]), "")


def try_report(
    rows: list[Row], before: Entered | None, known: Known, *, undecided_too: bool
) -> tuple[list[Tried], Checked | None]:
    """The rows of one report: all good, all entered before, or wrong and held.

    Of a row that a spreadsheet damaged nothing more is said, and nothing of the report that may be wrong because of it.
    """
    reasons: dict[int, list[Why]] = {row.number: faults_of(row) for row in rows}
    damaged = {place for place, row in enumerate(rows) if reasons[row.number]}
    if not damaged and is_same(before, rows):
        return [Tried(row, State.ALREADY, []) for row in rows], None
    checked = known.check(typed_of(rows))
    for place, column, code, text in problems_of(rows, checked, undecided_too=undecided_too):
        if not damaged or (place not in damaged and code not in BY_OTHER_ROWS):
            reasons[rows[place].number].append(Why(column, code, text))
    if not any(reasons.values()):
        known.learn(checked)
        return with_verdicts(rows, checked), checked
    wrong = [number for number, why in reasons.items() if why]
    rest = _("Another row of this report is wrong: row %(n)s", n=wrong[0])
    return [
        Tried(row, State.WRONG, reasons[row.number])
        if reasons[row.number]
        else Tried(row, State.HELD, [Why("", "held", rest)])
        for row in rows
    ], None


def with_verdicts(rows: list[Row], right: Checked) -> list[Tried]:
    """What is right is told its verdict, and by what it does not pass: so a slip is seen before it counts."""
    found = {id(entry): judgement for _item, entry, judgement in right.results}
    tried = []
    for row, entry in zip(rows, right.typed.results, strict=True):
        verdict, reason, *_more = found[id(entry)]
        said = [] if verdict is Verdict.PASS else [Why("", verdict.value, reason.text)]
        tried.append(Tried(row, State.GOOD, said, verdict.value))
    return tried


def problems_of(rows: list[Row], checked: Checked, *, undecided_too: bool) -> Iterator[tuple[int, str, str, Text]]:
    """Place of the row, column, code and sentence; what is said of the whole report stands on its first row."""
    said = several(rows, "analyst", "several_analysts", SEVERAL_ANALYSTS)
    said += several(rows, LINEAGE, "several_lineages", SEVERAL_LINEAGES)
    said += several_said(rows, DAY, "several_days", SEVERAL_DAYS)
    said += several_said(rows, CHANGE, "several_changes", SEVERAL_CHANGES)
    if not undecided_too:
        said += slips(checked)
    for each in [*said, *checked.problems]:
        yield *place_of(each.field), each.code, each.text
    if checked.refused:
        yield 0, "", checked.refused.code, checked.refused.text


def place_of(field: str) -> tuple[int, str]:
    """`results 2, value` is of the second row."""
    if field.startswith("results ") and "," in field:
        number, column = field.removeprefix("results ").split(", ")
        return int(number) - 1, column
    return 0, field if field in RESULTS.names else ""


def several(rows: list[Row], column: str, code: str, text: Text) -> list[FieldProblem]:
    first = plain(rows[0].cells[column])
    if all(row.cells[column] == rows[0].cells[column] for row in rows):
        return []
    return [
        FieldProblem(f"results {place}, {column}", code, text)
        for place, row in enumerate(rows, 1)
        if plain(row.cells[column]) != first
    ]


def several_said(rows: list[Row], column: str, code: str, text: Text) -> list[FieldProblem]:
    """What may stay empty but in one row."""
    first = said_of(rows, column)
    if not first:
        return []
    return [
        FieldProblem(f"results {place}, {column}", code, text)
        for place, row in enumerate(rows, 1)
        if row.cells[column] not in ("", first)
    ]


def slips(checked: Checked) -> list[FieldProblem]:
    """What keeps a value from being judged and can be mended in its cell, as the form says it."""
    places = {item_key(entry.item): place for place, entry in enumerate(checked.typed.results, 1)}
    found = []
    for item, entry, judgement in checked.results:
        if entry.value and judgement.verdict is Verdict.UNDECIDED:
            place = places[item_key(entry.item)]
            wrong = wrong_cells(entry, limit=item.limit, rule=item.rule)
            found += [
                FieldProblem(f"results {place}, {cell}", "cannot_be_judged", text) for cell, text in wrong.items()
            ]
    return found


class Entered(NamedTuple):
    report: Report
    email: str  # of who tested; a table may name them by it
    supersedes: str


def entered_before(session: Session, numbers: Iterable[str], by: Actor) -> dict[str, Entered]:
    """Reports of the laboratory by these numbers, with their results."""
    replaced = aliased(Report)
    asked = (
        sa.select(Report, Person.email, replaced.report_no)
        .join(Person, Person.id == Report.analyst_id)
        .outerjoin(replaced, replaced.id == Report.supersedes_id)
        .where(Report.laboratory_id == by.organisation_id, Report.status != ReportStatus.WITHDRAWN)
        .options(selectinload(Report.results), joinedload(Report.portion))
    )
    found = {}
    for some in batches(sorted(numbers)):
        for report, email, lineage in session.execute(asked.where(Report.report_no.in_(some))):
            found[report.report_no] = Entered(report, email, lineage or "")
    return found


def is_same(entered: Entered | None, rows: list[Row]) -> bool:
    """Whether this report says exactly what these rows say."""
    if entered is None:
        return False
    report, analysts = entered.report, {plain(entered.report.analyst), entered.email}
    if report.portion.blind_no != key_of(rows[0])[0] or len(report.results) != len(rows):
        return False
    if report_number(rows[0].cells[LINEAGE]) not in ("", entered.supersedes):
        return False
    if any(row.cells[CHANGE] not in ("", report.change_reason) for row in rows):
        return False
    if any(row.cells[DAY] and not is_day(row.cells[DAY], report.tested_on) for row in rows):
        return False
    kept = {item_key(result.item): result for result in report.results}
    return all(
        plain(row.cells["analyst"]) in analysts and says(kept.get(item_key(row.cells["item"])), row) for row in rows
    )


def is_day(said: str, day: date | None) -> bool:
    return typed_day(said) == (day, [])


def says(result: Any, row: Row) -> bool:
    """A row that names no method meant the one that was ordered, which is what was kept."""
    return result is not None and all(
        getattr(result, name) == row.cells[name] or (name == "method" and not row.cells[name]) for name in TYPED
    )
