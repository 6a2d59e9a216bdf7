"""What a page must know about a kind of case: who reads it, what it is called, what stands in its dossier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session
from sqlalchemy.sql.base import ExecutableOption

from quality.core.errors import NotPermitted
from quality.core.words import Text, _
from quality.core.workflow import Case, Condition, Part, Transition, Workflow, perform
from quality.pages.forms.fields import Form
from quality.pages.forms.sheet import Sheet
from quality.pages.kinds.narrowing import About, Narrowing
from quality.pages.timeline import Told
from quality.pages.words import Party, Status
from quality.people.actor import Actor
from quality.permissions import Can

Read = Callable[[Session, Actor, str], Any]
Act = Callable[[Session, Any, Actor, int, str], object]  # (session, case, by, version, note)


class Fact(NamedTuple):
    label: Text
    value: Text
    address: str | None = None
    is_code: bool = False
    beside: Text | None = None


class Made(NamedTuple):
    """A move that a page can make: it takes no more than a note."""

    act: Act
    asks: Text | None = None  # the note's label
    must: bool = False
    answers: str = ""  # the refusal that the note itself takes away
    also: Sequence[Condition] = ()  # what a later room asks beside the life's own conditions


class Deed(NamedTuple):
    """What may be done with a case besides moving it: something else comes of it, and the case stays where it is."""

    label: Text
    by: Can
    is_due: Callable[[Any], bool]
    made: Made
    may_wait: bool = False  # it can be done, and is not what comes next

    def not_permitted(self, case: Any, me: Actor) -> NotPermitted | None:
        """Why `me` may not do this to `case` whatever its status, or None."""
        if me.can(self.by) and me.stands_over(case):
            return None
        return NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=self.label))


class Clocked(NamedTuple):
    """Clocks of these rules on rows of `table`, each named by `key` of the case that they press."""

    table: str
    key: Any
    rules: frozenset[str]


@dataclass
class Dossier:
    """The part of a dossier that is this kind's own."""

    heading: Text
    facts: list[Fact]
    crumbs: list[tuple[Text, str | None]] = field(default_factory=list)
    tags: list[tuple[str, Text]] = field(default_factory=list)  # tone and word, beside the status
    is_sealed: bool = False  # it was issued or published in the agency's name
    parts: Sequence[Part] = ()
    part_names: Mapping[str, Text] = field(default_factory=dict)  # what people call them, by the names events have
    is_counted: bool = True  # whether the reader may know how much was done before
    more: Mapping[str, Any] = field(default_factory=dict)  # for the template of this kind


class TimedParts(NamedTuple):
    """Parts of a case with legal clocks of their own by some rules."""

    model: Any
    case_id: Any  # the part's column that names its case
    rules: Sequence[str]
    named: Callable[[Any], str]  # as programs call it


@dataclass(frozen=True)
class Kind:
    name: str  # in the address
    title: Text
    read: Can
    life: Workflow[Any]
    model: Any
    visible_to: Callable[[Actor], sa.Select[Any]]
    one_visible: Read
    number: Callable[[Any], str]
    heading: Callable[[Any], Text]
    describe: Callable[[Session, Any, Actor], Dossier]
    beside: Callable[[Any], Text] = lambda _case: ""
    makes: Mapping[str, Made] = field(default_factory=dict)
    sheets: Mapping[str, Sheet] = field(default_factory=dict)  # moves that have a form of their own
    steps: Mapping[str, Sheet] = field(default_factory=dict)  # forms on pages of their own, which telephones send too
    follows: frozenset[str] = frozenset()  # moves that come with another deed: nobody is offered them
    called: Callable[[Any], str] | None = None  # what people call it, where the address says more
    deeds: Mapping[str, Deed] = field(default_factory=dict)
    part_life: Workflow[Any] | None = None  # of parts that have moves on the same page
    parts: Callable[[Any], Sequence[Part]] = lambda _case: ()  # those of a case
    part_makes: Mapping[str, Made] = field(default_factory=dict)
    part_sheets: Mapping[str, Sheet] = field(default_factory=dict)
    shown_with: Sequence[ExecutableOption] = ()  # what a line of a list shows of other rows, fetched with it
    numbers: Sequence[Any] = ()  # the columns of the whole numbers by which people look for it
    titled: Any = None  # the column of its title, where cases are few enough to be read through
    narrowed_by: Mapping[str, Narrowing] = field(default_factory=dict)  # filters beside the status
    has_clock: bool = False  # whether legal clocks run on such cases themselves
    timed_parts: TimedParts | None = None  # whose clocks press as the case's own do
    about: About | None = None  # the words by which its cases are found
    # who has it and what for, where that is more than the status; without a session by what `shown_with` brings only
    turn: Callable[[Any, Session | None], Status | None] = lambda _case, _session: None
    turned_to: Mapping[Party, sa.ColumnElement[bool]] = field(default_factory=dict)  # the same, asked of many at once
    # parties that go on with what they have while it is turned to another: for them the status says what to do
    stays_with: frozenset[Party] = frozenset()
    # where a party has several roles: of the cases that it has, those that fall to one of them
    falls_to: Callable[[Actor], sa.ColumnElement[bool]] = lambda _me: sa.true()
    clocked: Clocked | None = None  # the clocks of another case that press it
    # the page on which it is done, where that is of another case
    where: Callable[[Session, Any, Actor], str | None] = lambda _session, _case, _me: None
    # events, by their words, that a reader is not told of
    untold: Callable[[Actor], Set[str]] = lambda _me: frozenset()
    # the first event that a reader may know of
    shown_from: Callable[[Session, Any, Actor], int] = lambda _session, _case, _me: 1
    shown_by: Callable[[Any], Sequence[Any]] = lambda case: [case]  # the rows whose evidence its page shows as its own
    proved_by: Callable[[Any], Sequence[tuple[str, Any]]] = lambda _case: ()  # cases whose evidence proves it too
    begins: Callable[[Actor], tuple[Text, str] | None] = lambda _me: None  # where a new one is made, by its word
    across: Callable[[Actor], tuple[Text, str] | None] = lambda _me: None  # a page over parts of all of them
    many: Callable[[Actor], tuple[Text, str] | None] = lambda _me: None  # a page that moves many of them at once
    # exhibits of a case, by their ids, that this reader is not shown yet
    kept_from: Callable[[Any, Actor], Set[int]] = lambda _case, _me: frozenset()
    # what its own page draws when a form that stands on it comes back; `None` for one that has a page of its own
    in_place: Callable[[Mapping[str, Any], str, Form], Mapping[str, Any] | None] = lambda _page, _name, _form: None

    def told(self, session: Session, case: Any, me: Actor) -> Told:
        """What of its record `me` may know."""
        return Told(self.shown_from(session, case, me), self.untold(me))

    def address(self, case: Any) -> str:
        return url_for("desk.dossier", kind=self.name, number=self.number(case))


def plain(move: Transition[Any], asks: Text | None = None) -> Made:
    """A move without anything that the room would do beside it."""

    def act(session: Session, case: Case, by: Actor, version: int, note: str) -> None:
        perform(session, case, move, by=by, version=version, note=note)

    return Made(act, asks)


def link(me: Actor, deed: Can, kind: str, number: str | None) -> str | None:
    """The address of another dossier, for those who may read such."""
    return url_for("desk.dossier", kind=kind, number=number) if number and me.can(deed) else None
