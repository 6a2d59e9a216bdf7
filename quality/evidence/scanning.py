"""Files before a virus scanner, where one is named (CLAMD_URL): at their arrival, or later if it was away then.

A scanner that is away refuses no evidence: a buyer in a stairwell cannot wait for it. The file is kept, says that it
was not scanned yet, and a job has it scanned. What is found later goes the way of what is found at once: to the
quarantine, with its record. The original is then handed to nobody until a person has said what it is.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.core import clock
from quality.core.db import insert_into
from quality.core.errors import Refused
from quality.core.words import _
from quality.core.workflow import begin
from quality.evidence.checks import INFECTED
from quality.evidence.clamd import Away, Outcome, Scanned, scanned
from quality.evidence.models import Holding, Quarantine, Scan, Verdict
from quality.evidence.quarantine import stand_still, standing_of
from quality.evidence.vault import Vault
from quality.people.actor import SYSTEM

AT_ARRIVAL, LATER = 30.0, 300.0  # seconds: somebody waits for the answer, or nobody
AT_ONCE = 100


class Told:
    """Where the scanner of this process is; None: there is none. Set when the program is made."""

    url: str | None = None


told = Told()


def use(url: str | None) -> None:
    told.url = url


def look_at_arrival(file: BinaryIO) -> Scanned | None:
    """None where no scanner is named; `WAITING` where it does not answer."""
    if told.url is None:
        return None
    try:
        return scanned(told.url, file, AT_ARRIVAL)
    except Away:
        return Scanned(Outcome.WAITING)


def note_scan(session: Session, sha256: str, scan: Scanned | None) -> None:
    """What was said of these bytes last. That they wait is said only where nothing is known yet."""
    if scan is None:
        return
    is_known = scan.outcome != Outcome.WAITING
    said = {"outcome": scan.outcome, "name": scan.name, "scanned_at": clock.now() if is_known else None}
    added = insert_into(session, Scan.__table__).values(sha256=sha256, asked_at=clock.now(), **said)
    if is_known:
        added = added.on_conflict_do_update(index_elements=["sha256"], set_=said)
    else:
        added = added.on_conflict_do_nothing()
    session.connection().execute(added)


def scans_of(session: Session, names: Collection[str]) -> dict[str, Scan]:
    """By sha256; nothing of files that came while no scanner was named."""
    asked = sa.select(Scan).where(Scan.sha256.in_(names))
    return {each.sha256: each for each in session.scalars(asked)} if names else {}


def scan_what_waits(sessions: sessionmaker[Session], vault: Vault, url: str | None) -> int:
    """Those that came while the scanner was away, the oldest first. How many it has looked at now."""
    if url is None:
        return 0
    looked = 0
    asked = sa.select(Scan.sha256).where(Scan.outcome == Outcome.WAITING).order_by(Scan.asked_at).limit(AT_ONCE)
    with sessions() as session:
        waiting = session.scalars(asked).all()
    for sha256 in waiting:
        try:
            with vault.open(sha256) as file:
                scan = scanned(url, file, LATER)
                if scan.outcome == Outcome.FOUND:
                    set_apart(sessions, vault, file, sha256, scan)
        except FileNotFoundError:  # let go of meanwhile
            forget(sessions, sha256)
            continue
        except Away:
            break
        with sessions.begin() as session:
            note_scan(session, sha256, scan)
        looked += 1
    return looked


def set_apart(sessions: sessionmaker[Session], vault: Vault, file: BinaryIO, sha256: str, scan: Scanned) -> None:
    """A file that is held already: each organisation that holds it gets a record, and somebody to judge it."""
    file.seek(0)
    vault.apart().put(file)
    with sessions() as session:
        holders = session.scalars(sa.select(Holding.organisation_id).where(Holding.sha256 == sha256)).all()
    for organisation_id in holders:
        with suppress(IntegrityError), sessions.begin() as session:  # it lies apart already
            stand_still(session, sha256)
            condemn_held(session, organisation_id, sha256, scan)


def condemn_held(session: Session, organisation_id: int, sha256: str, scan: Scanned) -> None:
    asked = sa.select(Holding).where(Holding.organisation_id == organisation_id, Holding.sha256 == sha256)
    held = session.scalars(asked).one()
    row = Quarantine(
        organisation_id=organisation_id,
        sha256=sha256,
        kind=held.kind,
        media_type=held.media_type,
        bytes=held.bytes,
        doubt=INFECTED.code,
        signature=scan.name,
        found_at=clock.now(),
        sent_by_id=held.sent_by_id,
    )
    said = {"sha256": sha256, "kind": held.kind, "doubt": INFECTED.code, "bytes": held.bytes}
    begin(session, row, by=SYSTEM, details=said)


def forget(sessions: sessionmaker[Session], sha256: str) -> None:
    with sessions.begin() as session:
        session.execute(sa.delete(Scan).where(Scan.sha256 == sha256))


def require_not_apart(session: Session, holding: Holding) -> None:
    """`Refused` for an original in which something was found after it came, until a person has released it."""
    found = standing_of(session, holding.organisation_id, holding.sha256)
    if found is not None and found.verdict != Verdict.RELEASED:
        text = _("A scanner found something in this file after it came; it is handed to nobody until it was judged")
        raise Refused("held_back", text)
