"""One case as its page shows it: who has it now and why, the moves, the clocks, the evidence, the record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import Session

from quality.core.errors import NotPermitted, Refused
from quality.core.events import Event
from quality.core.words import Text, _
from quality.core.workflow import Case, Part, Transition, Workflow, name_of
from quality.pages.deadlines import Deadline, deadlines
from quality.pages.escalation import escalation
from quality.pages.exhibits import tiles
from quality.pages.forms.sheet import Sheet
from quality.pages.held import held
from quality.pages.keeping import is_to_keep
from quality.pages.kinds import Dossier, Kind, Made
from quality.pages.papers import papers
from quality.pages.timeline import Line, lines_of, timeline
from quality.pages.words import STATUSES, Party, Tone, word
from quality.pages.worklist import RULES
from quality.people.actor import Actor
from quality.permissions import Can, Sees

LEAVES = {
    "unobtainable",
    "transferred_untested",
    "cancelled",
    "withdrawn",
    "refused_by_lab",
    "test_impossible",
    "excused",
}
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
    opens: bool = False  # a form of its own, at `address`
    typed: str = ""  # the note, where it comes back
    wrong: Sequence[Text] = ()  # with it


class Court(NamedTuple):
    who: Text
    face: str
    to_do: Text
    where: str | None  # it is done, if not on this page
    since: datetime | None
    why: Line | None  # how it came there, where somebody wrote a note with it
    deadline: Deadline | None
    is_mine: bool


def page(session: Session, kind: Kind, case: Any, me: Actor) -> dict[str, Any]:
    """Everything that the template of a dossier draws."""
    own: Dossier = kind.describe(session, case, me)
    clocks = deadlines(session, [case, *own.parts], own.part_names)
    moves = choices(kind, case, me)
    return {
        "kind": kind,
        "case": case,
        "number": kind.called(case) if kind.called else kind.number(case),
        "own": own,
        "status": STATUSES[kind.name][case.status],
        "court": court(session, kind, case, me, clocks),
        "moves": moves,
        "deadlines": clocks,
        "deadlines_changed_at": changed_at(kind, case, me, clocks),
        "held": held(session, kind, case, me),
        "ladders": escalation(session, [case, *own.parts], me, own.part_names) if late(clocks) else [],
        "exhibits": [] if is_to_keep() else tiles(session, kind, case, me),
        "papers": papers(session, kind, case, me),
        "papers_address": url_for("papers.ask", kind=kind.name, number=kind.number(case)),
        "papers_first": me.sees is Sees.OWN_WORK,  # who has just sealed, by telephone, wants the labels
        "record": timeline(session, case, me, kind.told(session, case, me), whole=whole_record(kind, case)),
        "part_moves": {part.id: part_choices(kind, case, part, me) for part in own.parts},
    } | dict(own.more)


def whole_record(kind: Kind, case: Any) -> str:
    return url_for("record.pages", kind=kind.name, number=kind.number(case))


def late(clocks: Sequence[Deadline]) -> bool:
    return any(each.tone is Tone.BAD and not each.ended for each in clocks)


def changed_at(kind: Kind, case: Any, me: Actor, clocks: Sequence[Deadline]) -> str | None:
    """The page on which a deadline is changed, where there is one to change and I may."""
    if not me.can(Can.CLOCK_CHANGE) or not me.stands_over(case) or all(each.ended for each in clocks):
        return None
    return url_for("deadlines.listed", kind=kind.name, number=kind.number(case))


def choices(kind: Kind, case: Any, me: Actor) -> list[Choice]:
    def address(name: str) -> str:
        return url_for("desk.move", kind=kind.name, number=kind.number(case), name=name)

    moves = list(offered(kind.life, kind.makes, case, me, follows=kind.follows, address=address, sheets=kind.sheets))
    due = [(name, deed) for name, deed in kind.deeds.items() if deed.is_due(case) and not deed.not_permitted(case, me)]

    def deeds(*, later: bool) -> list[Choice]:
        return [
            Choice(
                name, deed.label, address(name), case.version, why, None, deed.made.asks, False,
                is_first=why is None and not later,
            )
            for name, deed in due
            if deed.may_wait == later
            for why in [hindrance(deed.made, case, me)]
        ]  # fmt: skip

    return deeds(later=False) + beside(kind.sheets, case, me, address) + moves + deeds(later=True)


def hindrance(made: Made, case: Any, me: Actor) -> Text | None:
    """Why a deed that is no move cannot be done now."""
    return next((reason.text for reason in (asked(case, me) for asked in made.also) if reason), None)


def part_choices(kind: Kind, case: Any, part: Part, me: Actor) -> list[Choice]:
    """The moves of a part; those that nobody makes on a page follow from others, and are not offered."""
    if kind.part_life is None:
        return []

    def address(name: str) -> str:
        return url_for("desk.part_move", kind=kind.name, number=kind.number(case), part=part.id, name=name)

    made_here = kind.part_makes.keys() | kind.part_sheets.keys()
    follows = frozenset(move.name for move in kind.part_life.transitions) - made_here
    drawn = offered(
        kind.part_life, kind.part_makes, part, me, follows=follows, address=address, sheets=kind.part_sheets
    )
    return [
        choice._replace(id=f"{choice.id}-{part.id}", is_first=False)
        for choice in [*beside(kind.part_sheets, part, me, address), *drawn]
    ]


def beside(sheets: Mapping[str, Sheet], case: Any, me: Actor, address: Callable[[str], str]) -> list[Choice]:
    """What has a form and is no move: it can be done whenever it is due, unless something stands in its way."""
    return [
        Choice(
            name, sheet.label, address(name), case.version, in_the_way(sheet, case, me), None, None, False, False, True
        )
        for name, sheet in sheets.items()
        if sheet.label and sheet.by and sheet.is_due(case) and me.can(sheet.by) and me.stands_over(case)
    ]


def in_the_way(sheet: Sheet, case: Any, me: Actor) -> Text | None:
    return next((reason.text for condition in sheet.also if (reason := condition(case, me))), None)


def offered(
    life: Workflow[Any],
    makes: Mapping[str, Made],
    case: Any,
    me: Actor,
    *,
    follows: frozenset[str],
    address: Callable[[str], str],
    sheets: Mapping[str, Sheet] = MappingProxyType({}),
) -> Iterator[Choice]:
    first = True
    for move, _refusal in life.choices(case, me):
        if move.name in follows:
            continue
        made, sheet = makes.get(move.name), sheets.get(move.name)
        refusal = refused(move, case, me, made, sheet)
        is_back = sheet is not None and sheet.may_wait
        goes_on = move.target not in LEAVES and not is_back  # the way out of a life is never the first thing to press
        possible = goes_on and refusal is None and (sheet is not None or (made is not None and not made.must))
        yield Choice(
            id=move.name,
            label=move.label or move.name,
            address=address(move.name),
            version=case.version,
            refusal=refusal.reason if refusal and (made or sheet) else None,
            elsewhere=None if made or sheet else ELSEWHERE,
            asks=made.asks if made else None,
            must=made.must if made else False,
            is_first=possible and first,
            opens=sheet is not None,
        )
        first = first and not possible


def refused(
    move: Transition[Any], case: Any, me: Actor, made: Made | None, sheet: Sheet | None = None
) -> Refused | None:
    """What stands in the way, but for what the note or the form itself takes away."""
    refusal = move.refusal(case, me, made.also if made else sheet.also if sheet else ())
    answered = {made.answers} if made else sheet.answers if sheet else frozenset()
    return None if refusal and refusal.code in answered else refusal


def refuse_unless_due(life: Workflow[Any], name: str, sheet: Sheet, case: Any, me: Actor) -> None:
    """Raise what stands in the way of a move that has a form, or of a deed beside the life."""
    if name in life:
        refusal = refused(life[name], case, me, None, sheet)
    elif sheet.by is None or not me.can(sheet.by) or not me.stands_over(case):
        refusal = NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=sheet.label or name))
    elif not sheet.is_due(case):
        refusal = Refused(
            "wrong_status", _("%(move)s is not possible: it is %(status)s", move=name, status=case.status)
        )
    else:
        refusal = next((Refused.because(reason) for each in sheet.also if (reason := each(case, me))), None)
    if refusal:
        raise refusal


def court(session: Session, kind: Kind, case: Any, me: Actor, clocks: list[Deadline]) -> Court:
    status = kind.turn(case, session) or STATUSES[kind.name][case.status]
    is_mine = me.role in status.has_it.roles and me.stands_over(case) and falls_to(kind, case, status.has_it, me)
    who = word("party", status.has_it)
    came = came_with(session, case)
    return Court(
        who=_("You (%(role)s)", role=word("role", me.role)) if is_mine else who,
        face="·" if status.has_it is Party.NOBODY else str(who)[0],
        to_do=status.to_do,
        where=kind.where(session, case, me),
        since=came.at if came else None,
        why=why(session, case, came, me),
        deadline=pressing(status.has_it, [each for each in clocks if not each.ended]),
        is_mine=is_mine,
    )


def falls_to(kind: Kind, case: Any, party: Party, me: Actor) -> bool:
    """Where a party has several roles: those that can do something about it, so not the analyst's to authorise."""
    moves = any(case.status in move.sources and me.can(cast(Can, move.by)) for move in kind.life.transitions)
    asked = (sheet for sheet in kind.sheets.values() if not sheet.may_wait)
    forms = any(sheet.by and me.can(sheet.by) and sheet.is_due(case) for sheet in asked)
    return len(party.roles) == 1 or moves or forms


def pressing(party: Party, running: list[Deadline]) -> Deadline | None:
    """The first clock that counts the time of who has the case; where nobody's in particular does, the first."""
    rules = RULES.get(party)
    return next((each for each in running if rules is None or each.rule in rules), None)


def why(session: Session, case: Case | Part, came: Event | None, me: Actor) -> Line | None:
    if came is None or came.note_digest is None:
        return None
    [line] = lines_of(session, [came], me, case.whole if isinstance(case, Part) else case)
    return line if line.note else None


def came_with(session: Session, case: Case | Part) -> Event | None:
    """What began the present status."""
    whole = case.whole if isinstance(case, Part) else case
    asked = sa.select(Event).where(Event.subject_type == whole.__tablename__, Event.subject_id == whole.id)
    asked = asked.where(Event.part == name_of(case) if isinstance(case, Part) else Event.part.is_(None))
    asked = asked.where(Event.new_status == case.status).order_by(Event.seq.desc()).limit(1)
    return session.scalars(asked).first()
