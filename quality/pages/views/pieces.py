"""What came from telephones and was not done: why, and where to mend it."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import db
from quality.core.errors import NotFound, Refused
from quality.core.words import Text, _, tongue_now
from quality.evidence.models import EvidenceKind
from quality.evidence.words import WORDS
from quality.field import meeting, pieces
from quality.field.contents import Does
from quality.field.meeting import samples_of
from quality.field.models import Meeting, MeetingSide, Piece, PieceState
from quality.pages.asking import cursor_of
from quality.pages.kinds import KINDS
from quality.pages.mending import is_to_mend, where_to_mend
from quality.pages.moments import moment
from quality.pages.pieces import TAKE, do_piece
from quality.pages.timeline import name_for
from quality.people.access import me, needs
from quality.permissions import Can
from quality.purchases.models import Sample, Side
from quality.web import settings

field_pieces = Blueprint("field_pieces", __name__, url_prefix="/desk/pieces")


class Line(NamedTuple):
    piece: Piece
    what: Text
    who: Text
    reason: str
    mend: str | None
    case: str | None  # where it is read
    is_theirs: bool  # to mend, to try again, to put aside


@field_pieces.get("/")
@needs(Can.SAMPLE_DISPATCH)
def listed() -> ResponseReturnValue:
    session, after = db.session(), cursor_of(request.args.get("after", ""))
    found = pieces.open_ones(session, me, before=after)
    shown = found[: pieces.MOST]
    older = url_for(".listed", after=shown[-1].id) if len(found) > pieces.MOST else None
    lines = [
        Line(
            each,
            called(each),
            name_for(session, each.phone.membership.person_id, me),
            (each.reason or {}).get(tongue_now(), ""),
            where_to_mend(session, me, each),
            case_of(each),
            is_to_mend(each, me),
        )
        for each in shown
    ]
    one_sided = [side_of(session, each, sample) for each, sample in samples_of(meeting.one_sided(session, me))]
    refused = [line for line in lines if line.piece.state == PieceState.REFUSED]
    waiting = [line for line in lines if line.piece.state != PieceState.REFUSED]
    return render_template("desk/pieces.html", refused=refused, waiting=waiting, older=older, one_sided=one_sided)


class OneSided(NamedTuple):
    meeting: Meeting
    sample: str | None
    said: list[tuple[Text, MeetingSide]]
    trouble: str


def side_of(session: Session, found: Meeting, sample: Sample | None) -> OneSided:
    said = []
    for each in found.sides:
        who, at = name_for(session, each.membership.person_id, me), moment(each.said_at)
        gave = _("%(who)s gave it, %(at)s by their telephone", who=who, at=at)
        took = _("%(who)s took it, %(at)s by their telephone", who=who, at=at)
        said.append((gave if each.side == Side.GIVEN else took, each))
    return OneSided(found, sample.number if sample else None, said, (found.trouble or {}).get(tongue_now(), ""))


def case_of(piece: Piece) -> str | None:
    """Numbers say what they are of; whoever may not read it is told so there."""
    kind = {"T": "task", "S": "sample"}.get((piece.about or "")[:1])
    return url_for("desk.dossier", kind=kind, number=piece.about) if kind else None


def called(piece: Piece) -> Text:
    """A kind of evidence, or a move, as pages call it."""
    if piece.does == Does.HAND_OVER and piece.name == TAKE:
        return _("Take over a portion")
    if piece.does == Does.EVIDENCE and piece.name in set(EvidenceKind):
        return WORDS[EvidenceKind(piece.name)]
    for kind in (KINDS["task"], KINDS["sample"]):
        if piece.name and (sheet := kind.sheets.get(piece.name) or kind.steps.get(piece.name)):
            return sheet.label or kind.life[piece.name].label or piece.name
    return _("not opened yet") if piece.does is None else _("something unknown")


@field_pieces.get("/<int:piece>")
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def mend(piece: int) -> ResponseReturnValue:
    """To the form in which it is mended, where there is one."""
    found = of_mine(piece)
    return redirect(where_to_mend(db.session(), me, found) or url_for(".listed"))


@field_pieces.post("/<int:piece>/again")
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def again(piece: int) -> ResponseReturnValue:
    """What stood in its way may be gone by now."""
    found = own(piece)
    sessions = sessionmaker(db.engine)
    db.session.rollback()
    do_piece(sessions, settings(), found.id)
    with sessions() as session:
        is_safe = pieces.one_visible(session, me, piece).state == PieceState.SAFE
    if is_safe:
        flash(str(_("It is recorded now")), "success")
    else:
        flash(str(_("It cannot be recorded as it is; see why below")), "warning")
    return redirect(url_for(".listed"))


@field_pieces.post("/<int:piece>/aside")
@needs(Can.SAMPLE_DISPATCH, once_found=True)
def aside(piece: int) -> ResponseReturnValue:
    pieces.settle(db.session(), own(piece), by=me)
    flash(str(_("Put aside: nothing of it is recorded")), "success")
    return redirect(url_for(".listed"))


def of_mine(piece: int) -> Piece:
    if not me.can(Can.SAMPLE_DISPATCH):
        raise NotFound("piece")
    return pieces.one_visible(db.session(), me, piece)


def own(piece: int) -> Piece:
    found = of_mine(piece)
    if not is_to_mend(found, me):
        raise Refused("not_to_mend", _("This is another person's to mend, or it is done with already"))
    return found
