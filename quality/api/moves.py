"""The moves of a case: those that take no more than a note, from its kind; the others with a body of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from quality.api.cases import Collection, plain, wear
from quality.api.door import Door, takes, told
from quality.api.idempotency import once
from quality.api.reading import sent
from quality.api.shapes import Changed, JustAMove, Sent, WithAReason
from quality.core.db import db
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted
from quality.core.words import _
from quality.core.workflow import Part
from quality.pages import dossier
from quality.pages.kinds import Kind
from quality.pages.kinds.shape import Made
from quality.people.access import acting, me
from quality.people.actor import Actor
from quality.people.models import Organisation, OrganisationKind
from quality.people.operations import find_organisation

B = TypeVar("B", bound=Sent)
Act = Callable[[Session, Any, Any, Actor], BaseModel | None]  # (session, case, what was sent, by)


def add_moves(made: Door, found: Collection) -> None:
    """Every move, and every deed that leaves the case where it is, that takes no more than a note."""
    for name, by_note in found.kind.makes.items():
        add_move(made, found, name, by_note)
    for name, deed in found.kind.deeds.items():
        add_move(made, found, name, deed.made)


def add_move(made: Door, found: Collection, name: str, by_note: Made) -> None:
    """A move, or a deed that leaves the case where it is, that takes no more than a note."""
    body = WithAReason if by_note.must else JustAMove

    @takes(body=body)
    def move(**named: str) -> ResponseReturnValue:
        case = found.found(named[found.part])
        refuse_unless_permitted(found.kind, name, case)
        given = sent(body)
        by_note.act(db.session(), case, me, given.version, given.note)
        return told(found.changed(case))

    label = found.kind.deeds[name].label if name in found.kind.deeds else found.kind.life[name].label
    view = once(wear(acting, move, f"{name}_{plain(found)}"))
    made.post(f"/{found.name}/<{found.part}>/{name}", summary=str(label), responses={200: Changed})(view)


def refuse_unless_permitted(kind: Kind, name: str, case: Any) -> None:
    """Before anything that was sent is looked at: who may never do this learns that."""
    if name in kind.deeds:
        never = kind.deeds[name].not_permitted(case, me)
    elif name in kind.life:
        never = kind.life[name].not_permitted(case, me)
    else:
        by = kind.sheets[name].by
        allowed = by is not None and me.can(by) and me.stands_over(case)
        never = None if allowed else NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=name))
    if never:
        raise never


def add_sheet(
    made: Door, found: Collection, name: str, body: type[Sent], act: Act, *, answer: type[BaseModel] = Changed
) -> None:
    """A move or a deed with a body of its own. What `act` gives is the answer; nothing: the case as it is now."""
    status = 200 if answer is Changed else 201

    @takes(body=body)
    def move(**named: str) -> ResponseReturnValue:
        session, case = db.session(), found.found(named[found.part])
        refuse_unless_permitted(found.kind, name, case)
        given = sent(body)
        refuse_unless_due(found.kind, name, case)
        came = act(session, case, given, me)
        return told(found.changed(case) if came is None else came, status)

    view = once(wear(acting, move, f"{name}_{plain(found)}"))
    made.post(f"/{found.name}/<{found.part}>/{name}", summary=label_of(found.kind, name), responses={status: answer})(
        view
    )


def label_of(kind: Kind, name: str) -> str:
    if name in kind.deeds:
        return str(kind.deeds[name].label)
    sheet = kind.sheets.get(name)
    return str(sheet.label if sheet and sheet.label else kind.life[name].label)


def refuse_unless_due(kind: Kind, name: str, case: Any) -> None:
    """What the page of this move would say before it opens its form; a move of the life says it itself, once taken."""
    if name not in kind.life and name in kind.sheets:
        dossier.refuse_unless_due(kind.life, name, kind.sheets[name], case, me)


def add_part_moves(made: Door, found: Collection, parts: str, bodies: dict[str, tuple[type[Sent], Act]]) -> None:
    """Moves of a part of the case: `/notices/{number}/items/{id}/verify`. The version is the part's."""
    life = found.kind.part_life
    assert life is not None
    for name, by_note in found.kind.part_makes.items():
        asked = WithAReason if by_note.must else JustAMove
        add_part_move(made, found, parts, name, body=asked, act=noted(by_note))
    for name, (body, act) in bodies.items():
        add_part_move(made, found, parts, name, body=body, act=act)


def noted(by_note: Made) -> Act:
    def act(session: Session, part: Any, given: Any, by: Actor) -> None:
        by_note.act(session, part, by, given.version, given.note)

    return act


def add_part_move(made: Door, found: Collection, parts: str, name: str, *, body: type[Sent], act: Act) -> None:
    kind = found.kind

    @takes(body=body)
    def move(part: int, **named: str) -> ResponseReturnValue:
        case = found.found(named[found.part])
        one = part_of(kind, case, part)
        refuse_part_unless_permitted(kind, name, one)
        came = act(db.session(), one, sent(body), me)
        return told(Changed(number=str(one.id), status=one.status, version=one.version) if came is None else came)

    sheet = kind.part_sheets.get(name)
    label = sheet.label if sheet and sheet.label else kind.part_life[name].label if kind.part_life else name
    view = once(wear(acting, move, f"{name}_{plain(found)}_{parts}"))
    made.post(f"/{found.name}/<{found.part}>/{parts}/<int:part>/{name}", summary=str(label), responses={200: Changed})(
        view
    )


def part_of(kind: Kind, case: Any, part: int) -> Part:
    one = next((each for each in kind.parts(case) if each.id == part), None)
    if one is None:
        raise NotFound(str(part))
    return one


def refuse_part_unless_permitted(kind: Kind, name: str, part: Part) -> None:
    assert kind.part_life is not None
    if name in kind.part_life:
        never = kind.part_life[name].not_permitted(part, me)
    else:
        by = kind.part_sheets[name].by
        allowed = by is not None and me.can(by) and me.stands_over(part)
        never = None if allowed else NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=name))
    if never:
        raise never


def laboratory_called(session: Session, code: str) -> Organisation:
    """By its code, as a body names it."""
    found = find_organisation(session, code)
    if found is None or found.kind != OrganisationKind.LABORATORY:
        raise Invalid(FieldProblem("laboratory", "unknown", _("There is no laboratory with this code")))
    return found
