"""Documents that were asked for are printed, kept in the vault and recorded, with no transaction open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import insert_into
from quality.core.ending import TOLD_TO_END
from quality.core.errors import Refused
from quality.core.workflow import COUNTS_UP, record
from quality.documents.models import Document, SigningCertificate
from quality.documents.press import Paper, Press, paper_of
from quality.documents.signing import Key
from quality.people.actor import SYSTEM

AT_ONCE = 20  # a tick of two seconds prints a few; the rest waits for the next
WAITS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1)]  # to print, and after one that failed


def make_documents(sessions: sessionmaker[Session], press: Press, now: datetime) -> int:
    """Print what is due; returns how many."""
    with sessions() as session:
        due = sa.select(Document.id).where(is_due(now))
        waiting = session.scalars(due.order_by(Document.next_try_at, Document.id).limit(AT_ONCE)).all()
    return one_by_one(lambda document_id: make_one(sessions, press, document_id, now), waiting)


def make_at_once(sessions: sessionmaker[Session], press: Press) -> int:
    """Print what anybody has asked for and nobody has finished: for who will not wait, and may be killed at any step.

    Nothing is claimed. If somebody else prints it too, both print the same bytes, and one of them records it.
    """
    with sessions() as session:
        asked = sa.select(Document.id).where(Document.sha256.is_(None), Document.withdrawn_at.is_(None))
        waiting = session.scalars(asked.order_by(Document.id).limit(AT_ONCE)).all()
    return one_by_one(lambda document_id: make_unclaimed(sessions, press, document_id), waiting)


def make_unclaimed(sessions: sessionmaker[Session], press: Press, document_id: int) -> bool:
    with sessions() as session:
        document = session.get_one(Document, document_id)
        seen = document.version, paper_of(document)
    return print_and_record(sessions, press, document_id, seen)


def one_by_one(deed: Callable[[int], bool], keys: Sequence[int]) -> int:
    """Do it for each; returns for how many it was done. One that fails stops no other, and is raised at the end.

    In a process that is told to end, the rest is left to whoever comes next: nobody has claimed it yet.
    """
    done, failed = 0, None
    for key in keys:
        if TOLD_TO_END.is_set():
            break
        try:
            done += deed(key)
        except Exception as problem:
            problem.add_note(f"id {key}")
            failed = failed or problem
    if failed:
        raise failed
    return done


def is_due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(Document.sha256.is_(None), Document.withdrawn_at.is_(None), Document.next_try_at <= now)


def make_one(sessions: sessionmaker[Session], press: Press, document_id: int, now: datetime) -> bool:
    """Claim, print, keep, record. Who dies in between leaves a document that is due again after its wait.

    Two that print the same one all the same print the same bytes, which the vault keeps once and one of them records.
    """
    with sessions.begin() as session:
        claimed = claim(session, document_id, now)
    return claimed is not None and print_and_record(sessions, press, document_id, claimed)


def print_and_record(
    sessions: sessionmaker[Session],
    press: Press,
    document_id: int,
    seen: tuple[int, Paper],
    then: Callable[[Session], object] = lambda _session: None,
) -> bool:
    """Print it as it was seen; False if another recorded it meanwhile, or it was withdrawn.

    `then` is done in the transaction that records it, or not at all.
    """
    version, paper = seen
    pdf, key = press.printed(paper)
    kept, signed = press.vault.put(pdf), {"signed_with": key.fingerprint} if key else {}
    try:
        with sessions.begin() as session:
            details = {"sha256": kept.sha256, "bytes": kept.bytes} | signed
            facts = details | {"made_at": clock.now()}
            document = session.get_one(Document, document_id)
            record(session, document, "made", by=SYSTEM, version=version, facts=facts, details=details)
            if key:
                keep_certificate(session, document.agency_id, key)
            then(session)
    except Refused:
        return False
    return True


def keep_certificate(session: Session, agency_id: int, key: Key) -> None:
    row = insert_into(session, SigningCertificate).values(
        fingerprint=key.fingerprint, agency_id=agency_id, pem=key.pem, first_used_at=clock.now()
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["fingerprint"]))


def claim(session: Session, document_id: int, now: datetime) -> tuple[int, Paper] | None:
    """Take the printing of this document for ourselves, or None because it is another's or done."""
    document = session.get_one(Document, document_id)
    wait = WAITS[min(document.tries, len(WAITS) - 1)]
    taken = session.scalars(
        sa.update(Document)
        .where(Document.id == document_id, is_due(now))
        .values(next_try_at=now + wait, tries=Document.tries + 1)
        .returning(Document.version)
        .execution_options(**{"synchronize_session": False, COUNTS_UP: True})  # who prints it, nobody reads
    ).one_or_none()
    return None if taken is None else (taken, paper_of(document))
