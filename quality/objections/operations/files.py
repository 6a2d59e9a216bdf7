"""What a party without an account sends: little, looked through before it is kept, and evidence of the agency.

Whoever sends is a stranger who holds a link. So a file is bounded here, checked like every other that comes in, and
lies in the vault under a row of its own (`SentFile`): no page shows it, and people of
the agency fetch it as a file to be saved. What came with an objection becomes an exhibit with its admission; what came
with a report of a correction at once, for no one admits that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, NamedTuple

from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.db import Base
from quality.core.errors import FieldProblem, Invalid
from quality.core.events import id_of
from quality.core.words import _
from quality.core.workflow import Case, record
from quality.evidence.checks import doubt_about, media_type_of
from quality.evidence.kinds import PAPERS, PICTURES, TEXTS
from quality.evidence.models import EvidenceKind, Holding
from quality.evidence.operations import hold, refer
from quality.evidence.vault import Kept, Vault
from quality.objections.models import Objection, SentFile
from quality.objections.queries import files_of
from quality.people.actor import Actor

MOST = 6  # files with one objection
LARGEST = 10 * 1024**2  # bytes of each
LONGEST_NAME = 120  # characters
TAKEN = PICTURES | PAPERS | TEXTS


class Brought(NamedTuple):
    """A file as it came: what its sender calls it, open at its beginning."""

    name: str
    file: BinaryIO


class Looked(NamedTuple):
    name: str
    media_type: str
    kept: Kept


def look_through(vault: Vault, files: Sequence[Brought]) -> list[Looked]:
    """Check each and keep it; `Invalid` names what is wrong with which. Nothing is written to the database here."""
    problems = []
    if len(files) > MOST:
        problems.append(FieldProblem("files", "too_many", _("Send %(most)s files at most", most=MOST)))
    types = []
    for each in files[:MOST]:
        try:
            types.append(_type_of(each))
        except Invalid as wrong:
            problems += [
                FieldProblem("files", p.code, _("%(name)s: %(value)s", name=each.name, value=p.text))
                for p in wrong.problems
            ]
    if problems:
        raise Invalid(*problems)
    looked = []
    for each, media_type in zip(files, types, strict=True):
        each.file.seek(0)
        looked.append(Looked(each.name[-LONGEST_NAME:], media_type, vault.put(each.file)))
    return looked


def keep_files(session: Session, case: Case, looked: Sequence[Looked], *, by: Actor, of: Base | None = None) -> None:
    """With the case, or with one row `of` it."""
    once, subject = {each.kept.sha256: each for each in looked}, of or case
    for each in once.values():
        row = {"name": each.name, "media_type": each.media_type, "sha256": each.kept.sha256, "bytes": each.kept.bytes}
        session.add(SentFile(subject_type=subject.__tablename__, subject_id=id_of(subject), **row))
    if once:
        record(session, case, "sent_files", by=by, details={"sha256": sorted(once)})


def accept_files(session: Session, objection: Objection, *, by: Actor) -> None:
    """They are the agency's evidence from now on."""
    as_evidence(session, objection, objection, EvidenceKind.OBJECTION, by=by, at=objection.received_at)


def as_evidence(session: Session, case: Case, of: Base, kind: EvidenceKind, *, by: Actor, at: datetime) -> None:
    """What was sent with `of` at that moment, `case` refers to from now on, and its agency holds it."""
    assert by.organisation_id, "who may do this works for an agency, or holds a letter of one"
    for each in files_of(session, of):
        held = Holding(
            organisation_id=by.organisation_id,
            sha256=each.sha256,
            kind=kind,
            media_type=each.media_type,
            bytes=each.bytes,
            taken_at=None,
            sent_at=at,
            sent_by_id=None,
        )
        refer(session, case, hold(session, held), kind, by=by)
        each.accepted_at = clock.now()
    session.flush()


def _type_of(brought: Brought) -> str:
    size = brought.file.seek(0, 2)
    if size > LARGEST:
        text = _("Send files of %(most)s MiB at most", most=LARGEST // 1024**2)
        raise Invalid(FieldProblem("files", "too_large", text))
    if size == 0:
        raise Invalid(FieldProblem("files", "empty", _("This file is empty")))
    media_type = media_type_of(brought.file)
    if media_type not in TAKEN:
        raise Invalid(FieldProblem("files", "wrong_media_type", _("Send pictures, PDF or plain text")))
    if doubt := doubt_about(brought.file, media_type):
        raise Invalid(FieldProblem("files", doubt.code, doubt.text))
    return media_type
