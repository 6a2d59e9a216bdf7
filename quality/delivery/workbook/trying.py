"""Every row of a platform's table tried: what would be taken down, what was before, and what is wrong where.

What is asked is what the answer itself asks (notices/operations/answering.py); who looks writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from quality.clocks.days import written_moment
from quality.core import clock
from quality.core.errors import FieldProblem, Invalid
from quality.core.many import batches
from quality.core.words import Text, _
from quality.delivery.workbook.columns import ANSWERS, COLUMN_OF, outcome_of
from quality.evidence.models import Holding
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import not_in_force
from quality.notices.models import Notice, NoticeItem, NoticeStatus
from quality.notices.operations.answering import has_been_said, no_such_listing, why_not
from quality.notices.queries import visible_to
from quality.notices.workflow import CLAIM
from quality.people.actor import Actor
from quality.workbooks.columns import Why
from quality.workbooks.reading import Row, faults_of

WHICH = ("notice", "listing_id", "edition")  # prefilled: whoever leaves the rest empty says nothing
UNITS = 9  # digits: more are no count of what one listing sold
EDITION = 4  # digits


class State(StrEnum):
    GOOD = "good"  # it can be taken down
    WRONG = "wrong"
    ALREADY = "already"  # it was said before, exactly so
    BLANK = "blank"  # nothing was filled in


class Tried(NamedTuple):
    row: Row
    state: State
    reasons: list[Why]
    notice: Notice | None = None
    entry: OutcomeEntry | None = None  # of one that is good


class Known(NamedTuple):
    """What the rows name, as far as the platform may see it."""

    notices: dict[str, Notice]
    items: dict[tuple[int, str], NoticeItem]  # by the notice and the platform's own name for the listing
    held: set[str]  # sha256 of the platform's files
    by: Actor
    now: datetime


def look(session: Session, rows: Sequence[Row], *, by: Actor) -> list[Tried]:
    """Say of every row how it would go, in their order."""
    notices = notices_named(session, {row.cells["notice"] for row in rows}, by)
    known = Known(
        notices,
        {(notice.id, item.listing_id): item for notice in notices.values() for item in notice.items},
        files_held(session, {sha256 for row in rows for sha256 in row.cells["evidence"].split()}, by),
        by,
        clock.now(),
    )
    found = [try_row(row, known) for row in rows]
    return with_doubled(found)


def notices_named(session: Session, numbers: Iterable[str], by: Actor) -> dict[str, Notice]:
    asked = visible_to(by).options(
        selectinload(Notice.items).options(selectinload(NoticeItem.claims), joinedload(NoticeItem.notice))
    )
    found: dict[str, Notice] = {}
    for some in batches(sorted(filter(None, numbers))):
        found |= {str(notice.number): notice for notice in session.scalars(asked.where(Notice.number.in_(some)))}
    return found


def files_held(session: Session, named: Iterable[str], by: Actor) -> set[str]:
    asked = sa.select(Holding.sha256).where(Holding.organisation_id == by.organisation_id)
    return {sha for some in batches(sorted(named)) for sha in session.scalars(asked.where(Holding.sha256.in_(some)))}


def try_row(row: Row, known: Known) -> Tried:
    if not row.faults and not any(value for name, value in row.cells.items() if name not in WHICH):
        return Tried(row, State.BLANK, [])
    entry, misread = as_said(row)
    reasons = [*faults_of(row), *misread]
    notice = known.notices.get(row.cells["notice"])
    if notice is None:
        reasons += [] if "notice" in {why.column for why in reasons} else [no_such_notice(row.cells["notice"])]
        return Tried(row, State.WRONG, reasons)
    said = asked_of_the_answer(notice, entry, known)
    if said is None:
        return Tried(row, State.WRONG if reasons else State.ALREADY, reasons, notice)
    reasons += to_another_edition(notice, row.cells["edition"])
    there = {why.column for why in reasons}
    reasons += [why for why in said if why.column not in there or not why.column]
    return Tried(row, State.WRONG if reasons else State.GOOD, reasons, notice, entry)


def to_another_edition(notice: Notice, said: str) -> list[Why]:
    if said and edition_in(said) is None:
        return [Why("edition", "not_a_count", _("Write the number of the edition that you answer, or leave it empty"))]
    problem = not_in_force(notice, edition_in(said))
    return [Why("edition", problem.code, problem.text)] if problem else []


def edition_in(said: str) -> int | None:
    return int(said) if said.isdecimal() and len(said) <= EDITION else None


def no_such_notice(number: str) -> Why:
    if not number:
        return Why("notice", "missing", _("Write the number of the notice"))
    text = _("No notice to your platform has the number %(number)s", number=number)
    return Why("notice", "unknown_notice", text)


def asked_of_the_answer(notice: Notice, entry: OutcomeEntry, known: Known) -> list[Why] | None:
    """What is wrong with an answer; None where it was given before."""
    item = known.items.get((notice.id, entry.listing_id))
    if item is None:
        problem = no_such_listing(entry)
        return [Why(column_of(problem), problem.code, problem.text)]
    if has_been_said(item, entry):
        return None
    wrong_facts = why_not(item, entry, now=known.now)
    if isinstance(wrong_facts, Invalid):
        found = [Why(column_of(problem), problem.code, problem.text) for problem in wrong_facts.problems]
    elif wrong_facts:
        return [Why("", wrong_facts.code, wrong_facts.reason)]
    else:
        found = []
    if notice.status != NoticeStatus.ISSUED and (refused := CLAIM.refusal(item, known.by)):  # an answer serves it
        found.append(Why("", refused.code, refused.reason))
    if not any(why.column == "evidence" for why in found) and set(entry.evidence) - known.held:
        text = _("Your organisation holds no such file; send it first")
        found.append(Why("evidence", "unknown_evidence", text))
    return found


def column_of(problem: FieldProblem) -> str:
    """`swept 3` is of the column swept."""
    name = problem.field.split(" ", maxsplit=1)[0]
    column = COLUMN_OF.get(name, name)
    return column if column in ANSWERS.names else ""


def as_said(row: Row) -> tuple[OutcomeEntry, list[Why]]:
    """A row as an answer, and what of it could not be read as one. The evening of what was typed is the operation's."""
    cells, wrong = row.cells, list[Why]()
    acted_at, units = None, None
    if cells["acted_at"]:
        try:
            acted_at = written_moment(cells["acted_at"])
        except ValueError:
            wrong.append(Why("acted_at", "no_moment", NO_MOMENT))
    if said := cells["units_sold"].replace(",", ""):
        if said.isdecimal() and len(said) <= UNITS:
            units = int(said)
        else:
            wrong.append(Why("units_sold", "not_a_count", _("Enter how many units were sold, 0 or more")))
    entry = OutcomeEntry(
        cells["listing_id"],
        outcome_of(cells["outcome"]),
        acted_at=acted_at,
        reason=cells["explanation"],
        units_sold=units,
        swept=cells["swept"].split(),
        evidence=cells["evidence"].lower().split(),
    )
    return entry, wrong


NO_MOMENT: Text = _("Write day and time, as in 2026-10-09 09:52, of Beijing")


def with_doubled(found: Sequence[Tried]) -> list[Tried]:
    """A listing that stands in two rows is answered for by neither: nobody knows which of them was meant."""
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for each in found:
        if each.state is not State.BLANK and each.notice:
            rows[each.row.cells["notice"], each.row.cells["listing_id"]].append(each.row.number)
    return [doubled(each, rows[each.row.cells["notice"], each.row.cells["listing_id"]]) for each in found]


def doubled(tried: Tried, rows: Sequence[int]) -> Tried:
    others = [number for number in rows if number != tried.row.number]
    if tried.state is State.BLANK or not others:
        return tried
    text = _("Row %(n)s answers for the same listing: keep one of them", n=others[0])
    return tried._replace(state=State.WRONG, reasons=[*tried.reasons, Why("listing_id", "doubled", text)])
