"""Taking in a file, referring to it from a case, and showing it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted
from quality.core.events import Access, Recorded
from quality.core.words import _
from quality.core.workflow import Part, name_of, record
from quality.evidence import media
from quality.evidence.arrivals import Came, has_arrived, note_arrival, require_the_same
from quality.evidence.checks import INFECTED, Doubt, doubt_about, media_type_of
from quality.evidence.clamd import Outcome, Scanned
from quality.evidence.kinds import require_fitting
from quality.evidence.models import CopyKind, Derived, EvidenceKind, Exhibit, Holding, Quarantine, Verdict
from quality.evidence.quarantine import Found, condemn, decide, refuse_to_decide, stand_still, was_released
from quality.evidence.queries import (
    derived_of,
    holding_of,
    may_be_shown_to,
    may_have_the_original,
    that_lead_to_the_buyer,
)
from quality.evidence.resembling import note_hashes
from quality.evidence.said import UNSAID, Said
from quality.evidence.scanning import look_at_arrival, note_scan, require_not_apart
from quality.evidence.traits import Traits, taken_at, traits_of
from quality.evidence.vault import LARGEST, Kept, Vault, hashed
from quality.people.actor import Actor
from quality.people.looks import LookReason
from quality.permissions import Can, Sees

if TYPE_CHECKING:
    from quality.evidence.pictures import Copy


def take_in(
    session: Session,
    vault: Vault,
    data: BinaryIO | bytes,
    *,
    kind: EvidenceKind | str,
    by: Actor,
    said: Said = UNSAID,
) -> Holding:
    """Keep a file for the actor's organisation. `data` is a file that can be read from its beginning as often as asked.

    What the sender `said` of it is kept beside it; other bytes than were announced are `Invalid`.

    The same bytes of the same organisation give the same answer. Everything slow comes before the first row: the file
    is hashed, looked through, opened if it is a picture, then stored and synced with its copies. Who dies in between
    leaves files that nobody refers to, never a row without its file. What a check condemns is `Invalid` too; then the
    caller's transaction is undone here, and the record of it stands in one of its own.
    """
    if not by.can(Can.EVIDENCE_ADD) or by.organisation_id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.EVIDENCE_ADD))
    named, file = read_kind(kind), io.BytesIO(data) if isinstance(data, bytes) else data
    arrived = hashed(file, None, LARGEST)
    require_the_same(said, arrived.sha256)
    holding = holding_of(session, by.organisation_id, arrived.sha256)
    if holding is not None and vault.size(holding.sha256) == holding.bytes:
        require_fitting(named, holding.media_type)
        if not has_arrived(session, holding, by.id):
            note_arrival(session, holding, Came(clock.now(), by.id, said, traits_of(file, holding.media_type)))
        return holding
    is_cleared = was_released(session, by.organisation_id, arrived.sha256)
    media_type = media_type_of(file)
    require_fitting(named, media_type)
    doubt, scan = (None, None) if is_cleared else examined(file, media_type)
    if doubt:
        condemn(session, vault, file, Found(arrived, media_type, named, doubt, scan.name if scan else ""), by=by)
        raise Invalid(FieldProblem("file", doubt.code, doubt.text))
    opened = open_up(file, media_type)
    copies = keep_copies(vault, opened.copies)
    file.seek(0)
    vault.put(file)
    holding = hold(
        session,
        Holding(
            organisation_id=by.organisation_id,
            sha256=arrived.sha256,
            kind=named,
            media_type=media_type,
            bytes=arrived.bytes,
            taken_at=taken_at(opened.traits),
            sent_at=clock.now(),
            sent_by_id=by.id,
        ),
    )
    note_arrival(session, holding, Came(holding.sent_at, by.id, said, opened.traits))
    note_scan(session, arrived.sha256, scan)
    note_copies(session, arrived.sha256, copies)
    note_hashes(session, holding, copies)
    if any(vault.size(each) is None for each in (arrived.sha256, *(kept.sha256 for _kind, kept, _copy in copies))):
        file.seek(0)  # a job removed these bytes after `put` saw them; now that a row names them, none will
        vault.put(file)
        keep_copies(vault, opened.copies)
    return holding


def examined(file: BinaryIO, media_type: str) -> tuple[Doubt | None, Scanned | None]:
    """What is wrong with it by our own checks, else by the virus scanner where one is named; and what that one said."""
    doubt = doubt_about(file, media_type)
    if doubt:
        return doubt, None
    scan = look_at_arrival(file)
    return (INFECTED if scan and scan.outcome == Outcome.FOUND else None), scan


def judge(
    session: Session,
    vault: Vault,
    found: Quarantine,
    verdict: Verdict,
    *,
    why: str,
    by: Actor,
    version: int | None = None,
) -> None:
    """Say what a condemned file is. One that is released is held by who sent it, as if it had come in just now."""
    if verdict == Verdict.CONFIRMED:
        decide(session, found, verdict, why=why, by=by, version=version)
        return
    refuse_to_decide(found, why=why, by=by)
    sha256 = found.sha256
    with vault.apart().open(sha256) as file:
        vault.put(file)
        try:
            opened = open_up(file, found.media_type)
        except Invalid:  # no copy can be made: others do not get it
            opened = Opened(traits_of(file, found.media_type), [])
    copies = keep_copies(vault, opened.copies)
    held = Holding(
        organisation_id=found.organisation_id,
        sha256=sha256,
        kind=found.kind,
        media_type=found.media_type,
        bytes=found.bytes,
        taken_at=taken_at(opened.traits),
        sent_at=clock.now(),
        sent_by_id=found.sent_by_id,
    )
    decide(session, found, verdict, why=why, by=by, version=version)
    released = hold(session, held)
    note_arrival(session, released, Came(found.found_at, found.sent_by_id, UNSAID, opened.traits))
    note_copies(session, sha256, copies)
    note_hashes(session, released, copies)


def hold(session: Session, wanted: Holding) -> Holding:
    """The organisation's holding of these bytes: this one, or the one that is there."""
    stand_still(session, wanted.sha256)
    known = {c.name: getattr(wanted, c.name) for c in Holding.__table__.columns if c.name != "id"}
    added = insert_into(session, Holding.__table__).on_conflict_do_nothing(index_elements=["organisation_id", "sha256"])
    session.connection().execute(added, known)
    holding = holding_of(session, wanted.organisation_id, wanted.sha256)
    assert holding is not None  # it was there, or is now
    return holding


class Opened(NamedTuple):
    """What a file says of itself, and the copies that are made of it at once."""

    traits: Traits
    copies: Sequence[tuple[CopyKind, Copy]]


def open_up(file: BinaryIO, media_type: str) -> Opened:
    """`Invalid` where it is a picture that is not whole, or a bomb."""
    if not media.has_copy(media_type):
        return Opened(traits_of(file, media_type), [])
    from quality.evidence.pictures import look_through  # noqa: PLC0415 - what opens pictures waits for the first

    try:
        looked = look_through(file, media_type)
    except Invalid as wrong:
        if media_type != "image/heic" or wrong.problems[0].code != "damaged":
            raise
        return Opened(Traits(trouble="unopened"), [])  # what its camera can show and we cannot is evidence all the same
    pairs = ((CopyKind.THUMBNAIL, looked.thumbnail), (CopyKind.READABLE, looked.readable))
    return Opened(looked.traits, [(kind, copy) for kind, copy in pairs if copy])


def keep_copies(vault: Vault, copies: Sequence[tuple[CopyKind, Copy]]) -> list[tuple[CopyKind, Kept, Copy]]:
    return [(kind, vault.put(copy.data), copy) for kind, copy in copies]


def keep_readable(session: Session, vault: Vault, sha256: str, media_type: str) -> None:
    """The readable copy of a large picture, which did not get it when it came. FileNotFoundError where it is lost."""
    from quality.evidence.pictures import readable_of  # noqa: PLC0415

    with vault.open(sha256) as original:
        made = keep_copies(vault, [(CopyKind.READABLE, readable_of(original, media_type))])
    note_copies(session, sha256, made)


def note_copies(session: Session, original: str, copies: Sequence[tuple[CopyKind, Kept, Copy]]) -> None:
    rows = [
        {
            "original": original,
            "kind": kind,
            "sha256": kept.sha256,
            "media_type": "image/jpeg",
            "bytes": kept.bytes,
            "width": copy.width,
            "height": copy.height,
            "made_at": clock.now(),
        }
        for kind, kept, copy in copies
    ]
    for row in rows:
        stand_still(session, str(row["sha256"]))
    if rows:
        added = insert_into(session, Derived.__table__).on_conflict_do_nothing(index_elements=["original", "kind"])
        session.connection().execute(added, rows)


def attach(
    session: Session, case: Recorded, sha256: str, kind: EvidenceKind | str, *, by: Actor, part: Part | None = None
) -> Exhibit:
    """Let `case` (or one part of it) refer to a file that the actor's organisation holds. No status is moved."""
    if not by.can(Can.EVIDENCE_ADD):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.EVIDENCE_ADD))
    if not by.stands_over(part or case):
        raise NotPermitted("not_yours", _("This belongs to another organisation or person; you may only read it"))
    named = read_kind(kind)
    holding = holding_of(session, by.organisation_id, sha256)
    if holding is None:
        raise Invalid(
            FieldProblem("sha256", "unknown_evidence", _("Your organisation holds no such file; send it first"))
        )
    return refer(session, case, holding, named, by=by, part=part)


def refer(
    session: Session, case: Recorded, holding: Holding, named: EvidenceKind, *, by: Actor, part: Part | None = None
) -> Exhibit:
    """Let `case` refer to a holding. That `by` may is asked before: a party without an account sends by its link."""
    require_fitting(named, holding.media_type, "sha256")
    sha256 = holding.sha256
    refers = Exhibit(
        subject_type=case.__tablename__,
        subject_id=case.id,
        part=name_of(part) if part else "",
        holding_id=holding.id,
        kind=named,
        at=clock.now(),
        by_id=by.id,
    )
    if same := same_exhibit(session, refers):
        return same
    record(session, case, "evidence", by=by, part=part, details={"sha256": sha256, "kind": named})
    if same := same_exhibit(session, refers):  # someone was first, while we waited for the case
        return same
    claim(session, holding)
    session.add(refers)
    session.flush()
    return refers


def claim(session: Session, holding: Holding) -> None:
    """A listed file, which a case refers to from now on; the job that removes such takes the same row first."""
    if holding.listed_at is None:
        return
    alive = sa.update(Holding).where(Holding.id == holding.id).values(listed_at=None).returning(Holding.id)
    if session.scalars(alive).first() is None:
        raise Invalid(
            FieldProblem("sha256", "unknown_evidence", _("Your organisation holds no such file; send it first"))
        )


class Shown(NamedTuple):
    """A file that may be shown, open at its beginning."""

    file: BinaryIO
    bytes: int
    media_type: str


def show(
    session: Session,
    vault: Vault,
    exhibit: Exhibit,
    *,
    by: Actor,
    why: str = "",
    reason: LookReason = LookReason.OTHER,
    copy: CopyKind | None = None,
) -> Shown:
    """An exhibit, or a copy of it, for who may be shown it. Each showing of what leads to a buyer is logged.

    The original is for who may have it. Raises `NotFound` where there is no such copy, and
    FileNotFoundError where the vault has lost it.
    """
    holding = exhibit.holding
    is_secret = bool(that_lead_to_the_buyer(session, [exhibit]))
    wanted: Holding | Derived | None = copy_to_show(session, vault, holding, copy) if copy else holding
    is_theirs = copy is not None or may_have_the_original(by, exhibit)
    if wanted is None or wanted.sha256 is None or not is_theirs or not may_be_shown_to(by, exhibit, is_secret):
        raise NotFound(holding.sha256)
    if copy is None:
        require_not_apart(session, holding)
    if is_secret:
        session.add(
            Access(
                at=clock.now(),
                actor=by.signature,
                organisation_id=by.organisation_id,
                subject_type=exhibit.subject_type,
                subject_id=exhibit.subject_id,
                what=f"evidence:{exhibit.id}",
                why=why,
                reason=LookReason.OWN if by.sees is Sees.OWN_WORK else reason,
            )
        )
    return Shown(vault.open(wanted.sha256), wanted.bytes, wanted.media_type)


def copy_to_show(session: Session, vault: Vault, holding: Holding, kind: CopyKind) -> Derived | None:
    """Of a large picture the readable one is made now, where its job has not come to it yet."""
    found = derived_of(session, holding.sha256, kind)
    if found is None and kind == CopyKind.READABLE and derived_of(session, holding.sha256, CopyKind.THUMBNAIL):
        keep_readable(session, vault, holding.sha256, holding.media_type)
        found = derived_of(session, holding.sha256, kind)
    return found


def read_kind(kind: EvidenceKind | str) -> EvidenceKind:
    try:
        return EvidenceKind(kind)
    except ValueError:
        text = _("Choose what the file proves: %(kinds)s", kinds=", ".join(EvidenceKind))
        raise Invalid(FieldProblem("kind", "unknown_kind", text)) from None


def same_exhibit(session: Session, wanted: Exhibit) -> Exhibit | None:
    return session.scalars(SAME, {f"same_{name}": getattr(wanted, name) for name in TOLD_BY}).one_or_none()


TOLD_BY = ("subject_type", "subject_id", "part", "holding_id", "kind")
SAME = sa.select(Exhibit).where(*(getattr(Exhibit, name) == sa.bindparam(f"same_{name}") for name in TOLD_BY))
