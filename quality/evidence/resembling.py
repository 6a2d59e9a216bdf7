"""Pictures that look alike, among all that an organisation holds: a fact for people to look at, and no accusation.

A picture gets its hashes when it arrives; a job lays it beside all others as soon as it stands there for everybody, so
that of two that arrive at once one finds the other. Another organisation's pictures are never among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.db import insert_into
from quality.evidence.models import CopyKind, Derived, Holding, PictureHash, Resemblance
from quality.evidence.perceptual import (
    BITS,
    NEAR,
    NEAR_TURNED,
    OF_A_BAND,
    Hashes,
    distance,
    hashes_of,
    kept,
    pieces,
    pieces_near,
    read,
)
from quality.evidence.vault import Kept, Vault

if TYPE_CHECKING:
    from quality.evidence.pictures import Copy

MOST = 50  # that one picture is noted beside, the nearest first: an empty form is alike to thousands
AT_ONCE, OLDER_AT_ONCE = 200, 1000
PIECES = (PictureHash.piece_1, PictureHash.piece_2, PictureHash.piece_3, PictureHash.piece_4)


class Alike(NamedTuple):
    """Another picture of the same organisation."""

    holding_id: int
    bits: int  # of 64 that differ
    is_turned: bool


def note_hashes(session: Session, holding: Holding, copies: Sequence[tuple[CopyKind, Kept, Copy]]) -> None:
    """Of a picture that has just come, from the smallest of its copies; nothing of what is none."""
    for kind, _kept, copy in copies:
        if kind is CopyKind.THUMBNAIL:
            add(session, holding.id, holding.organisation_id, hashes_of(copy.data))


def add(session: Session, holding_id: int, organisation_id: int, hashes: Hashes | None) -> None:
    row: dict[str, object] = {"holding_id": holding_id, "organisation_id": organisation_id}
    if hashes:
        row |= {name: kept(bits) for name, bits in hashes._asdict().items()}
        row |= {f"piece_{place}": piece for place, piece in enumerate(pieces(hashes.upright), 1)}
    added = insert_into(session, PictureHash.__table__).on_conflict_do_nothing(index_elements=["holding_id"])
    session.connection().execute(added, row)


def alike(session: Session, organisation_id: int, hashes: Hashes | None) -> list[Alike]:
    """Every picture of the organisation that is near to this one, upright or turned; the nearest first.

    None is left out: what is near has one of the pieces that are asked for, and each of those is measured.
    """
    if hashes is None:
        return []
    counts = session.get_bind().dialect.name == "postgresql"
    if counts:
        session.connection().execute(ALONE)
    came = session.connection().execute(CANDIDATES[counts], asked_for(organisation_id, hashes, counts=counts)).all()
    near = {
        holding_id: Alike(holding_id, differ, is_turned=False)
        for holding_id, bits, is_turned in came
        if not is_turned and (differ := distance(bits, hashes.upright)) <= NEAR
    }
    near_turned = {
        holding_id: Alike(holding_id, differ, is_turned=True)
        for holding_id, bits, is_turned in came
        if is_turned and (differ := min(distance(bits, each) for each in hashes[1:])) <= NEAR_TURNED
    }
    found = [*near.values(), *(each for key, each in near_turned.items() if key not in near)]
    return sorted(found, key=lambda each: (each.bits, each.holding_id))


# PostgreSQL would begin two more processes for these eight lookups, which takes ten times what they take; and it would
# go to a thousand rows for what stands in the index. Until the transaction ends
ALONE = sa.text(
    "SELECT set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_bitmapscan', 'off', true)"
)


def candidates(*, counts: bool) -> sa.CompoundSelect[Any]:
    """A thousand of a million: their holding and upright hash, once or several times. PostgreSQL counts their bits
    itself, and sends the near ones only; SQLite cannot.

    Written once: half the time of an answer would go into writing it.
    """
    hash_of, turns = PictureHash, Hashes._fields[1:]
    asked = []
    for place, piece in enumerate(PIECES):
        near: list[Any] = [sa.bindparam(f"near_{place}_{each}") for each in range(OF_A_BAND + 1)]
        turned: list[Any] = [sa.bindparam(f"{turn}_{place}") for turn in turns]
        upright, others = within(NEAR, ["upright"]), within(NEAR_TURNED, turns)
        for wanted, is_turned, is_near in ((near, sa.false(), upright), (turned, sa.true(), others)):
            columns = hash_of.holding_id, hash_of.upright, is_turned.label("is_turned")
            found = sa.select(*columns).where(
                piece.in_(wanted), hash_of.organisation_id == sa.bindparam("organisation")
            )
            asked.append(found.where(is_near) if counts else found)
    return sa.union_all(*asked)


def within(bits: int, names: Iterable[str]) -> sa.TextClause:
    """So near to one of the hashes of these names, as PostgreSQL (14 and later) counts bits."""
    counted = [f"bit_count(CAST(picture_hash.upright # :{name} AS bit({BITS}))) <= {bits}" for name in names]
    hashes = [sa.bindparam(name, type_=sa.BigInteger) for name in names]
    return sa.text(f"({' OR '.join(counted)})").bindparams(*hashes)


CANDIDATES = {counts: candidates(counts=counts) for counts in (True, False)}


def asked_for(organisation_id: int, hashes: Hashes, *, counts: bool) -> dict[str, int]:
    named = {"organisation": organisation_id}
    if counts:
        named |= {name: kept(bits) for name, bits in hashes._asdict().items()}
    for place, wanted in enumerate(pieces_near(hashes.upright)):
        named |= {f"near_{place}_{each}": piece for each, piece in enumerate(wanted)}
    for turn, bits in zip(Hashes._fields[1:], hashes[1:], strict=True):
        named |= {f"{turn}_{place}": piece for place, piece in enumerate(pieces(bits))}
    return named


def hashes_kept(session: Session, holding_ids: Iterable[int]) -> dict[int, Hashes | None]:
    """Those of them that have a row; None where there is nothing on the picture."""
    asked = sa.select(PictureHash.holding_id, *(getattr(PictureHash, name) for name in Hashes._fields))
    rows = session.execute(asked.where(PictureHash.holding_id.in_(list(holding_ids)))).all()
    return {key: None if bits[0] is None else Hashes(*map(read, bits)) for key, *bits in rows}


def alike_to(session: Session, holding: Holding) -> list[Alike]:
    """All that are near to a held picture, without itself."""
    found = alike(session, holding.organisation_id, hashes_kept(session, [holding.id]).get(holding.id))
    return [each for each in found if each.holding_id != holding.id]


def noted(session: Session, holding_ids: Iterable[int]) -> dict[int, list[Alike]]:
    """What the job found beside each of these, the nearest first."""
    keys = set(holding_ids)
    found: dict[int, list[Alike]] = {key: [] for key in keys}
    pair = Resemblance
    asked = sa.select(pair.one_id, pair.other_id, pair.bits, pair.is_turned).order_by(pair.bits, pair.other_id)
    for one, other, bits, is_turned in session.execute(
        asked.where(sa.or_(pair.one_id.in_(keys), pair.other_id.in_(keys)))
    ):
        for this, that in ((one, other), (other, one)):
            if this in keys:
                found[this].append(Alike(that, bits, is_turned))
    return found


# --- jobs ---


def compare_new_pictures(sessions: sessionmaker[Session], now: datetime) -> int:
    """Lay each picture that waits beside all others, in a transaction of its own; returns how many were laid."""
    waiting = sa.select(PictureHash.holding_id).where(PictureHash.compared_at.is_(None))
    with sessions() as session:
        keys = session.scalars(waiting.order_by(PictureHash.holding_id).limit(AT_ONCE)).all()
    for key in keys:
        with sessions.begin() as session:
            compare(session, key, now)
    return len(keys)


def compare(session: Session, holding_id: int, now: datetime) -> None:
    taken = sa.update(PictureHash).where(PictureHash.holding_id == holding_id, PictureHash.compared_at.is_(None))
    taken = taken.values(compared_at=now)
    if session.scalars(taken.returning(PictureHash.holding_id)).one_or_none() is None:
        return
    pairs = [
        {
            "one_id": min(holding_id, each.holding_id),
            "other_id": max(holding_id, each.holding_id),
            "bits": each.bits,
            "is_turned": each.is_turned,
        }
        for each in alike_to(session, session.get_one(Holding, holding_id))[:MOST]
    ]
    if pairs:
        added = insert_into(session, Resemblance.__table__).on_conflict_do_nothing()
        session.connection().execute(added, pairs)


def hash_older_pictures(sessions: sessionmaker[Session], vault: Vault) -> int:
    """Those that came before there were hashes, or whose copies were made later. No transaction is open meanwhile."""
    hashed = sa.exists().where(PictureHash.holding_id == Holding.id)
    asked = (
        sa.select(Holding.id, Holding.organisation_id, Derived.sha256)
        .join(Derived, Derived.original == Holding.sha256)
        .where(Derived.kind == CopyKind.THUMBNAIL, Derived.sha256.is_not(None), ~hashed)
    )
    with sessions() as session:
        wanting = session.execute(asked.order_by(Holding.id.desc()).limit(OLDER_AT_ONCE)).all()
    done = 0
    for holding_id, organisation_id, sha256 in wanting:
        try:
            with vault.open(str(sha256)) as copy:
                hashes = hashes_of(copy.read())
        except FileNotFoundError:  # `mingcha restore` says so; it may come back
            continue
        with sessions.begin() as session:
            if session.get(Holding, holding_id) is not None:
                add(session, holding_id, organisation_id, hashes)
                done += 1
    return done
