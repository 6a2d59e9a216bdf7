"""The standards library of an agency: read, written standard by standard, and taken in as a workbook."""

from __future__ import annotations

from datetime import date
from typing import Literal

from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api.door import at_most, door, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.reading import asked, form, sent, sent_table
from quality.api.shapes import LARGEST, Asked, File, Line, Moment, Page, Sent, Told, Version, Words
from quality.core.db import db
from quality.people.access import acting, me, needs, require_for
from quality.permissions import Can
from quality.standards import operations, queries
from quality.standards.contents import MOST_ITEMS, MOST_LIMITS, Contents, ItemText, LimitText, limit_with_unit
from quality.standards.models import Edition, Severity, Standard
from quality.standards.rules import Rule
from quality.standards.workbook.columns import LIMITS
from quality.standards.workbook.trying import Line as RowTried
from quality.standards.workbook.trying import State, Tried, look
from quality.standards.workbook.uploads import take_in

A_PAGE, MOST = 50, 200


class StandardLine(Told):
    id: int
    number: str
    title: str
    published: str = Field(description="The publisher's own version")
    valid_from: date | None
    valid_until: date | None = Field(description="The last day")
    succeeded_by: str = Field(description="The number of the standard in its place")
    library_version: int = Field(description="Counts what was written here, from 1; each stays readable")


class StandardLimitTold(Told):
    id: int = Field(description="For `standard_limit_id` of a campaign's item")
    category: str = Field(description="Empty: every product")
    limit: str = Field(description="As the standard writes it")
    limit_with_unit: str = Field(description="As a campaign takes it")
    clause: str


class StandardItemTold(Told):
    item: str
    aliases: str = Field(description="Divided by ；")
    method: str
    unit: str
    lod: str
    loq: str
    severity: str = Field(description="`serious`, `major`, `minor`: no verdict depends on it")
    rule: str
    rule_reason: str = Field(description="By which provision the rule is used")
    limits: list[StandardLimitTold]


class StandardTold(StandardLine):
    version: int = Field(description="Counts the changes; a revision names the one you read")
    reason: str = Field(description="Why this version was written")
    made_at: Moment
    items: list[StandardItemTold]


class LibraryFilter(Asked):
    q: str = Field("", max_length=100, description="In the number, the title, or the name of a test item")
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=60, description="`next` of the page before")


class WhichVersion(Asked):
    library_version: int | None = Field(None, ge=1, le=LARGEST, description="Left out: the newest")


class StandardLimitSent(Sent):
    limit: Line = Field(description="As the standard writes it: `≤0.1`, `不得检出`, `n=5 c=1 m=100 M=1000`")
    category: Line = Field("", description="Empty: every product")
    clause: Line = ""


class StandardItemSent(Sent):
    item: Line
    limits: list[StandardLimitSent] = Field(max_length=MOST_LIMITS)
    aliases: Line = ""
    method: Line = ""
    unit: Line = Field("", description="Of limits that name none themselves")
    lod: Line = ""
    loq: Line = ""
    severity: Severity = Severity.MAJOR
    rule: Rule = Rule.SIMPLE
    rule_reason: Line = Field("", description="Needed for every rule but `simple`")


class StandardWritten(Sent):
    title: Line
    reason: Line = Field(description="Why it is written; kept with the version")
    published: Line = ""
    valid_from: date | None = None
    valid_until: date | None = None
    succeeded_by: Line = ""
    items: list[StandardItemSent] = Field(max_length=MOST_ITEMS, description="All: what is not named is taken out")

    def contents(self) -> Contents:
        items = tuple(item_text(item) for item in self.items)
        plain = self.model_dump(include={"title", "published", "valid_from", "valid_until", "succeeded_by"})
        return Contents(**plain, items=items)


class StandardSent(StandardWritten):
    number: Line


class StandardRevision(StandardWritten):
    version: Version


class StandardKept(Told):
    id: int
    number: str
    version: int
    library_version: int
    changed: bool = Field(description="False: it says what it said before, and nothing was written down")


class LibrarySent(Asked):
    file: File = Field(
        description=f"XLSX as GET /desk/standards/library.xlsx gives it, or CSV, up to {LIMITS.most_bytes >> 20} MB"
    )


class HowToTakeIn(Asked):
    confirm: Literal["", "all", "good"] = Field(
        "",
        description="Left out: a dry run. `all`: every standard or none. `good`: those whose rows are all right",
    )
    reason: str = Field("", max_length=500, description="Stays with each new version; needed unless it is a dry run")


class LibraryRowReason(Told):
    column: str = Field(description="Empty: the whole row")
    code: str
    reason: Words


class LibraryRow(Told):
    row: int = Field(description="As a spreadsheet counts: the heading is 1")
    state: str = Field(description="`new`, `other` (a new version), `same`, `wrong`, `held` by another row")
    number: str
    item: str
    reasons: list[LibraryRowReason]


class LibraryTable(Told):
    rows: list[LibraryRow] = Field(description="Each row of the table")
    unread: list[str] = Field(description="Columns of your own")
    taken: list[str] = Field(description="Numbers of the standards that have a new version now; in a dry run none")


standards = door("standards", tag="standards", about="Your agency's library: limits, methods, decision rules")
DOORS = [standards]


def item_text(given: StandardItemSent) -> ItemText:
    limits = tuple(LimitText(**each.model_dump()) for each in given.limits)
    return ItemText(**given.model_dump(exclude={"limits"}), limits=limits)


def line_of(standard: Standard, edition: Edition) -> dict[str, object]:
    names = ("title", "published", "valid_from", "valid_until", "succeeded_by")
    return {name: getattr(edition, name) for name in names} | {
        "id": standard.id,
        "number": standard.number,
        "library_version": edition.edition,
    }


@standards.get("/standards", summary="The library, by number", responses={200: Page[StandardLine]})
@needs(Can.STANDARD_READ)
@takes(query=LibraryFilter)
def list_standards() -> ResponseReturnValue:
    wanted = asked(LibraryFilter)
    found = queries.listed(db.session(), me, wanted.q, wanted.cursor, wanted.limit)
    lines = [StandardLine.model_validate(line_of(each.standard, each)) for each in found[: wanted.limit]]
    return told(Page[StandardLine](items=lines, next=lines[-1].number if len(found) > wanted.limit else None))


@standards.get("/standards/<int:standard>", summary="All that one says", responses={200: StandardTold})
@acting
@takes(query=WhichVersion)
def one_standard(standard: int) -> ResponseReturnValue:
    found = queries.one_visible(db.session(), me, standard)
    edition = queries.one_edition(db.session(), found, asked(WhichVersion).library_version)
    more = {"version": found.version, "reason": edition.reason, "made_at": edition.made_at}
    items = [
        {name: getattr(item, name) for name in StandardItemTold.model_fields if name != "limits"}
        | {
            "limits": [
                {
                    "id": each.id,
                    "category": each.category,
                    "limit": each.limit,
                    "limit_with_unit": limit_with_unit(each.limit, item.unit),
                    "clause": each.clause,
                }
                for each in item.limits
            ]
        }
        for item in edition.items
    ]
    return told(StandardTold.model_validate(line_of(found, edition) | more | {"items": items}))


@standards.post("/standards", summary="Write a standard down", responses={201: StandardKept})
@once
@needs(Can.STANDARD_EDIT)
@takes(body=StandardSent)
def add_standard() -> ResponseReturnValue:
    given = sent(StandardSent)
    return told(kept(operations.add(db.session(), given.number, given.contents(), given.reason, by=me), True), 201)


@standards.post("/standards/<int:standard>/revise", summary="Write its next version", responses={200: StandardKept})
@once
@needs(Can.STANDARD_EDIT, once_found=True)
@takes(body=StandardRevision)
def revise_standard(standard: int) -> ResponseReturnValue:
    found = queries.one_visible(db.session(), me, standard)
    require_for(found)
    given = sent(StandardRevision)
    changed = operations.revise(db.session(), found, given.contents(), given.reason, by=me, version=given.version)
    return told(kept(found, changed))


def kept(standard: Standard, changed: bool) -> StandardKept:
    return StandardKept(
        id=standard.id,
        number=standard.number,
        version=standard.version,
        library_version=standard.edition,
        changed=changed,
    )


@standards.post("/standards/workbooks", summary="Look at a library's workbook, or take it in",
                responses={200: LibraryTable})  # fmt: skip
@once
@needs(Can.STANDARD_EDIT)
@at_most(LIMITS.most_bytes + A_FORM)
@takes(form=LibrarySent, query=HowToTakeIn)
def send_library(**_none: str) -> ResponseReturnValue:
    """The same workbook twice changes nothing: its rows are the `same` then."""
    wanted = asked(HowToTakeIn)
    form(LibrarySent)
    table = sent_table(LIMITS)
    session = db.session()
    if not wanted.confirm:
        return told(table_told(table.own, look(session, table.rows, by=me), []))
    tried = take_in(session, table.rows, wanted.reason, by=me, only_good=wanted.confirm == "good")
    taken = [each.number for each in tried if each.state in {State.NEW, State.OTHER}]
    return told(table_told(table.own, tried, taken))


def table_told(own: list[str], tried: list[Tried], taken: list[str]) -> LibraryTable:
    rows = [row_told(each.number, line) for each in tried for line in each.lines]
    return LibraryTable(rows=rows, unread=own, taken=taken)


def row_told(number: str, line: RowTried) -> LibraryRow:
    reasons = [LibraryRowReason(column=why.column, code=why.code, reason=str(why.text)) for why in line.reasons]
    item = line.row.cells["item"]
    return LibraryRow(row=line.row.number, state=line.state, number=number, item=item, reasons=reasons)
