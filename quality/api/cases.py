"""What every kind of case answers: its list, itself, its record, and the moves that take no more than a note."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.api.door import Door, door, takes, told
from quality.api.exhibits import add_evidence
from quality.api.reading import asked as read_query
from quality.api.shapes import Asked, Changed, Clock, EventLine, Line, Move, Page, Told
from quality.clocks.queries import clocks_of, clocks_of_all, shown
from quality.core import clock as time
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, Refused
from quality.core.events import Event
from quality.core.words import _
from quality.core.workflow import Case, Part, name_of
from quality.pages import asking, dossier, listing, timeline
from quality.pages.kinds import Kind, kind_for
from quality.people.access import acting, me
from quality.people.actor import Actor
from quality.permissions import Sees

A_PAGE, MOST = 50, 200
View = Callable[..., ResponseReturnValue]


class Filter(Asked):
    """`status` may come several times. What is looked for is a number, or how one begins, or words of the product."""

    status: list[Line] = Field([], description="One of the kind's statuses; several are any of them")
    q: str = Field("", max_length=asking.KEPT, description="A number or its beginning, or words about the case")
    campaign: str = Field("", max_length=40, description="A campaign's number, where the list is narrowed by it")
    platform: str = Field("", max_length=16, description="A platform's code, where the list is narrowed by it")
    stage: str = Field("", max_length=16, description="As on the pages, where the list has stages")
    from_: str = Field("", alias="from", max_length=10, description="Opened on this day or later, YYYY-MM-DD")
    to: str = Field("", max_length=10, description="Opened on this day or earlier")
    order: str = Field("", max_length=10, description="`due`: those with a clock, the first due first")
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=40, description="`next` of the page before")


class Paging(Asked):
    limit: int = Field(A_PAGE, ge=1, le=MOST, description="Lines of a page")
    cursor: str = Field("", max_length=40, description="`next` of the page before")


class Brief(Told):
    """A line of a list."""

    number: str = Field(description="As its address has it")
    status: str = Field(description="See docs/api.md")
    version: int = Field(description="Counts the changes; a move names the one you read")
    title: str = Field(description="For people")
    address: str = Field(description="Of the case in this API")


class Whole(Told):
    """What every case answers, whatever its kind."""

    number: str = Field(description="As its address has it")
    status: str = Field(description="See docs/api.md")
    version: int = Field(description="Counts the changes; a move names the one you read")
    moves: list[Move] = Field(description="What your role may do with it in this status")
    clocks: list[Clock] = Field(description="The periods that run or ran, as far as they are yours to know")


@dataclass(frozen=True)
class Collection:
    """One kind of case at one address. `own` gives what only this kind answers, by the fields of `whole`."""

    name: str  # in the address
    kind: Kind
    whole: type[Whole]
    own: Callable[[Session, Any, Actor], dict[str, Any]]
    brief: type[Brief] = Brief
    own_of_all: Callable[[Session, Sequence[Any], Actor], Sequence[dict[str, Any]]] | None = None
    number: Callable[[Any], str] | None = None  # in the address, where it differs from the pages'
    part: str = "number"  # what the address calls it
    of: Sees | None = None  # whose it is; to others there is no such address
    also: Callable[[Any, Actor], Iterator[Move]] = lambda _case, _me: iter(())  # what else may be done with it
    moves: Mapping[str, str] = field(default_factory=dict)  # as the address calls them, where the pages say otherwise

    @property
    def page(self) -> type[Page[Any]]:
        return Page[self.brief]  # type: ignore[name-defined] # made when the program starts

    def called(self, case: Any) -> str:
        return (self.number or self.kind.number)(case)

    def found(self, number: str) -> Any:
        """The case, for who acts. What is not theirs to see is not there."""
        return self.kind_for(me).one_visible(db.session(), me, number)

    def kind_for(self, by: Actor) -> Kind:
        if self.of not in {None, by.sees}:
            raise NotFound(self.name)
        return kind_for(by, self.kind.name)

    def changed(self, case: Any) -> Changed:
        return Changed(number=self.called(case), status=case.status, version=case.version)


def collection(found: Collection, *, about: str) -> Door:
    """The door of a collection with what every kind answers. Its moves are added by api/moves.py."""
    made = door(found.name.replace("/", "_"), tag=found.name, about=about)
    add_list(made, found)
    add_case(made, found)
    add_record(made, found)
    address, worn = partial(address_of, found), partial(wear, acting)
    add_evidence(made, found.name, found.part, kind=found.kind, find=found.found, address=address, wear=worn)
    return made


def add_list(made: Door, found: Collection) -> None:
    @takes(query=Filter)
    def cases() -> ResponseReturnValue:
        session, kind = db.session(), found.kind_for(me)
        wanted = read_query(Filter)
        asked = understood(kind, wanted)
        page = listing.listed(session, kind, asked, me, wanted.limit)
        more = found.own_of_all(session, page.rows, me) if found.own_of_all else [{}] * len(page.rows)
        rows = [
            found.brief(
                number=found.called(case),
                status=case.status,
                version=case.version,
                title=str(kind.heading(case)),
                address=address_of(found, case),
                **each,
            )
            for case, each in zip(page.rows, more, strict=True)
        ]
        cursor = page.older if page.older is not None else page.further
        return told(found.page(items=rows, next=None if cursor is None else str(cursor)))

    summary = "The list, the newest first"
    view = wear(acting, cases, f"list_{plain(found)}")
    made.get(f"/{found.name}", summary=summary, responses={200: found.page})(view)


def understood(kind: Kind, wanted: Filter) -> asking.Asked:
    """As the pages' lists understand it; what they would only leave out is told to a program."""
    args = MultiDict(request.args)
    if wanted.cursor:
        args["before"] = wanted.cursor
    asked = asking.asked_of(kind, args)
    problems = list(asked.problems)
    if asked.not_understood:
        problems.append(FieldProblem("cursor", "bad_cursor", _("Send `next` of the page before, as it was given")))
    if wanted.order not in asking.ORDERS or (wanted.order and not kind.has_clock):
        problems.append(FieldProblem("order", "unknown", _("There is no such order here; leave it out")))
    for name, value in asked.narrowed():
        if value and not listing.may_narrow(kind, name, me):
            problems.append(FieldProblem(name, "unknown", _("This list is not narrowed by that; leave it out")))
    if problems:
        raise Invalid(*problems)
    return asked


def add_case(made: Door, found: Collection) -> None:
    def case(**named: str) -> ResponseReturnValue:
        one = found.found(named[found.part])
        return told(whole_of(db.session(), found, one, me))

    rule = f"/{found.name}/<{found.part}>"
    view = wear(acting, case, f"show_{plain(found)}")
    made.get(rule, summary="One of them, whole", responses={200: found.whole})(view)


def whole_of(session: Session, found: Collection, case: Any, by: Actor) -> Whole:
    return found.whole(
        number=found.called(case),
        status=case.status,
        version=case.version,
        moves=[*moves_of(found.kind, case, by, found.moves), *found.also(case, by)],
        clocks=[*map(clock_of, clocks_of(session, case)), *own_times(session, found.kind, case)],
        **found.own(session, case, by),
    )


def clock_of(shown: Any) -> Clock:
    return Clock.model_validate(shown, from_attributes=True)


def own_times(session: Session, kind: Kind, case: Any) -> Iterator[Clock]:
    """The clocks of its parts that press as its own do."""
    if kind.timed_parts is None:
        return
    parts = {part.id: part for part in kind.parts(case)}
    for one in clocks_of_all(session, parts.values()):
        if one.rule in kind.timed_parts.rules:
            named = kind.timed_parts.named(parts[one.subject_id])
            yield clock_of(shown(one, time.now())).model_copy(update={"listing_id": named})


def moves_of(kind: Kind, case: Any, by: Actor, called: Mapping[str, str] = MappingProxyType({})) -> Iterator[Move]:
    """As the page of the case offers them: those of its life, and what else may be done with it."""
    for move, _refusal in kind.life.choices(case, by):
        if move.name not in kind.follows:
            refusal = dossier.refused(move, case, by, kind.makes.get(move.name), kind.sheets.get(move.name))
            yield offered(called.get(move.name, move.name), refusal)
    for name, deed in kind.deeds.items():
        if deed.is_due(case) and not deed.not_permitted(case, by):
            yield offered(name, first_refusal(deed.made.also, case, by))
    for name, sheet in kind.sheets.items():
        if sheet.label and sheet.by and sheet.is_due(case) and by.can(sheet.by) and by.stands_over(case):
            yield offered(name, first_refusal(sheet.also, case, by))


def part_moves_of(kind: Kind, part: Part, by: Actor) -> Iterator[Move]:
    assert kind.part_life is not None
    made_here = kind.part_makes.keys() | kind.part_sheets.keys()
    for move, _refusal in kind.part_life.choices(part, by):
        if move.name in made_here:
            refusal = dossier.refused(move, part, by, kind.part_makes.get(move.name), kind.part_sheets.get(move.name))
            yield offered(move.name, refusal)
    for name, sheet in kind.part_sheets.items():
        if sheet.label and sheet.by and sheet.is_due(part) and by.can(sheet.by) and by.stands_over(part):
            yield offered(name, first_refusal(sheet.also, part, by))


def first_refusal(conditions: Sequence[Any], case: Any, by: Actor) -> Refused | None:
    return next((Refused.because(no) for no in (asked(case, by) for asked in conditions) if no), None)


def offered(name: str, refusal: Refused | None) -> Move:
    return Move(
        name=name,
        allowed=refusal is None,
        code=refusal.code if refusal else None,
        reason=str(refusal.reason) if refusal else None,
    )


def add_record(made: Door, found: Collection) -> None:
    @takes(query=Paging)
    def record(**named: str) -> ResponseReturnValue:
        case = found.found(named[found.part])
        return told(record_of(db.session(), found.kind, case, read_query(Paging)))

    rule = f"/{found.name}/<{found.part}>/events"
    view = wear(acting, record, f"events_of_{plain(found)}")
    made.get(rule, summary="Its record, the oldest event first", responses={200: Page[EventLine]})(view)


def record_of(session: Session, kind: Kind, case: Case | Part, wanted: Paging) -> Page[EventLine]:
    """From the first event that `me` may know of.

    Of a part, only what was done with it, and counted anew: that a portion's first event is the fifteenth of its
    sample, or which of the sample's portions it is, would tell the laboratory that it was tested elsewhere before.
    """
    whole = case.whole if isinstance(case, Part) else case
    first, read = kind.shown_from(session, case, me), after(wanted.cursor)
    asked = sa.select(Event).where(Event.subject_type == whole.__tablename__, Event.subject_id == whole.id)
    asked = asked.where(Event.action.not_in(kind.untold(me)))
    if isinstance(case, Part):
        asked = asked.where(Event.seq >= first, Event.part == name_of(case)).offset(read)
    else:
        asked = asked.where(Event.seq >= max(first, read + 1))
    events = session.scalars(asked.order_by(Event.seq).limit(wanted.limit + 1)).all()
    shown = events[: wanted.limit]
    is_part = isinstance(case, Part)
    counted = range(read + 1, read + 1 + len(shown)) if is_part else [event.seq for event in shown]
    lines = zip(counted, shown, timeline.lines_of(session, shown, me, whole), strict=True)
    return Page[EventLine](
        items=[
            EventLine(
                seq=seq,
                at=event.at,
                action=event.action,
                part=None if is_part else event.part,
                old_status=event.old_status,
                status=event.new_status,
                who=str(line.who),
                actor=event.actor if line.is_ours else None,
                note=line.note,
                digest=event.digest,
            )
            for seq, event, line in lines
        ],
        next=str(counted[-1]) if len(events) > len(shown) else None,
    )


def after(cursor: str) -> int:
    """The event that the last page ended with."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= asking.DIGITS):
        raise Invalid(FieldProblem("cursor", "bad_cursor", _("Send `next` of the page before, as it was given")))
    return int(cursor)


def wear(guard: Callable[[View], View], view: View, name: str) -> View:
    """A view made for one collection, under a name of its own: guards and the document know views by their names."""
    view.__name__ = view.__qualname__ = name
    return guard(view)


def plain(found: Collection) -> str:
    return found.name.replace("/", "_")


def address_of(found: Collection, case: Any) -> str:
    return f"/api/v1/{found.name}/{found.called(case)}"
