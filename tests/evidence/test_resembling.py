"""What is alike is found when it has come, among what one organisation holds, and nothing of it is left out."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import db
from quality.evidence import resembling
from quality.evidence.models import CopyKind, EvidenceKind, Holding, PictureHash, Resemblance
from quality.evidence.operations import take_in
from quality.evidence.perceptual import BITS, NEAR, NEAR_TURNED, Hashes, distance
from quality.evidence.queries import derived_of
from quality.people.actor import Actor
from tests.harness.looks import as_jpeg, parcel
from tests.harness.people import Cast
from tests.harness.purchases import vault

K = EvidenceKind


@pytest.fixture
def sessions(session: Session) -> sessionmaker[Session]:
    return sessionmaker(db.engine)


def sent(session: Session, picture: Image.Image, by: Actor, quality: int = 85) -> Holding:
    held = take_in(session, vault(), as_jpeg(picture, quality), kind=K.PARCEL, by=by)
    session.commit()
    return held


def compared(sessions: sessionmaker[Session]) -> int:
    return resembling.compare_new_pictures(sessions, clock.now())


def test_the_same_look_is_found_upright_and_turned(session: Session, cast: Cast, sessions: Any) -> None:
    first = sent(session, parcel(1), cast.buyer)
    again = sent(session, parcel(1), cast.buyer, quality=40)
    turned = sent(session, parcel(1).rotate(90, expand=True), cast.buyer)
    other = sent(session, parcel(2), cast.buyer)
    assert compared(sessions) == 4
    assert compared(sessions) == 0

    found = resembling.noted(session, [first.id, other.id])
    assert found[other.id] == []
    assert {(each.holding_id, each.is_turned) for each in found[first.id]} == {(again.id, False), (turned.id, True)}
    assert [each.bits for each in found[first.id]] == sorted(each.bits for each in found[first.id])
    assert {each.holding_id for each in resembling.alike_to(session, turned)} == {first.id, again.id}


def test_another_organisation_learns_nothing(session: Session, cast: Cast, sessions: Any) -> None:
    own = sent(session, parcel(3), cast.buyer)
    theirs = take_in(session, vault(), as_jpeg(parcel(3)), kind=K.PLATFORM_PROOF, by=cast.desk)
    session.commit()
    assert compared(sessions) == 2
    assert resembling.noted(session, [own.id, theirs.id]) == {own.id: [], theirs.id: []}
    assert resembling.alike_to(session, theirs) == []


def test_blank_pictures_are_not_alike(session: Session, cast: Cast, sessions: Any) -> None:
    held = [sent(session, Image.new("RGB", (300, 200 + each), "white"), cast.buyer) for each in range(3)]
    assert compared(sessions) == 3
    assert session.scalars(sa.select(Resemblance)).all() == []
    assert resembling.alike_to(session, held[0]) == []


def test_what_came_before_there_were_hashes_gets_them(session: Session, cast: Cast, sessions: Any) -> None:
    first, second = sent(session, parcel(4), cast.buyer), sent(session, parcel(4), cast.buyer, quality=30)
    lost = sent(session, parcel(5), cast.buyer)
    thumbnail = derived_of(session, lost.sha256, CopyKind.THUMBNAIL)
    assert thumbnail and thumbnail.sha256
    vault().remove(thumbnail.sha256)
    session.execute(sa.delete(PictureHash))
    session.commit()

    assert resembling.hash_older_pictures(sessions, vault()) == 2
    assert compared(sessions) == 2
    assert [each.holding_id for each in resembling.noted(session, [first.id])[first.id]] == [second.id]


def test_what_is_let_go_of_is_alike_to_nothing_any_more(session: Session, cast: Cast, sessions: Any) -> None:
    first, second = sent(session, parcel(6), cast.buyer), sent(session, parcel(6), cast.buyer, quality=30)
    compared(sessions)
    session.execute(sa.delete(Holding).where(Holding.id == second.id))
    session.commit()
    assert resembling.noted(session, [first.id]) == {first.id: []}


def test_a_search_finds_what_a_scan_finds(session: Session, cast: Cast) -> None:
    chance = random.Random(7)
    middles = [Hashes(*(chance.getrandbits(BITS) for _turn in range(4))) for _middle in range(6)]
    rows: dict[int, tuple[int, int]] = {}
    template = {"kind": K.PARCEL, "media_type": "image/jpeg", "bytes": 1, "sent_at": clock.now()}
    for number in range(500):
        bits = chance.choice(chance.choice(middles)) if number % 3 else chance.getrandbits(BITS)
        for bit in chance.sample(range(BITS), chance.randrange(0, NEAR + 4)):
            bits ^= 1 << bit
        whose = chance.choice([cast.agency.id, cast.above.id])
        held = Holding(organisation_id=whose, sha256=f"{number:064x}", **template)
        session.add(held)
        session.flush()
        resembling.add(session, held.id, whose, Hashes(bits, 0, 0, 0))
        rows[held.id] = whose, bits

    for middle in middles:
        own = {key: bits for key, (whose, bits) in rows.items() if whose == cast.agency.id}
        scanned = {key for key, bits in own.items() if distance(bits, middle.upright) <= NEAR}
        turned = {key for key, bits in own.items() if min(distance(bits, each) for each in middle[1:]) <= NEAR_TURNED}
        found = resembling.alike(session, cast.agency.id, middle)
        assert {each.holding_id for each in found if not each.is_turned} == scanned != set()
        assert {each.holding_id for each in found if each.is_turned} == turned - scanned != set()
