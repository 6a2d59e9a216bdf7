"""A platform's listings over all its notices: what waits, many answers in one call, and a workbook of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import contains_eager

from quality.api.door import at_most, door, takes, told
from quality.api.frames import A_FORM
from quality.api.idempotency import once
from quality.api.platform import MOST, AnyOutcomes, OutcomeSent, OutcomeTold, outcome_told, unread
from quality.api.reading import asked, checked, form, sent, sent_table, unfit
from quality.api.shapes import Asked, DayEnds, File, Line, Page, Sent, Told, Words
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _
from quality.delivery.several import answer_several
from quality.delivery.workbook.columns import ANSWERS
from quality.delivery.workbook.trying import State, Tried, look, notices_named
from quality.delivery.workbook.uploads import take_down
from quality.notices.answers import OutcomeEntry
from quality.notices.editions import not_in_force
from quality.notices.models import Notice, NoticeItem
from quality.notices.queries import FAR_OFF, due, listings_waiting
from quality.pages.walking import beyond
from quality.people.access import me, needs
from quality.permissions import Can


class ListingFilter(Asked):
    notice: str = Field("", max_length=40, description="Of this notice only")
    limit: int = Field(50, ge=1, le=200)
    cursor: str = Field("", max_length=20, pattern="^[0-9]*$", description="`next` of the page before")


class WaitingListing(Told):
    notice: str = Field(description="Its number")
    listing_id: str = Field(description="Yours; your answer names it")
    url: str
    title: str
    shop: str
    status: str = Field(description="`open`; `returned` or `reopened`: answer again")
    version: int
    due_at: DayEnds | None = Field(description="Until then remove it and answer; null until receipt is proven")


class NoticedOutcomeSent(OutcomeSent):
    notice: Line = Field(description="The number of the notice that names the listing")
    edition: int | None = Field(
        None, ge=1, description="The `edition` of it that you answer; one of before is refused, `superseded`"
    )


class ManyOutcomes(Sent):
    outcomes: list[NoticedOutcomeSent] = Field(min_length=1, max_length=MOST)


class NoticedOutcomeTold(OutcomeTold):
    notice: str | None = Field(description="As you named it; null where that could not be read")


class ManyOutcomesTold(Told):
    items: list[NoticedOutcomeTold] = Field(description="One for each that you sent, in the same order")


class AnswersSent(Asked):
    file: File = Field(
        description="XLSX as GET /desk/answers/workbook/open.xlsx gives it, or CSV, "
        f"up to {ANSWERS.most_bytes >> 20} MB"
    )


class HowToRecord(Asked):
    confirm: Literal["", "all", "good"] = Field(
        "", description="Left out: a dry run. `all`: every row or none. `good`: the rows that are right"
    )


class AnswerRowReason(Told):
    column: str = Field(description="Empty: the whole row")
    code: str
    reason: Words


class AnswerRow(Told):
    row: int = Field(description="As a spreadsheet counts: the heading is 1")
    state: str = Field(description="`good`, `already` (answered before, exactly so), `blank`, `wrong`")
    notice: str
    listing_id: str
    reasons: list[AnswerRowReason]


class AnswerTable(Told):
    rows: list[AnswerRow] = Field(description="Each row of the table, in its order")
    unread: list[str] = Field(description="Columns of your own")
    recorded: int = Field(description="How many answers were taken down now; in a dry run none")


answers = door("platform_answers", tag="platform/answers", about="Your listings over all notices")
DOORS = [answers]


@answers.get("/platform/listings", summary="What waits for your answer, the first due first",
             responses={200: Page[WaitingListing]})  # fmt: skip
@needs(Can.ITEM_ANSWER)
@takes(query=ListingFilter)
def list_waiting() -> ResponseReturnValue:
    """Over all your notices. A list proves no receipt: open the notice for that."""
    session, wanted = db.session(), asked(ListingFilter)
    rows = listings_waiting(me)
    if wanted.notice:
        rows = rows.where(Notice.number == wanted.notice)
    after = int(wanted.cursor or 0)
    if after and (edge := session.execute(listings_waiting(me).where(NoticeItem.id == after)).first()):
        rows = rows.where(beyond((due(), NoticeItem.id), (edge[1], after), down=False))
    rows = rows.options(contains_eager(NoticeItem.notice)).order_by(due(), NoticeItem.id).limit(wanted.limit + 1)
    found = [(item, until) for item, until in session.execute(rows)]
    items = [waiting_told(item, until) for item, until in found[: wanted.limit]]
    more = len(found) > wanted.limit
    return told(Page[WaitingListing](items=items, next=str(found[wanted.limit - 1][0].id) if more else None))


def waiting_told(item: NoticeItem, until: Any) -> WaitingListing:
    listing = item.snapshot["listing"]
    return WaitingListing(
        notice=str(item.notice.number),
        listing_id=item.listing_id,
        url=listing["url"] or "",
        title=listing["title"] or item.snapshot["product"]["name"],
        shop=listing["shop"] or "",
        status=item.status,
        version=item.version,
        due_at=None if until == FAR_OFF else until,
    )


@answers.post("/platform/outcomes", summary="Answer for listings of several notices",
              responses={200: ManyOutcomesTold})  # fmt: skip
@once
@needs(Can.ITEM_ANSWER)
@takes(body=ManyOutcomes)
def answer_many() -> ResponseReturnValue:
    """Each answer is taken down or refused by itself, and each is told of. The same again changes nothing."""
    session = db.session()
    given = sent(AnyOutcomes, each_by_itself=True).outcomes
    read = [read_noticed(one) for one in given]
    numbers = {number for one in read if not isinstance(one, Invalid) for number, _entry in [one]}
    there = notices_named(session, numbers, me)
    told_of: dict[int, NoticedOutcomeTold] = {}
    said: list[tuple[int, Notice, OutcomeEntry]] = []
    for place, (one, came) in enumerate(zip(given, read, strict=True)):
        if isinstance(came, Invalid):
            told_of[place] = refused(one, came)
        elif (notice := there.get(came[0])) is None:
            text = _("No notice to your platform has the number %(number)s", number=came[0])
            told_of[place] = refused(one, Invalid(FieldProblem("notice", "unknown_notice", text)))
        elif problem := not_in_force(notice, one.get("edition")):
            told_of[place] = refused(one, Invalid(problem))
        else:
            said.append((place, notice, came[1]))
    answered = answer_several(session, [(notice, entry) for _place, notice, entry in said], by=me)
    for (place, _notice, _entry), result in zip(said, answered, strict=True):
        told_of[place] = NoticedOutcomeTold(notice=given[place]["notice"], **outcome_told(result).model_dump())
    return told(ManyOutcomesTold(items=[told_of[place] for place in range(len(given))]))


def read_noticed(one: dict[str, Any]) -> tuple[str, OutcomeEntry] | Invalid:
    try:
        given = checked(one, lambda: NoticedOutcomeSent.model_validate_json(json.dumps(one)))
    except Invalid as wrong:
        return wrong
    return given.notice, OutcomeEntry(**given.model_dump(exclude={"notice", "edition"}))


def refused(one: dict[str, Any], wrong: Invalid) -> NoticedOutcomeTold:
    named = one.get("notice")
    is_named = isinstance(named, str) and not any(unfit(named))
    return NoticedOutcomeTold(notice=named if is_named else None, **unread(one, wrong).model_dump())


@answers.post("/platform/workbooks", summary="Look at a table of answers, or record it",
              responses={200: AnswerTable})  # fmt: skip
@once
@needs(Can.ITEM_ANSWER)
@at_most(ANSWERS.most_bytes + A_FORM)
@takes(form=AnswersSent, query=HowToRecord)
def send_answers(**_none: str) -> ResponseReturnValue:
    """The same table twice changes nothing: its rows are `already` there. Rows that say nothing are passed over."""
    wanted, session = asked(HowToRecord), db.session()
    form(AnswersSent)
    table = sent_table(ANSWERS)
    if not wanted.confirm:
        return told(table_told(table.own, look(session, table.rows, by=me), 0))
    try:
        tried = take_down(session, table.rows, by=me, only_good=wanted.confirm == "good")
    except Invalid as wrong:
        session.rollback()
        raise Invalid(*wrong.problems, *problems_of(look(session, table.rows, by=me))) from wrong
    return told(table_told(table.own, tried, sum(each.state is State.GOOD for each in tried)))


def problems_of(tried: Sequence[Tried]) -> list[FieldProblem]:
    return [
        FieldProblem(
            f"row {each.row.number}, {why.column}" if why.column else f"row {each.row.number}", why.code, why.text
        )
        for each in tried
        if each.state is State.WRONG
        for why in each.reasons
    ]


def table_told(own: list[str], tried: Sequence[Tried], recorded: int) -> AnswerTable:
    rows = [
        AnswerRow(
            row=each.row.number,
            state=each.state,
            notice=each.row.written("notice"),
            listing_id=each.row.written("listing_id"),
            reasons=[AnswerRowReason(column=why.column, code=why.code, reason=str(why.text)) for why in each.reasons],
        )
        for each in tried
    ]
    return AnswerTable(rows=rows, unread=own, recorded=recorded)
