"""Telephones at the door of the API: they send sealed pieces, and ask what became of them."""

from __future__ import annotations

from typing import Any

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from quality.api import pace
from quality.api.door import bound_the_body, door, knock, no_such_key, secret_sent, takes, told, too_many
from quality.api.reading import asked
from quality.api.shapes import Asked, Moment, Told
from quality.core.db import db
from quality.core.words import tongue_now
from quality.field import phones
from quality.field.models import Piece, PieceState
from quality.field.pieces import of_phone
from quality.people.access import needs
from quality.permissions import Can
from quality.web import settings

MOST = 200  # pieces in one answer


def knock_with_phones() -> ResponseReturnValue | None:
    """As keys do; and a telephone by its token. What OPTIONS tells is for everybody."""
    if request.method == "OPTIONS":
        return None
    secret = secret_sent()
    if not secret.startswith(phones.MARK):
        return knock()
    bound_the_body()
    found = phones.holder_of(db.session(), secret)
    if found is None:
        return no_such_key()
    phone, actor = found
    if wait := pace.wait_of(phones.via(phone)):
        return too_many(wait)
    g.phone, g.actor, g.person = phone, actor, actor.person
    phones.see(phone)
    return None


ABOUT = "What became of the sealed pieces of a telephone: each is done once, ever. See docs/api.md"
pieces = door("pieces", tag="uploads", about=ABOUT, knocks=knock_with_phones)
DOORS = [pieces]


class PiecesAsked(Asked):
    ids: str = Field("", max_length=8_000, description="UUIDs, commas between; left out, all that are not settled")


class PieceStateTold(Told):
    id: str = Field(description="The telephone's own UUID")
    state: str = Field(description="`on_its_way`, `safe` or `refused`")
    code: str | None = Field(description="Why it was refused, or what it waits for")
    reason: str | None = Field(description="The same in a sentence")
    mend: str | None = Field(description="Of a refused one: the page where what was typed comes back")
    settled: bool = Field(description="Of a refused one: it was mended there, or put aside")
    done_at: Moment | None = Field(description="By the server's clock")


class KeyToSealTo(Told):
    id: str = Field(description="16 hexadecimal digits: the first 8 bytes of the SHA-256 of the public key")
    public: str = Field(description="Base64 of the uncompressed point of P-256, 65 bytes")


class PiecesTold(Told):
    items: list[PieceStateTold]
    key: KeyToSealTo = Field(description="What to seal the next piece to")


@pieces.get("/pieces", summary="What became of the pieces of this telephone", responses={200: PiecesTold})
@needs(Can.EVIDENCE_ADD)
@takes(query=PiecesAsked)
def list_pieces() -> ResponseReturnValue:
    """Those that are not known here have not come: they are on the telephone only."""
    wanted = [each.strip() for each in asked(PiecesAsked).ids.split(",") if each.strip()][:MOST]
    phone = g.get("phone")
    found = of_phone(db.session(), phone.id, wanted, most=MOST) if phone else []
    key = phones.present_key(settings().field_keys)
    return told(PiecesTold(items=[of_a_piece(each) for each in found], key=KeyToSealTo(**key._asdict())))


def of_a_piece(piece: Piece) -> PieceStateTold:
    reason: dict[str, Any] = piece.reason or {}
    is_refused = piece.state == PieceState.REFUSED
    return PieceStateTold(
        id=piece.uuid,
        state=piece.state,
        code=piece.reason_code,
        reason=reason.get(tongue_now()),
        mend=url_for("field_pieces.mend", piece=piece.id) if is_refused and not piece.settled_at else None,
        settled=piece.settled_at is not None,
        done_at=piece.done_at,
    )
