"""What became of each sealed piece: kept, found again, refused with what was typed, mended or put aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from quality.core import clock
from quality.core.cipher import Cipher, Unreadable
from quality.core.errors import NotFound
from quality.core.words import Text, in_each_language
from quality.field.contents import Contents
from quality.field.models import Phone, Piece, PieceState, Upload
from quality.field.phones import via, works_in_the_field
from quality.people.actor import Actor
from quality.people.models import Membership
from quality.permissions import Can

WAITS = timedelta(days=1)  # for other pieces of its telephone; then it is refused
AGAIN = timedelta(minutes=1)
MOST = 50  # lines of a page


class Wrong(NamedTuple):
    """Why a piece was not done, in each language."""

    code: str
    reason: dict[str, str]
    problems: Sequence[dict[str, Any]] = ()  # of its fields: `field`, `code` and the languages
    may_wait: bool = False  # what it lacks may still come


def wrong_with(code: str, text: Text, *, may_wait: bool = False) -> Wrong:
    return Wrong(code, in_each_language(text), may_wait=may_wait)


def of_phone(session: Session, phone_id: int, uuids: Sequence[str], *, most: int) -> Sequence[Piece]:
    """Those of this telephone that are asked for; without names, all that are not settled, the newest first."""
    asked = sa.select(Piece).where(Piece.phone_id == phone_id)
    if uuids:
        asked = asked.where(Piece.uuid.in_(uuids))
    else:
        asked = asked.where(Piece.state != PieceState.SAFE, Piece.settled_at.is_(None))
    return session.scalars(asked.order_by(Piece.id.desc()).limit(most)).all()


def visible_to(actor: Actor) -> sa.Select[Piece]:
    """A buyer the own ones; who assigns tasks those of the own agency, without what was typed."""
    asked = sa.select(Piece).join(Piece.phone).join(Phone.membership).options(
        contains_eager(Piece.phone).contains_eager(Phone.membership)
    )  # fmt: skip
    if actor.can(Can.TASK_ASSIGN):
        return asked.where(Piece.agency_id == actor.organisation_id)
    if actor.can(Can.SAMPLE_DISPATCH):
        return asked.where(Membership.person_id == actor.id, Piece.agency_id == actor.organisation_id)
    return asked.where(sa.false())


def open_ones(session: Session, actor: Actor, *, before: int | None = None) -> list[Piece]:
    """Refused and not mended, or not done yet: the newest first, one more than a page shows if there are older ones."""
    still = sa.or_(
        sa.and_(Piece.state == PieceState.REFUSED, Piece.settled_at.is_(None)),
        Piece.state == PieceState.ON_ITS_WAY,
    )
    asked = visible_to(actor).where(still).order_by(Piece.id.desc())
    if before is not None:
        asked = asked.where(Piece.id < before)
    return list(session.scalars(asked.limit(MOST + 1)))


def one_visible(session: Session, actor: Actor, piece_id: int) -> Piece:
    for found in session.scalars(visible_to(actor).where(Piece.id == piece_id)):
        return found
    raise NotFound("piece")


def is_own(piece: Piece, actor: Actor) -> bool:
    """Whoever did it: only they see what they typed."""
    return piece.phone.membership.person_id == actor.id


def doer_of(piece: Piece) -> Actor | None:
    """Who did it on the telephone, if they still may; the record names the telephone beside them."""
    membership = piece.phone.membership
    if membership.ended_at is not None or not membership.person.active or not works_in_the_field(membership):
        return None
    return Actor.working_in(membership, via(piece.phone))


def claim(session: Session, piece: Piece) -> bool:
    """From here on it is done in this transaction, or by somebody else already."""
    standing = Piece.id == piece.id, Piece.state != PieceState.SAFE, Piece.settled_at.is_(None)
    safe = {"state": PieceState.SAFE, "done_at": clock.now(), "next_try_at": None, "sealed": None, "typed": None}
    cleared = {"reason_code": None, "reason": None, "problems": None}
    done = sa.update(Piece).where(*standing).values(**safe, **cleared).returning(Piece.id)
    return session.scalars(done).first() is not None


def note_contents(session: Session, piece_id: int, told: Contents) -> None:
    facts = {"does": told.does, "about": told.about, "name": told.name, "said_at": told.said_at}
    session.execute(sa.update(Piece).where(Piece.id == piece_id).values(**facts))


def let_wait(session: Session, piece: Piece, wrong: Wrong, now: datetime) -> bool:
    """Something else of this telephone may have to come first: then it is tried again, for a day."""
    if (
        not wrong.may_wait
        or piece.whole_at is None
        or piece.whole_at <= now - WAITS
        or not has_others_under_way(session, piece)
    ):
        return False
    facts = {"reason_code": wrong.code, "reason": wrong.reason, "next_try_at": now + AGAIN}
    mine = Piece.id == piece.id, Piece.state == PieceState.ON_ITS_WAY
    session.execute(sa.update(Piece).where(*mine).values(**facts, tries=Piece.tries + 1))
    return True


def has_others_under_way(session: Session, piece: Piece) -> bool:
    others = Piece.phone_id == piece.phone_id, Piece.state == PieceState.ON_ITS_WAY, Piece.id != piece.id
    return session.scalars(sa.select(Piece.id).where(*others).limit(1)).first() is not None


def refuse(
    session: Session, piece: Piece, wrong: Wrong, *, told: Contents | None, sealed: str | None, cipher: Cipher
) -> None:
    """It was not done. The envelope stays, and what was typed comes back in the form."""
    typed = cipher.encrypt(json.dumps(told.fields), about=about(piece)) if told and told.fields else None
    facts = {
        "state": PieceState.REFUSED,
        "reason_code": wrong.code,
        "reason": wrong.reason,
        "problems": list(wrong.problems) or None,
        "typed": typed,
        "sealed": sealed,
        "next_try_at": None,
    }
    standing = Piece.id == piece.id, Piece.state != PieceState.SAFE
    session.execute(sa.update(Piece).where(*standing).values(**facts))


def typed_in(piece: Piece, cipher: Cipher) -> dict[str, list[str]]:
    try:
        found: dict[str, list[str]] = json.loads(cipher.decrypt(piece.typed, about=about(piece))) if piece.typed else {}
    except Unreadable:
        return {}
    return found


def about(piece: Piece) -> str:
    return f"piece:{piece.id}:typed"


def settle(session: Session, piece: Piece, *, by: Actor) -> None:
    """A refused piece was mended on its page, or is put aside: what was typed is not needed any more."""
    standing = Piece.id == piece.id, Piece.state == PieceState.REFUSED, Piece.settled_at.is_(None)
    facts = {"settled_at": clock.now(), "settled_by_id": by.id, "typed": None}
    session.execute(sa.update(Piece).where(*standing).values(**facts))


def upload_of(session: Session, piece_id: int) -> Upload | None:
    return session.scalars(sa.select(Upload).where(Upload.piece_id == piece_id)).one_or_none()


def waiting_of(session: Session, phone_id: int) -> Sequence[int]:
    """Pieces of a telephone that wait for others of it, in the order in which they were begun."""
    waiting = Piece.phone_id == phone_id, Piece.state == PieceState.ON_ITS_WAY, Piece.reason_code.is_not(None)
    return session.scalars(sa.select(Piece.id).where(*waiting, Piece.whole_at.is_not(None)).order_by(Piece.id)).all()


def due(session: Session, now: datetime, *, most: int) -> Sequence[int]:
    """Pieces that somebody must look at again: they wait, or the process that had them died."""
    late = Piece.state == PieceState.ON_ITS_WAY, Piece.next_try_at <= now
    return session.scalars(sa.select(Piece.id).where(*late).order_by(Piece.id).limit(most)).all()


def take_turn(session: Session, piece_id: int, now: datetime, lease: timedelta) -> bool:
    """Of several processes one looks at it now."""
    mine = Piece.id == piece_id, Piece.next_try_at <= now
    taken = sa.update(Piece).where(*mine).values(next_try_at=now + lease, tries=Piece.tries + 1).returning(Piece.id)
    return session.scalars(taken).first() is not None
