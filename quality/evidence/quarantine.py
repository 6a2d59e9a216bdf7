"""What a check condemned: kept apart with its record, until a person of the agency has looked and said what it is.

The record stands in a transaction of its own, because the one that brought the file is undone.
"""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quality.core import clock
from quality.core.errors import FieldProblem, Invalid, NotPermitted, Refused
from quality.core.words import _
from quality.core.workflow import begin, record
from quality.evidence.checks import DOUBTS, Doubt
from quality.evidence.models import EvidenceKind, Quarantine, Verdict
from quality.evidence.vault import Kept, Vault
from quality.people.actor import Actor
from quality.permissions import Can


class Found(NamedTuple):
    """A condemned file, as far as it is known."""

    kept: Kept
    media_type: str
    kind: EvidenceKind
    doubt: Doubt
    signature: str = ""  # what a scanner calls what it found


def condemn(session: Session, vault: Vault, file: BinaryIO, found: Found, *, by: Actor) -> None:
    """Keep it apart, undo what the caller's transaction did, and record it in another."""
    file.seek(0)
    vault.apart().put(file)
    session.rollback()
    row = Quarantine(
        organisation_id=by.organisation_id,
        sha256=found.kept.sha256,
        kind=found.kind,
        media_type=found.media_type,
        bytes=found.kept.bytes,
        doubt=found.doubt.code,
        signature=found.signature or None,
        found_at=clock.now(),
        sent_by_id=by.id,
    )
    told = {"sha256": found.kept.sha256, "kind": found.kind, "doubt": found.doubt.code, "bytes": found.kept.bytes}
    with suppress(IntegrityError), Session(session.get_bind()) as own, own.begin():
        stand_still(own, found.kept.sha256)
        begin(own, row, by=by, details=told)  # the same file, sent twice at once: one record of it
        if vault.apart().size(found.kept.sha256) is None:  # it lay there without a record, and a job removed it
            file.seek(0)
            vault.apart().put(file)


def standing_of(session: Session, organisation_id: int, sha256: str) -> Quarantine | None:
    return session.scalars(STANDING, {"organisation": organisation_id, "sha256": sha256}).one_or_none()


STANDING = sa.select(Quarantine).where(  # each file that comes asks it
    Quarantine.organisation_id == sa.bindparam("organisation"), Quarantine.sha256 == sa.bindparam("sha256")
)


def was_released(session: Session, organisation_id: int, sha256: str) -> bool:
    """Whether a person has found that it is what it seems. `Invalid` where it lies apart still, or for good."""
    found = standing_of(session, organisation_id, sha256)
    if found is None:
        return False
    if found.verdict == Verdict.RELEASED:
        return True
    raise Invalid(FieldProblem("file", found.doubt, DOUBTS[found.doubt].text))


def decide(
    session: Session, found: Quarantine, verdict: Verdict, *, why: str, by: Actor, version: int | None = None
) -> None:
    """Say what it is, once, and why. Whoever sent it does not say it."""
    refuse_to_decide(found, why=why, by=by)
    facts = {"verdict": verdict, "decided_at": clock.now(), "decided_by_id": by.id}
    name = "release" if verdict == Verdict.RELEASED else "confirm"
    record(session, found, name, by=by, version=version, note=why, details={"sha256": found.sha256}, facts=facts)


def refuse_to_decide(found: Quarantine, *, why: str, by: Actor) -> None:
    if not by.can(Can.EVIDENCE_JUDGE):
        raise NotPermitted("role_may_not", _("Your role may not do this: %(move)s", move=Can.EVIDENCE_JUDGE))
    if not why.strip():
        raise Invalid(FieldProblem("why", "missing", _("Enter how you came to see it so")))
    if found.sent_by_id is not None and found.sent_by_id == by.id:
        raise Refused("own_file", _("You sent this file; another person must say what it is"))
    if found.verdict is not None:
        raise Refused("decided_already", _("This was decided already"))


def stand_still(session: Session, sha256: str) -> None:
    """Until this transaction ends, nobody else gives these bytes a row, or takes them away.

    SQLite has one writer: there the first write says as much.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(int(sha256[:15], 16))))
