"""Two telephones, and what came from one of them: a picture, a step that was mistyped, and one that waits."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)

from quality.core import clock
from quality.demonstration.pictures import picture
from quality.demonstration.stage import Stage
from quality.evidence.models import EvidenceKind
from quality.evidence.parts import parts_at
from quality.field import phones, uploads
from quality.field.envelope import CHUNK, LENGTH, MAGIC, PREFIX, key_id, message_key, nonce, public_point
from quality.field.models import Phone
from quality.field.uploads import Announced, Going, Sender
from quality.pages.pieces import do_piece
from quality.people.models import Membership
from quality.purchases.models import Task, TaskStatus

PHONES = {
    "buyer": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
    "buyer2": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1",
}
MISTYPED = "RB123456780CN"  # two signs of a postal number were exchanged: its check digit says so
BOUGHT = {  # the pictures that it is to be seen on have not come yet
    "account": "mm_310027", "recipient": "江晚吟", "address": "云州市东湖区望湖街12号", "telephone": "13900002101",
    "order_number": "202611270000310027", "quantity": "2", "paid_fen": "39.90",
}  # fmt: skip
BEIJING = 480  # minutes east of Greenwich
UNDERGROUND = timedelta(minutes=40)  # so long the telephone had no network


def send(stage: Stage) -> None:
    """What a buyer did without a network, once it is back: each piece goes the way of all pieces."""
    sender = enrolled(stage)
    read_off = f"{(clock.now() - UNDERGROUND).astimezone(clock.BEIJING):%Y-%m-%dT%H:%M}"  # as a form has it
    point = base64.b64decode(phones.present_key(stage.settings.field_keys).public)

    def comes(task: str, file: bytes = b"", part: float = 1, **told: Any) -> None:
        at = (clock.now() - UNDERGROUND).isoformat()
        said = {"task": task, "taken_at": at, "phone_now": at, "zone_minutes": BEIJING, "source": "camera"} | told
        if file:
            said["sha256"] = hashlib.sha256(file).hexdigest()
        sent(stage, sender, sealed(point, said, file), part)

    if ordered := first_of(stage, TaskStatus.ORDERED):
        screen = shown(EvidenceKind.PRODUCT_PAGE, ordered, "付款后再次打开的商品页")
        comes(ordered.number, screen, does="evidence", kind="product_page", source="screen")
        typed = {"delivery_number": MISTYPED, "shipped_at": read_off}
        comes(ordered.number, does="move", name="ship", fields=typed)
    if assigned := first_of(stage, TaskStatus.ASSIGNED):
        paid = shown(EvidenceKind.PAYMENT, assigned, "付款成功 ¥39.90")
        comes(assigned.number, paid, part=0.6, does="evidence", kind="payment", source="screen")
        comes(assigned.number, does="move", name="order", fields=BOUGHT | {"paid_at": read_off})


def enrolled(stage: Stage) -> Sender:
    """Both buyers' telephones; who sends is the first of them."""
    senders = []
    with stage.sessions.begin() as session:
        for address, agent in PHONES.items():
            actor = stage.who(address)
            membership = session.scalars(
                sa.select(Membership).where(
                    Membership.person_id == actor.id, Membership.organisation_id == actor.organisation_id
                )
            ).one()
            phone, _token = phones.enrol(session, actor, membership, agent)
            session.flush()
            seen = sa.update(Phone).where(Phone.id == phone.id).values(last_seen_at=clock.now())
            session.execute(seen, execution_options={"synchronize_session": False})
            senders.append(Sender(membership.id, phone.id))
    return senders[0]


class Bought(NamedTuple):
    number: str
    title: str
    category: str


def first_of(stage: Stage, status: TaskStatus) -> Bought | None:
    """The buyer's task that has stood there the longest; a small demonstration may have none."""
    theirs = sa.select(Task).where(Task.status == status, Task.buyer_id == stage.who("buyer").id)
    with stage.sessions() as session:
        for task in session.scalars(theirs.order_by(Task.id).limit(1)):
            listing = task.drawn.listing
            return Bought(task.number, str(listing.get("title") or ""), task.drawn.stratum.split("/")[1])
    return None


def shown(kind: EvidenceKind, of: Bought, *lines: str) -> bytes:
    return picture(kind, of.title, *lines, category=of.category, at=clock.now() - UNDERGROUND)


def sent(stage: Stage, sender: Sender, envelope: bytes, part: float) -> None:
    """All of it, and it is done or not; or so much of it that the rest must still come."""
    with stage.sessions.begin() as session:
        upload, _is_new = uploads.begin(session, sender, Announced(length=len(envelope), piece=str(uuid4())))
        going, piece = Going(upload.id, upload.token, 0, upload.length), upload.piece_id
    there = [envelope[: round(len(envelope) * part)]]
    store = parts_at(stage.settings.evidence_url)
    uploads.receive(stage.sessions, store, going, lambda _most: there.pop() if there else b"")
    if part == 1 and piece is not None:
        do_piece(stage.sessions, stage.settings, piece)


def sealed(point: bytes, told: dict[str, Any], file: bytes) -> bytes:
    """As the telephone seals it (field/envelope.py). What is sealed here fits into one chunk."""
    said = json.dumps(told, ensure_ascii=False).encode()
    plain = len(said).to_bytes(LENGTH, "big") + said + file
    assert len(plain) < CHUNK, "a small picture"
    once, named, prefix = generate_private_key(SECP256R1()), key_id(point), os.urandom(PREFIX)
    secret = once.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point))
    key = message_key(secret, named, public_point(once))
    return MAGIC + named + public_point(once) + prefix + key.encrypt(nonce(prefix, 0, is_last=True), plain, None)
