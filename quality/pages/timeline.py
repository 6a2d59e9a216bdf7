"""The record of a case as people read it: who did what when, with number and digest, newest first.

A person of the reader's own organisation is named, but for a buyer, who is a code to everybody but themselves: who
buys is protected (DESIGN, decision 7). Anybody else is their organisation. Notes are for the organisation that wrote
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core.events import Event, Note
from quality.core.words import Text, _
from quality.core.workflow import Case, Part, name_of
from quality.pages.moments import local
from quality.pages.words import deed, word
from quality.people.actor import Actor
from quality.people.models import Membership, Person
from quality.permissions import Role

AT_MOST = 200  # what the page of a case holds; the record has pages of its own
A_PAGE = 100
AT_ONCE = 12  # what is read without asking for more


class Line(NamedTuple):
    at: datetime
    who: Text
    did: Text
    seq: int
    digest: str
    is_said: bool  # done by others than the agency whose case it is
    note: str | None
    is_ours: bool  # done by somebody of the reader's organisation, or by the system
    said_at: datetime | None = None  # by the telephone that it was done on, perhaps long before it came; for us only


class Day(NamedTuple):
    on: date
    lines: list[Line]


class Record(NamedTuple):
    """The newest first; `older` of them are behind a word, when there are many."""

    newest: list[Day]
    rest: list[Day]
    older: int
    whole: str | None = None  # the address of the whole, where there is more than stands here


class Page(NamedTuple):
    days: list[Day]
    older: int | None  # the page behind this one begins before that event
    is_later: bool  # there are newer ones
    is_counted: bool  # whether the reader may know how much was done before


class Told(NamedTuple):
    """What of a record somebody may know: from event `first` on, but for what is done by the words `untold`."""

    first: int = 1
    untold: Set[str] = frozenset()


EVERYTHING = Told()


def timeline(
    session: Session, case: Case | Part, me: Actor, told: Told = EVERYTHING, *, whole: str | None = None
) -> Record:
    """What the reader may know of the record. Of a part, only what was done with it.

    `whole` is where the rest stands, if it does not all fit.
    """
    events = session.scalars(events_of(case, told).order_by(Event.seq.desc()).limit(AT_MOST + 1)).all()
    lines = list(lines_of(session, events[:AT_MOST], me, whole_of(case)))
    at_once = AT_ONCE if len(lines) > AT_ONCE + 2 else len(lines)  # one or two are no reason to hide any
    record = Record(days_of(lines[:at_once]), days_of(lines[at_once:]), len(lines) - at_once)
    return record._replace(whole=whole) if len(events) > AT_MOST else record


def page_of_record(
    session: Session,
    case: Case | Part,
    me: Actor,
    told: Told = EVERYTHING,
    *,
    before: int | None = None,
    limit: int = A_PAGE,
) -> Page:
    """A page of the same, behind event `before`. Of a part nobody is told where it stands among what else was done,
    so that it is one page."""
    is_counted = not isinstance(case, Part)
    limit, before = (limit, before) if is_counted else (AT_MOST, None)
    asked = events_of(case, told)
    if before is not None:
        asked = asked.where(Event.seq < before)
    events = session.scalars(asked.order_by(Event.seq.desc()).limit(limit + 1)).all()
    older = events[limit - 1].seq if is_counted and len(events) > limit else None
    lines = list(lines_of(session, events[:limit], me, whole_of(case)))
    return Page(days_of(lines), older, before is not None, is_counted)


def whole_of(case: Case | Part) -> Case:
    whole: Case = case.whole if isinstance(case, Part) else case
    return whole


def events_of(case: Case | Part, told: Told = EVERYTHING) -> sa.Select[Event]:
    whole = whole_of(case)
    asked = sa.select(Event).where(
        Event.subject_type == whole.__tablename__, Event.subject_id == whole.id, Event.seq >= told.first
    )
    if told.untold:
        asked = asked.where(Event.action.not_in(told.untold))
    return asked.where(Event.part == name_of(case)) if isinstance(case, Part) else asked


def days_of(lines: Sequence[Line]) -> list[Day]:
    return [Day(on, list(of_day)) for on, of_day in groupby(lines, key=lambda line: local(line.at).date())]


def lines_of(
    session: Session, events: Sequence[Event], me: Actor, case: Any, *, who: Names | None = None
) -> Iterator[Line]:
    who = who or Names(session, {person for event in events if (person := person_of(event.actor))}, me)
    digests = {event.note_digest for event in events if event.note_digest}
    notes = {note.digest: note for note in session.scalars(sa.select(Note).where(Note.digest.in_(digests)))}
    for event in events:
        person = person_of(event.actor)
        is_party = event.actor.startswith(("letter:", "told:"))
        note = notes.get(event.note_digest or "")
        yield Line(
            at=event.at,
            who=_("A party, by its link") if is_party else who.name(person),
            did=deed(event.part.split(":")[0] if event.part else event.subject_type, event.action, is_party=is_party),
            seq=event.seq,
            digest=event.digest,
            is_said=is_party or (not who.works_at(person, case.agency_id) if person else False),
            note=note.text if note and who.works_at(person, me.organisation_id) else None,
            is_ours=(is_ours := (person is None and not is_party) or who.works_at(person, me.organisation_id)),
            said_at=datetime.fromisoformat(said) if is_ours and (said := event.details.get("phone_at")) else None,
        )


def person_of(actor: str) -> int | None:
    """17 of `person:17 via key:5`."""
    kind, _colon, rest = actor.partition(":")
    return int(rest.split()[0]) if kind == "person" else None


class Names:
    """What to call people, for one reader."""

    def __init__(self, session: Session, people: set[int], me: Actor) -> None:
        self.me = me
        asked = sa.select(Membership).where(Membership.person_id.in_(people)).order_by(Membership.id)
        self.memberships: dict[int, list[Membership]] = {}
        for membership in session.scalars(asked):
            self.memberships.setdefault(membership.person_id, []).append(membership)
        self.people = {p.id: p.name for p in session.scalars(sa.select(Person).where(Person.id.in_(people)))}

    def works_at(self, person: int | None, organisation: int | None) -> bool:
        return any(m.organisation_id == organisation for m in self.memberships.get(person or 0, ()))

    def name(self, person: int | None) -> Text:
        if person is None:
            return word("role", Role.SYSTEM)
        return _("You") if person == self.me.id else self.named(person)

    def named(self, person: int) -> Text:
        there = self.memberships.get(person, ())
        if not self.works_at(person, self.me.organisation_id):
            return next((membership.organisation.name for membership in there), _("Somebody"))
        if any(membership.role == Role.BUYER for membership in there):
            return buyer_code(person)
        return self.people.get(person, _("Somebody"))


def name_for(session: Session, person: int | None, me: Actor) -> Text:
    """One person's name, as `me` may read it."""
    return "—" if person is None else Names(session, {person}, me).name(person)


def buyer_code(person: int) -> Text:
    return _("Buyer B-%(code)s", code=f"{person:02d}")
