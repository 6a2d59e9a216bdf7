"""One case as its page shows it: who has it now and why, the moves, the clocks, the evidence, the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.core.events import Event
from quality.core.words import Text, _
from quality.core.workflow import Case, Part, name_of
from quality.evidence.queries import visible_exhibits
from quality.pages.deadlines import Deadline, deadlines
from quality.pages.kinds import Dossier, Kind
from quality.pages.timeline import timeline
from quality.pages.words import STATUSES, Party, word
from quality.people.actor import Actor

ELSEWHERE = _("Takes more than a note: for now it is made by a program, not on a page")


class Choice(NamedTuple):
    """A move as the page draws it: a button, a refused one with its reason, or where else it is made."""

    id: str
    label: Text
    address: str
    version: int
    refusal: Text | None
    elsewhere: Text | None
    asks: Text | None
    must: bool
    is_first: bool


class Court(NamedTuple):
    who: Text
    face: str
    to_do: Text
    since: datetime | None
    deadline: Deadline | None
    is_mine: bool


def page(session: Session, kind: Kind, case: Any, me: Actor) -> dict[str, Any]:
    """Everything that the template of a dossier draws."""
    own: Dossier = kind.describe(session, case, me)
    clocks = deadlines(session, [case, *own.parts])
    whole, part = (case.whole, case) if isinstance(case, Part) else (case, None)
    moves = choices(kind, case, me)
    return {
        "kind": kind,
        "case": case,
        "number": kind.number(case),
        "own": own,
        "status": STATUSES[kind.name][case.status],
        "court": court(session, kind, case, me, clocks),
        "moves": moves,
        "deadlines": clocks,
        "exhibits": visible_exhibits(session, me, whole, part),
        "days": timeline(session, case, me, own.shown_from),
    } | dict(own.more)


def choices(kind: Kind, case: Any, me: Actor) -> list[Choice]:
    drawn: list[Choice] = []
    first = True
    for move, refusal in kind.life.choices(case, me):
        made = kind.makes.get(move.name)
        possible = refusal is None and made is not None
        drawn.append(
            Choice(
                id=move.name,
                label=move.label or move.name,
                address=url_for("desk.move", kind=kind.name, number=kind.number(case), name=move.name),
                version=case.version,
                refusal=refusal.reason if refusal else None,
                elsewhere=ELSEWHERE if made is None else None,
                asks=made.asks if made else None,
                must=made.must if made else False,
                is_first=possible and first,
            )
        )
        first = first and not possible
    return drawn


def court(session: Session, kind: Kind, case: Any, me: Actor, clocks: list[Deadline]) -> Court:
    status = STATUSES[kind.name][case.status]
    is_mine = me.role in status.has_it.roles and me.stands_over(case)
    who = word("party", status.has_it)
    return Court(
        who=_("You (%(role)s)", role=word("role", me.role)) if is_mine else who,
        face="·" if status.has_it is Party.NOBODY else str(who)[0],
        to_do=status.to_do,
        since=since(session, case),
        deadline=next((each for each in clocks if not each.ended), None),
        is_mine=is_mine,
    )


def since(session: Session, case: Case | Part) -> datetime | None:
    """When the present status began."""
    whole = case.whole if isinstance(case, Part) else case
    asked = sa.select(Event.at).where(Event.subject_type == whole.__tablename__, Event.subject_id == whole.id)
    asked = asked.where(Event.part == name_of(case) if isinstance(case, Part) else Event.part.is_(None))
    asked = asked.where(Event.new_status == case.status).order_by(Event.seq.desc()).limit(1)
    return session.scalars(asked).first()
