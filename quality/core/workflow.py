"""How a case moves from one status to the next: the only code that assigns `.status`.

A room writes its life as a table of `Transition`s (see notices/workflow.py). `perform` takes the case first, so that
of two people who press at once one is told; only then it reads what the conditions read, and it adds one `Event`
whose `seq` is the new version. A move of a part (an item of a notice) takes its whole the same way and before it, so
that a notice cannot close while one of its items reopens.

Who moves several cases in one transaction takes them in the order of the journey: campaign, task, sample, report,
finding, objection, notice, result. Two that wait for each other would otherwise wait for ever.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value

from quality.core.db import Base
from quality.core.errors import NotPermitted, Refused, Stale
from quality.core.events import Event, Recorded, append, id_of, write
from quality.core.withholding import refuse_what_leads
from quality.core.words import Reason, Text, _


class Actor(Protocol):
    """Who acts: a person in one membership, a key for them, or the system itself."""

    @property
    def id(self) -> Any: ...
    @property
    def signature(self) -> str:
        """As the record names them: `person:17`, `person:17 via key:5`, `system`."""
        ...

    def can(self, deed: Any) -> bool: ...
    def stands_over(self, case: Any) -> bool:
        """Whether the case is their organisation's (or their own) to move, and not only to see."""
        ...


class Case(Recorded):
    """A row with a life. If two people act on it at once, the second is told and nothing is lost."""

    __abstract__ = True

    status: Mapped[Any]


class Part(Base):
    """A row with a life inside a case. Its events stand in the case's record, so that the story is told once."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[Any]

    @property
    @abstractmethod
    def whole(self) -> Case:
        """The case that it is a part of."""


C = TypeVar("C", bound=Case | Part)
Condition = Callable[[Any, Any], Reason | None]  # (case, actor) -> what stands in the way, or None


@dataclass(frozen=True, eq=False)
class Transition(Generic[C]):
    """One line of a life. `eq=False`: a move is itself, and can be the key of a dict."""

    name: str
    sources: Set[StrEnum]
    target: StrEnum
    by: StrEnum
    provided: Sequence[Condition] = ()
    label: Text | None = None
    signs: str = ""  # the column that keeps which person made this move: "approved_by_id"

    def not_permitted(self, case: C, actor: Actor) -> NotPermitted | None:
        """Why `actor` may not do this to `case` whatever its status, or None."""
        if not actor.can(self.by):
            return NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=self.name))
        if not actor.stands_over(case):
            return NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
        return None

    def refusal(self, case: C, actor: Actor, also: Sequence[Condition] = ()) -> Refused | None:
        """Why `actor` may not do this to `case` now, or None."""
        if never := self.not_permitted(case, actor):
            return never
        if case.status not in self.sources:
            return Refused(
                "wrong_status", _("%(move)s is not possible: it is %(status)s", move=self.name, status=case.status)
            )
        reasons = (condition(case, actor) for condition in (*self.provided, *also))
        return next((Refused.because(reason) for reason in reasons if reason), None)


@dataclass(frozen=True)
class Workflow(Generic[C]):
    start: StrEnum
    transitions: Sequence[Transition[C]]

    def __getitem__(self, name: str) -> Transition[C]:
        return next(t for t in self.transitions if t.name == name)

    def __contains__(self, name: str) -> bool:
        return any(t.name == name for t in self.transitions)

    def choices(self, case: C, actor: Actor) -> Iterator[tuple[Transition[C], Refused | None]]:
        """Each move out of this status that the actor may make on such a case, with what stands in its way now."""
        for t in self.transitions:
            if case.status in t.sources and actor.can(t.by) and actor.stands_over(case):
                yield t, t.refusal(case, actor)


def begin(
    session: Session, row: Recorded | Part, *, by: Actor, note: str = "", details: dict[str, Any] | None = None
) -> None:
    """Add a new case (or another recorded row, or a part of a case that is there) with its first event."""
    session.add(row)
    session.flush()
    refuse_what_leads(session, row, {**written_in(row), "note": note}, by=by)
    status = getattr(row, "status", None)
    if isinstance(row, Part):
        record(session, row.whole, "create", by=by, note=note, details=details, part=row, new_status=status)
        return
    row.version = 1
    _taken(session).add((row.__tablename__, row.id))
    append(session, row, "create", actor=by.signature, new_status=status, note=note, details=details)
    session.flush()


def written_in(row: Base) -> dict[str, Any]:
    """What stands in the columns of a row that is new."""
    return {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs}


def perform(
    session: Session,
    case: C,
    transition: Transition[C],
    *,
    by: Actor,
    version: int | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    facts: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    also: Sequence[Condition] = (),
) -> None:
    """Move `case` along `transition`, or raise `Refused` and leave the transaction to be undone.

    `version` is the one the caller read (by default the one that is loaded): if it is not the present one any more,
    `Stale` says what happened since. `facts` are columns that become true with the move, or a function that gives
    them once the case is taken (a number, which must not be asked for earlier); they are set before the conditions are
    asked. `also` are conditions of a later room, which this one must not know.
    """
    seen = case.version if version is None else version
    whole: Case
    if isinstance(case, Part):
        whole, part = case.whole, case
        take(session, whole, None)
        _count_up(session, part, seen)
    else:
        whole, part = case, None
        take(session, whole, seen)
    signed = {transition.signs: by.id} if transition.signs else {}
    given = facts() if callable(facts) else facts or {}
    changes = {**signed, **given, "status": transition.target}
    refuse_what_leads(session, case, {**given, "note": note}, by=by)
    old = case.status
    for name, value in {**signed, **given}.items():
        set_committed_value(case, name, value)  # for the conditions; the database gets them with the status, or never
    if refusal := transition.refusal(case, by, also):
        raise refusal
    if part:
        write(session, part, changes)
    append(
        session,
        whole,
        transition.name,
        actor=by.signature,
        part=name_of(part) if part else None,
        old_status=old,
        new_status=transition.target,
        note=note,
        details=details,
        facts=None if part else changes,
    )
    session.flush()


def record(
    session: Session,
    subject: Recorded,
    action: str,
    *,
    by: Actor,
    version: int | None = None,
    note: str = "",
    details: dict[str, Any] | None = None,
    part: Part | None = None,
    new_status: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write down a deed that moves no status (evidence added, a clock overdue), taking its subject like a move does.

    With `version` the caller says which state they saw; without, the deed stands whatever happened before it.
    """
    take(session, subject, version)
    refuse_what_leads(session, subject, {**(facts or {}), "note": note}, by=by)
    append(
        session,
        subject,
        action,
        actor=by.signature,
        part=name_of(part) if part else None,
        new_status=new_status,
        note=note,
        details=details,
        facts=facts,
    )
    session.flush()


def take(session: Session, subject: Recorded, version: int | None) -> None:
    """Lock `subject` until the transaction ends and count its version up, or raise `Stale`.

    What was read before is forgotten: conditions must see what is true now that nobody else can move the case.
    """
    session.flush()
    session.expire_all()
    _count_up(session, subject, version)


def hold_still(session: Session, case: Recorded) -> None:
    """For whoever names no version: they mean the case as it is now, and so it stays until their transaction ends.

    Else a job that moves it between our reading and our moving makes them `Stale` about what they never said.
    """
    model = type(case)
    session.execute(
        sa.select(model.id).where(model.id == case.id).with_for_update()
    )  # SQLite's writers are alone anyway
    session.refresh(case)


def name_of(part: Part) -> str:
    """How events name a part of their subject: `notice_item:4`."""
    return f"{part.__tablename__}:{part.id}"


def _count_up(session: Session, row: Recorded | Part, version: int | None) -> None:
    model, key = type(row), id_of(row)
    taking, given = _taking(model, version is not None), {"key": key, "seen": version}
    if not session.scalars(taking, given, execution_options=FRESH).one_or_none():
        raise stale(session, row, version)
    _taken(session).add((model.__tablename__, key))


COUNTS_UP = "counts up"  # says of a statement that it changes a version, or a claim, and nothing that anybody reads
FRESH = {"synchronize_session": False, "populate_existing": True, COUNTS_UP: True}


@cache  # a third of a move's time would go into building it
def _taking(model: type[Recorded | Part], versioned: bool) -> sa.UpdateBase:
    found = model.id == sa.bindparam("key")
    if versioned:
        found &= model.version == sa.bindparam("seen")
    return sa.update(model).where(found).values(version=model.version + 1).returning(model)


def stale(session: Session, subject: Recorded | Part, version: int | None) -> Stale:
    """The refusal that says what was done since `version`: at most the last twenty events, oldest first."""
    present: Any = session.get(type(subject), id_of(subject), populate_existing=True)
    if present is None:
        return Stale(status=None, version=None)
    since = sa.select(Event).order_by(Event.seq.desc())
    if isinstance(present, Part):
        since = since.where(
            Event.subject_type == present.whole.__tablename__,
            Event.subject_id == present.whole.id,
            Event.part == name_of(present),
        ).limit(max(0, min(20, present.version - (version or 0))))
    else:
        since = since.where(
            Event.subject_type == present.__tablename__,
            Event.subject_id == present.id,
            Event.seq > (version or 0),
        ).limit(20)
    return Stale(
        status=getattr(present, "status", None), version=present.version, since=list(session.scalars(since))[::-1]
    )


def _taken(session: Session) -> set[tuple[str, int]]:
    taken: set[tuple[str, int]] = session.info.setdefault("taken", set())
    return taken


@sa_event.listens_for(Session, "before_flush")
def refuse_an_untaken_change(session: Session, _context: Any, _instances: Any) -> None:
    """A recorded row that changes without `perform` or `record` would leave no trace: a bug, stopped here."""
    for row in session.dirty:
        if isinstance(row, Recorded | Part):
            key = (row.__tablename__, row.id)
            if key not in _taken(session) and session.is_modified(row):
                raise RuntimeError(f"{key} was changed without being taken: use perform() or record()")


@sa_event.listens_for(Session, "after_commit")
@sa_event.listens_for(Session, "after_rollback")
def forget_what_was_taken(session: Session) -> None:
    _taken(session).clear()


def as_markdown(title: str, life: Workflow[Any], roles: Mapping[Any, Any]) -> str:
    """The picture and the table for docs/workflows.md. `roles` is permissions.ROLES. A test fails when stale."""
    arrows = [f"    {s} --> {t.target}: {t.name}" for t in life.transitions for s in sorted(t.sources)]
    rows = [
        f"| {t.name} | {', '.join(sorted(t.sources))} | {t.target} "
        f"| {', '.join(role for role, grant in roles.items() if t.by in grant.may)} "
        f"| {', '.join(c.__name__.replace('_', ' ') for c in t.provided)} |"
        for t in life.transitions
    ]
    picture = ["```mermaid", "stateDiagram-v2", f"    [*] --> {life.start}", *arrows, "```"]
    table = ["| move | from | to | who may | provided that it |", "|---|---|---|---|---|", *rows]
    return "\n".join([f"## {title}", "", *picture, "", *table, ""])
