"""Uploads that go on where they broke off (tus 1.0), by whichever process: what came is claimed by compare-and-set.

A part is kept and synced first, and then claimed at its place: of two senders at one place one wins, and the other is
told. So a process that is killed loses at most the part that was just coming.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import NotFound, Refused
from quality.core.words import _
from quality.evidence.kinds import MAY_BE
from quality.evidence.operations import read_kind
from quality.evidence.parts import PartStore
from quality.field.models import Phone, Piece, PieceState, Upload, UploadPart
from quality.people.models import Membership

ALGORITHMS = ("sha256", "sha1")  # tus asks for the second
PART = 8 * 1024 * 1024  # bytes, of which one is in memory for each upload
MOST_PARTS = 20_000  # of one upload
MOST_OPEN = 2_000  # uploads that one membership has begun and not ended
MOST_WAITING = 64 * 1024**3  # bytes of them together, as their lengths say
KEPT = timedelta(days=7)  # after the last part
LEASE = timedelta(minutes=10)  # that whoever took in a whole upload has, before a job looks
KNOWN = frozenset(MAY_BE)


class Sender(NamedTuple):
    """Whose upload it is: a membership by a key, or one telephone of it."""

    membership_id: int
    phone_id: int | None


@dataclass(frozen=True)
class Announced:
    """What is said of an upload before its first byte."""

    length: int
    filename: str = ""
    kind: str | None = None
    sha256: str | None = None
    piece: str | None = None  # its UUID


class Differs(Exception):
    """The bytes of a part are others than their sender's checksum says: nothing of them was kept."""


def begin(session: Session, sender: Sender, said: Announced) -> tuple[Upload, bool]:
    """A new upload; or, of a piece that was begun before, the one that it has. Whether it is new."""
    if said.piece is None:
        read_kind(said.kind or "")
    elif found := begun_before(session, sender, said.piece):
        if found.length != said.length:
            raise Refused("another_length", _("This piece was begun with another length; make a new piece of it"))
        return found, False
    refuse_too_many(session, sender)
    now = clock.now()
    upload = Upload(
        token=secrets.token_urlsafe(18),
        membership_id=sender.membership_id,
        phone_id=sender.phone_id,
        kind=said.kind if said.piece is None else None,
        filename=said.filename[: Upload.filename.type.length],
        said_sha256=said.sha256,
        length=said.length,
        begun_at=now,
        expires_at=now + KEPT,
    )
    if said.piece is not None and sender.phone_id is not None:
        upload.piece_id = piece_of(session, sender, sender.phone_id, said.piece).id
    session.add(upload)
    session.flush()
    return upload, True


def begun_before(session: Session, sender: Sender, uuid: str) -> Upload | None:
    asked = sa.select(Upload).join(Upload.piece).where(Piece.phone_id == sender.phone_id, Piece.uuid == uuid)
    return session.scalars(asked).one_or_none()


def piece_of(session: Session, sender: Sender, phone_id: int, uuid: str) -> Piece:
    """The telephone's piece of this UUID, made where there is none. One that is done is not begun again."""
    told = {"phone_id": phone_id, "uuid": uuid, "membership_id": sender.membership_id}
    membership = session.get_one(Membership, sender.membership_id)
    more = {
        "agency_id": membership.organisation_id,
        "state": PieceState.ON_ITS_WAY,
        "begun_at": clock.now(),
        "tries": 0,
    }
    added = insert_into(session, Piece.__table__).on_conflict_do_nothing(index_elements=["phone_id", "uuid"])
    session.connection().execute(added, told | more)
    piece = session.scalars(sa.select(Piece).where(Piece.phone_id == phone_id, Piece.uuid == uuid)).one()
    if piece.state != PieceState.ON_ITS_WAY or piece.whole_at is not None:
        raise Refused("piece_done", _("This piece has come already; ask what became of it"))
    return piece


def refuse_too_many(session: Session, sender: Sender) -> None:
    open_ones = Upload.membership_id == sender.membership_id, Upload.whole_at.is_(None)
    many, waiting = session.execute(sa.select(sa.func.count(), sa.func.sum(Upload.length)).where(*open_ones)).one()
    if many >= MOST_OPEN or (waiting or 0) > MOST_WAITING:
        raise Refused("too_many_uploads", _("Too much is on its way already; finish or end some of it first"))


def find(session: Session, sender: Sender, token: str) -> Upload:
    """An upload of this sender that has not expired; anybody else's is not there."""
    asked = sa.select(Upload).where(
        Upload.token == token,
        Upload.membership_id == sender.membership_id,
        Upload.phone_id.is_(None) if sender.phone_id is None else Upload.phone_id == sender.phone_id,
        Upload.expires_at > clock.now(),
    )
    for found in session.scalars(asked.options(joinedload(Upload.piece))):
        return found
    raise NotFound("upload")


class Going(NamedTuple):
    """An upload as it was found, apart from any session: what is read meanwhile takes its time."""

    id: int
    token: str
    came: int
    length: int


class Checksum(NamedTuple):
    """Of the bytes of one request: against chance, not against people. Who they are from is known otherwise."""

    algorithm: str  # one of ALGORITHMS
    digest: bytes


class Part(NamedTuple):
    begins: int
    bytes: int
    name: str


def receive(
    sessions: sessionmaker[Session],
    store: PartStore,
    going: Going,
    read: Callable[[int], bytes],
    checksum: Checksum | None = None,
) -> int:
    """Keep what comes from `read` behind what is there; how many bytes are there now.

    `read` gives up to so many bytes, fewer where the sender is gone. With a checksum of all that comes now, all or none
    of it is kept: raises `Differs`. Raises `Refused` where another was first at this place.
    """
    digest = hashlib.new(checksum.algorithm if checksum else "sha256", usedforsecurity=False)
    at, held = going.came, list[Part]()
    while at < going.length:
        wanted = min(PART, going.length - at)
        data = read(wanted)
        if not data:
            break
        digest.update(data)
        part = Part(at, len(data), store.keep(going.token, at, data))
        at += len(data)
        if checksum is None:
            claim(sessions, store, going, [part])
        else:
            held.append(part)
        if len(data) < wanted:
            break
    if checksum is not None:
        if digest.digest() != checksum.digest:
            store.drop([part.name for part in held])
            raise Differs
        if held:
            claim(sessions, store, going, held)
    return at


def claim(sessions: sessionmaker[Session], store: PartStore, going: Going, parts: list[Part]) -> None:
    """The place where `parts` begin is theirs, or another's: then they go."""
    begins, now = parts[0].begins, clock.now()
    ends = begins + sum(part.bytes for part in parts)
    whole = {"whole_at": now, "next_try_at": now + LEASE} if ends == going.length else {}
    taken = (
        sa.update(Upload)
        .where(Upload.id == going.id, Upload.came == begins)
        .values(came=ends, expires_at=now + KEPT, **whole)
        .returning(Upload.id)
    )
    with sessions.begin() as session:
        is_ours = session.execute(taken).first() is not None
        if is_ours:
            rows = [{"upload_id": going.id, **part._asdict()} for part in parts]
            session.execute(sa.insert(UploadPart), rows)
            if whole:
                its = sa.select(Upload.piece_id).where(Upload.id == going.id).scalar_subquery()
                session.execute(sa.update(Piece).where(Piece.id == its).values(**whole))
    if not is_ours:
        store.drop([part.name for part in parts])
        raise offset_differs()


def offset_differs() -> Refused:
    return Refused("offset_differs", _("Other bytes are there already; ask with HEAD how many, and go on behind them"))


def refuse_too_many_parts(session: Session, upload: Upload) -> None:
    many = session.scalar(sa.select(sa.func.count()).where(UploadPart.upload_id == upload.id)) or 0
    if many >= MOST_PARTS:
        raise Refused("too_many_parts", _("It came in too many small parts; end it, and begin anew with larger ones"))


@contextmanager
def joined(session: Session, store: PartStore, upload: Upload) -> Iterator[BinaryIO]:
    """All bytes of a whole upload in a file of this machine. Raises FileNotFoundError."""
    asked = sa.select(UploadPart.name).where(UploadPart.upload_id == upload.id).order_by(UploadPart.begins)
    names = session.scalars(asked).all()
    with tempfile.NamedTemporaryFile(prefix="mingcha-") as file:
        for name in names:
            file.write(store.read(name))
        if file.tell() != upload.length:
            raise FileNotFoundError(upload.token)
        file.seek(0)
        yield cast(BinaryIO, file)


def let_go(session: Session, upload: Upload) -> list[str]:
    """Its parts are needed no more: the names of what may go once this is kept."""
    gone = sa.delete(UploadPart).where(UploadPart.upload_id == upload.id).returning(UploadPart.name)
    return list(session.scalars(gone))


def end(session: Session, upload: Upload) -> list[str]:
    """The sender does not go on with it. A piece that is whole is done all the same."""
    names = let_go(session, upload)
    session.execute(sa.delete(Upload).where(Upload.id == upload.id))
    if upload.piece_id is not None:
        unfinished = Piece.id == upload.piece_id, Piece.whole_at.is_(None)
        session.execute(sa.delete(Piece).where(*unfinished))
    return names


def phone_of(session: Session, upload: Upload) -> Phone | None:
    return session.get(Phone, upload.phone_id) if upload.phone_id else None
