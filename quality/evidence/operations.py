"""Taking in a file, referring to it from a case, and showing it."""

from __future__ import annotations

import io
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotFound, NotPermitted
from quality.core.events import Access, Recorded
from quality.core.words import _
from quality.core.workflow import Part, name_of, record
from quality.evidence import media
from quality.evidence.models import EvidenceKind, Exhibit, Holding
from quality.evidence.queries import holding_of, may_be_shown_to, that_lead_to_the_buyer
from quality.evidence.vault import Vault
from quality.people.actor import Actor
from quality.permissions import Can


def take_in(session: Session, vault: Vault, data: BinaryIO | bytes, *, kind: EvidenceKind | str, by: Actor) -> Holding:
    """Keep a file for the actor's organisation. `data` is a file that can be read from its beginning once more.

    The same bytes of the same organisation give the same answer. The bytes are stored and synced before the first
    row is written; who dies in between leaves a file that nobody refers to, never a row without its file.
    """
    if not by.can(Can.EVIDENCE_ADD) or by.organisation_id is None:
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.EVIDENCE_ADD))
    named, file = read_kind(kind), io.BytesIO(data) if isinstance(data, bytes) else data
    head = file.read(media.HEAD)
    media_type = media.recognise(head)
    if head and media_type is None:
        raise Invalid(
            FieldProblem(
                "file", "unknown_media_type", _("Send a picture, an MP4 or MOV video, a PDF, JSON or plain text")
            )
        )
    file.seek(0)
    sha256, size = vault.put(file)
    with vault.open(sha256) as kept:
        taken_at = media.taken_at(kept, str(media_type))
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Holding).values(
        organisation_id=by.organisation_id,
        sha256=sha256,
        kind=named,
        media_type=media_type,
        bytes=size,
        taken_at=taken_at,
        sent_at=clock.now(),
        sent_by_id=by.id,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["organisation_id", "sha256"]))
    holding = holding_of(session, by.organisation_id, sha256)
    assert holding is not None  # it was there, or is now
    return holding


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
    session.add(refers)
    session.flush()
    return refers


def show(session: Session, vault: Vault, exhibit: Exhibit, *, by: Actor, why: str = "") -> BinaryIO:
    """The bytes of an exhibit, for who may be shown it. Each showing of what leads to a buyer is logged."""
    is_secret = bool(that_lead_to_the_buyer(session, [exhibit]))
    if not may_be_shown_to(by, exhibit, is_secret):
        raise NotFound(exhibit.holding.sha256)
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
            )
        )
    return vault.open(exhibit.holding.sha256)


def read_kind(kind: EvidenceKind | str) -> EvidenceKind:
    try:
        return EvidenceKind(kind)
    except ValueError:
        text = _("Choose what the file proves: %(kinds)s", kinds=", ".join(EvidenceKind))
        raise Invalid(FieldProblem("kind", "unknown_kind", text)) from None


def same_exhibit(session: Session, wanted: Exhibit) -> Exhibit | None:
    known = {name: getattr(wanted, name) for name in ("subject_type", "subject_id", "part", "holding_id", "kind")}
    return session.scalars(sa.select(Exhibit).filter_by(**known)).one_or_none()
