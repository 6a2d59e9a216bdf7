"""Capsules that were asked for are made, and stamped by an authority that did not answer then.

What is to be done is asked of the rows. Who makes one has it for a quarter of an hour, by compare-and-set; two that
make the same one make the same bytes but for the stamp, and one of them records it. No transaction is open meanwhile.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.capsules.archive import Archive, Broken, Member, read
from quality.capsules.contents import contents
from quality.capsules.keys import Key, key_for, note_use, statements_of
from quality.capsules.making import Beside, Lost, Order, Wanted, pack, proved, require_bounds, stamped
from quality.capsules.models import Capsule, Stamping
from quality.capsules.page import page
from quality.capsules.shape import LONGEST, SIGNATURE, STAMP
from quality.capsules.stamping import NoStamp, ask, check_stamp
from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.config import Settings
from quality.core.errors import Refused, Unavailable
from quality.core.roots import folder_of
from quality.core.words import _
from quality.core.workflow import COUNTS_UP, record
from quality.evidence.jobs import discard
from quality.evidence.quarantine import stand_still
from quality.evidence.vault import Kept, Vault, vault_from
from quality.people.actor import SYSTEM

log = logging.getLogger("mingcha.capsules")
AT_ONCE = 10
MINE = timedelta(minutes=15)  # then another may think that we are dead
WAITS = [timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1)]  # after a try that came to nothing
SAY_EVERY = 1.0  # seconds between two words about how far it is
QUIETLY = {"synchronize_session": False, COUNTS_UP: True}
Stamper = Callable[[str, bytes], bytes]


def make_capsules(sessions: sessionmaker[Session], settings: Settings, now: datetime, stamper: Stamper = ask) -> int:
    """Make what is due, and stamp what waits for its stamp; returns how many were made or stamped."""
    due = sa.and_(Capsule.sha256.is_(None), Capsule.next_try_at <= now)
    late = sa.and_(Capsule.sha256.is_not(None), Capsule.stamping == Stamping.AWAITED, Capsule.next_try_at <= now)
    done = sum(make_one(sessions, settings, key, now, stamper) for key in keys_of(sessions, due))
    if settings.timestamp_url:
        done += sum(stamp_one(sessions, settings, key, now, stamper) for key in keys_of(sessions, late))
    return done


def keys_of(sessions: sessionmaker[Session], which: sa.ColumnElement[bool]) -> Sequence[int]:
    with sessions() as session:
        asked = sa.select(Capsule.id).where(which).order_by(Capsule.next_try_at, Capsule.id)
        return session.scalars(asked.limit(AT_ONCE)).all()


def claim(sessions: sessionmaker[Session], key: int, now: datetime) -> int | None:
    """The version that we claimed; None where another was first."""
    taking = sa.update(Capsule).where(Capsule.id == key, Capsule.next_try_at <= now)
    values = {"next_try_at": now + MINE, "tries": Capsule.tries + 1}
    with sessions.begin() as session:
        return session.scalars(
            taking.values(values).returning(Capsule.version), execution_options=QUIETLY
        ).one_or_none()


def make_one(sessions: sessionmaker[Session], settings: Settings, key: int, now: datetime, stamper: Stamper) -> bool:
    version = claim(sessions, key, now)
    if version is None:
        return False
    try:
        return made(sessions, settings, key, version, stamper)
    except (Lost, Refused) as problem:
        code = problem.code if isinstance(problem, Refused) else str(problem)
        log.warning("capsule %s was not made: %s", key, problem)
        wait_again(sessions, key, now, code)
        return False


def made(sessions: sessionmaker[Session], settings: Settings, key: int, version: int, stamper: Stamper) -> bool:
    vault = vault_from(settings.evidence_url)
    with sessions() as session:
        capsule = session.get_one(Capsule, key)
        found = contents(session, capsule.sample, capsule.variant)
        require_bounds(found)
        wanted = wanted_by(capsule, settings)
        signs = key_for(settings, capsule.agency.code)
        folder, statements = folder_of(session, settings.roots_folder), statements_of(session, settings)
    found = found._replace(chains=proved(folder, found.chains))
    order = Order(found, wanted, Beside(page(), statements), signs)
    with tempfile.TemporaryFile(prefix="capsule-") as file:
        say = saying(sessions, key, len(found.files))
        has_stamp = pack(file, order, vault, stamping(settings, stamper), say)
        file.seek(0)
        kept = vault.put(file)
        at = stamped_at(Archive(file)) if has_stamp else None
    stands = Stamping.THERE if has_stamp else Stamping.AWAITED if settings.timestamp_url else Stamping.NONE
    facts = {"signed_with": signs.fingerprint, "stamping": stands, "stamped_at": at, "made_at": clock.now()}
    details = {"signed_with": signs.fingerprint, "stamping": stands}
    return finish(sessions, vault, key, Outcome("made", version, kept, facts, details, signs))


def wanted_by(capsule: Capsule, settings: Settings) -> Wanted:
    agency = {"code": capsule.agency.code, "name": capsule.agency.name}
    return Wanted(
        capsule.sample.number,
        str(capsule.edition),
        capsule.variant.value,
        rfc3339(capsule.asked_at),
        agency,
        authority_in(settings),
    )


def authority_in(settings: Settings) -> str | None:
    """The host of TIMESTAMP_URL: a name and a password in it are nobody's business."""
    return urlsplit(settings.timestamp_url).hostname if settings.timestamp_url else None


def stamping(settings: Settings, stamper: Stamper) -> Callable[[bytes], bytes | None]:
    """The time stamp of these bytes, or None where there is no authority or it does not answer."""

    def stamp(signature: bytes) -> bytes | None:
        if settings.timestamp_url is None:
            return None
        try:
            return stamper(settings.timestamp_url, signature)
        except NoStamp as none:
            log.warning("the time-stamping authority gave no stamp: %s", none)
            return None

    return stamp


def stamped_at(archive: Archive) -> datetime:
    signature = read(archive, SIGNATURE, LONGEST[SIGNATURE])
    told = check_stamp(read(archive, STAMP, LONGEST[STAMP]), hashlib.sha256(signature).hexdigest(), ())
    return datetime.fromisoformat(told.at)


def saying(sessions: sessionmaker[Session], key: int, files: int) -> Callable[[int], None]:
    """How far it is, for who looks at the page: not more often than once a second."""
    last = 0.0

    def say(done: int) -> None:
        nonlocal last
        if done != files and time.monotonic() - last < SAY_EVERY:
            return
        last = time.monotonic()
        told = sa.update(Capsule).where(Capsule.id == key).values(done=done, files=files)
        with sessions.begin() as session:
            session.execute(told, execution_options=QUIETLY)

    return say


class Outcome(NamedTuple):
    action: str
    version: int  # that we claimed
    kept: Kept
    facts: dict[str, Any]
    details: dict[str, Any]
    signs: Key | None = None


def finish(sessions: sessionmaker[Session], vault: Vault, key: int, what: Outcome) -> bool:
    """Record it, unless another did meanwhile."""
    now, kept = clock.now(), what.kept
    try:
        with sessions.begin() as session:
            stand_still(session, kept.sha256)
            if vault.size(kept.sha256) != kept.bytes:  # the same bytes were let go a day ago, and went just now
                said = _("The store of evidence does not answer; try again in a moment")
                raise Unavailable("store_away", said, retry_after=10)
            capsule, told = session.get_one(Capsule, key), {"sha256": kept.sha256, "bytes": kept.bytes}
            before = capsule.sha256
            again = {"tries": 0, "next_try_at": now + WAITS[0], "problem": ""}
            changed, said = what.facts | told | again, what.details | told
            record(session, capsule, what.action, by=SYSTEM, version=what.version, facts=changed, details=said)
            if what.signs:
                note_use(session, capsule.agency_id, what.signs, now)
            if before and before != kept.sha256:
                discard(session, before, now)
    except Unavailable:
        raise
    except Refused:
        return False
    return True


def wait_again(sessions: sessionmaker[Session], key: int, now: datetime, problem: str) -> None:
    with sessions.begin() as session:
        tries = session.scalars(sa.select(Capsule.tries).where(Capsule.id == key)).one()
        wait = WAITS[min(tries, len(WAITS)) - 1]
        told = sa.update(Capsule).where(Capsule.id == key).values(next_try_at=now + wait, problem=problem[:300])
        session.execute(told, execution_options=QUIETLY)


# --- stamped later ---


def stamp_one(sessions: sessionmaker[Session], settings: Settings, key: int, now: datetime, stamper: Stamper) -> bool:
    version = claim(sessions, key, now)
    if version is None:
        return False
    vault = vault_from(settings.evidence_url)
    with sessions() as session:
        sha256 = session.get_one(Capsule, key).sha256
    assert sha256 and settings.timestamp_url
    try:
        with vault.open(sha256) as kept, tempfile.TemporaryFile(prefix="capsule-") as file:
            archive = Archive(kept)
            token = stamper(settings.timestamp_url, read(archive, SIGNATURE, LONGEST[SIGNATURE]))
            stamped(file, (Member(name, archive.pieces(name)) for name in archive.names()), token)
            file.seek(0)
            again = vault.put(file)
            at = stamped_at(Archive(file))
    except (NoStamp, Broken, FileNotFoundError) as none:
        log.warning("capsule %s was not stamped: %r", key, none)
        wait_again(sessions, key, now, "no_stamp")
        return False
    facts = {"stamping": Stamping.THERE, "stamped_at": at}
    return finish(sessions, vault, key, Outcome("stamped", version, again, facts, {"stamping": Stamping.THERE}))
