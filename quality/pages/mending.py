"""What was typed on a telephone and refused comes back in the form of the page, with what was wrong at its field."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from quality.core.cipher import Cipher
from quality.core.words import Text, tongue_now
from quality.field import pieces
from quality.field.contents import Does
from quality.field.models import Piece, PieceState
from quality.pages.forms.fields import Form
from quality.pages.kinds import KINDS
from quality.pages.unboxing import SENT_AS
from quality.people.actor import Actor
from quality.web import settings

BEGINS = MultiDict[str, Any]


def as_typed_on_the_phone(session: Session, me: Actor, form: Form, piece_id: int | None) -> list[Text]:
    """Fill `form` in as it was typed; what is wrong with none of its fields is returned. Nothing without a piece."""
    if piece_id is None:
        return []
    piece = pieces.one_visible(session, me, piece_id)
    if not is_to_mend(piece, me):
        return []
    typed = pieces.typed_in(piece, Cipher(settings().identity_keys, settings().identity_index_key))
    if typed:
        form.process(BEGINS([(name, each) for name, values in typed.items() for each in values]))
    loose: list[Text] = []
    for problem in piece.problems or []:
        if problem["field"] in form:
            form[problem["field"]].errors = [problem[tongue_now()]]
        else:
            loose.append(problem[tongue_now()])
    return loose if piece.problems else [(piece.reason or {}).get(tongue_now(), "")]


def mended(session: Session, me: Actor, piece_id: int | None) -> None:
    """The form was recorded after all: the piece is done with."""
    if piece_id is not None:
        piece = pieces.one_visible(session, me, piece_id)
        if is_to_mend(piece, me):
            pieces.settle(session, piece, by=me)


def is_to_mend(piece: Piece, me: Actor) -> bool:
    return pieces.is_own(piece, me) and piece.state == PieceState.REFUSED and piece.settled_at is None


def where_to_mend(session: Session, me: Actor, piece: Piece) -> str | None:
    """The form with what was typed; None where there is none, or it is another person's to mend."""
    if is_to_mend(piece, me) and piece.does == Does.HAND_OVER and piece.name == "take":
        return url_for("meetings.show", piece=piece.id)
    if not is_to_mend(piece, me) or not piece.about or not piece.name:
        return None
    name = Does.EVIDENCE.value if piece.does == Does.EVIDENCE else piece.name
    for kind in (KINDS["task"], KINDS["sample"]):
        case = session.scalars(kind.visible_to(me).where(kind.model.number == piece.about)).one_or_none()
        if case is not None and name in kind.steps:
            return step_to_mend(kind.name, piece)
        sample = getattr(case, "sample", None)
        if sample is not None and name in KINDS["sample"].sheets:
            return url_for("desk.sheet", kind="sample", number=sample.number, name=name, piece=piece.id)
        if case is not None and name in kind.sheets:
            return url_for("desk.sheet", kind=kind.name, number=piece.about, name=name, piece=piece.id)
    return None


def step_to_mend(kind: str, piece: Piece) -> str:
    """The page of the sequence on which it was typed."""
    if kind == "sample":
        return url_for("unboxing.labels", number=piece.about, piece=piece.id)
    page = next(page for page, name in SENT_AS.items() if name == piece.name)
    return url_for("unboxing.show", number=piece.about, page=page, piece=piece.id)
