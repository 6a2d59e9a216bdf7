"""The last look at what is answered to a laboratory, a platform or a party: what leads to a buyer is taken out of it.

Nobody of the agency can write such a thing down where others read (core/withholding.py), but rows are older than rules.
So each answer about one case is read once more before it goes. Their own words go back to those outside as they wrote
them: a platform that sends the telephone numbers of all who ordered must not learn by a mark which one it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask, Response, g, request
from sqlalchemy.orm import Session

from quality.core.db import Base, db
from quality.core.events import Event, Note
from quality.core.redaction import hits, redacted
from quality.core.withholding import needles_behind
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Sees

OUTSIDE = {Sees.LABORATORY, Sees.PLATFORM}
READ = {"text/html", "application/json", "application/problem+json", "text/plain", "text/csv"}
T = Base.metadata.tables
LONGEST = 64


class Named(NamedTuple):
    """A table of which an address names one row by `column`; `written`: where those outside wrote about it."""

    table: str
    column: str
    written: tuple[tuple[str, str], ...]  # tables and columns of texts; `near` says which rows


NAMED_BY = (
    Named("notice", "number", (("claim", "reason"), ("notice", "platform_reference"))),
    Named("portion", "blind_no", (("suspicion", "reason"), ("report", "method_note"))),
    Named("report", "report_no", (("report", "method_note"), ("report", "change_reason"))),
    Named("sample", "number", ()),
    Named("letter", "token_sha256", (("objection", "statement"), ("reply", "statement"))),
)


def init_app(app: Flask) -> None:
    app.after_request(take_out_what_leads)


def take_out_what_leads(response: Response) -> Response:
    if not is_for_outside() or response.is_streamed or response.mimetype not in READ or not request.view_args:
        return response
    session = db.session()
    for about, key in cases_named(session, request.view_args):
        needles = needles_behind(session, about.table, [key])
        text = response.get_data(as_text=True) if needles else ""
        if not hits(text, needles):
            continue
        own = list(own_words(session, about, key))
        hidden = [each for each in needles if not any(hits(said, [each]) for said in own)]
        if (told := redacted(text, hidden)) != text:
            response.set_data(told)
    return response


def is_for_outside() -> bool:
    actor: Actor | None = g.get("actor")
    return request.path.startswith("/reply/") if actor is None else actor.sees in OUTSIDE


def cases_named(session: Session, named: dict[str, Any]) -> list[tuple[Named, int]]:
    """The cases that the address names. A list names none, and has nothing on it that anybody typed."""
    texts = list(texts_of(named))
    return [(NAMED_BY[place], key) for place, key in session.execute(named_by(), {"texts": texts})] if texts else []


@cache  # to make it takes as long as to ask it
def named_by() -> sa.CompoundSelect[Any]:
    texts: sa.BindParameter[Any] = sa.bindparam("texts", expanding=True)
    return sa.union_all(
        *(
            sa.select(sa.literal(place), T[about.table].c.id).where(T[about.table].c[about.column].in_(texts))
            for place, about in enumerate(NAMED_BY)
        )
    )


def texts_of(named: dict[str, Any]) -> Iterator[str]:
    for name, value in named.items():
        if isinstance(value, str) and len(value) <= LONGEST and value.isprintable():  # nothing of ours has a NUL
            yield hashlib.sha256(value.encode()).hexdigest() if name == "token" else value.rpartition(":")[2]


def own_words(session: Session, about: Named, key: int) -> Iterator[str]:
    """What those outside wrote about this case. Asked for only where something was found, which is hardly ever."""
    for table, column in about.written:
        written = T[table].c[column]
        yield from session.scalars(sa.select(written).where(near(about, T[table], key), written.is_not(None)))
    if about.table != "notice":
        return
    theirs = sa.select(Membership.person_id).where(
        Membership.organisation_id == sa.select(T["notice"].c.platform_id).where(T["notice"].c.id == key)
    )
    people = set(session.scalars(theirs))
    notes = sa.select(Event.actor, Note.text).join(Note, Note.digest == Event.note_digest)
    for actor, text in session.execute(notes.where(Event.subject_type == "notice", Event.subject_id == key)):
        if text and any(actor == f"person:{each}" or actor.startswith(f"person:{each} ") for each in people):
            yield text


def near(about: Named, table: sa.Table, key: int) -> sa.ColumnElement[bool]:
    """Rows of `table` that belong to the row of `about`."""
    if table.name == about.table:
        return table.c.id == key
    if about.table == "notice":
        items = sa.select(T["notice_item"].c.id).where(T["notice_item"].c.notice_id == key)
        return table.c.item_id.in_(items)
    if about.table == "letter":
        return table.c.finding_id.in_(sa.select(T["letter"].c.finding_id).where(T["letter"].c.id == key))
    return table.c.portion_id == key
