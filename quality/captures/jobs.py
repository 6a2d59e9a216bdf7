"""Capture the page of each listing whose look is due, where its agency allows that host. Nothing is settled by it."""

from __future__ import annotations

import hashlib
import logging
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from quality.captures.browser import Failed, Page, capture
from quality.captures.models import LONGEST_TITLE, Capture, CaptureProblem, PageCapture
from quality.captures.proxy import Limits, Proxy, is_allowed
from quality.captures.queries import TRIES, hosts_of
from quality.captures.suggesting import suggest
from quality.clocks.models import Clock
from quality.core import clock as time
from quality.core.config import Settings
from quality.core.workflow import record
from quality.delivery.guard import parts_of
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import Vault, vault_from
from quality.notices.models import Practice
from quality.notices.queries import looks_due_of
from quality.notices.workflow import title_of
from quality.people.actor import SYSTEM, Actor
from quality.people.keys import program_of
from quality.people.models import Organisation
from quality.permissions import Role

log = logging.getLogger("mingcha.captures")
AHEAD = timedelta(days=1)  # a later look is due on the day at whose end its clock runs out
LEASE = timedelta(minutes=2)
MOST_BYTES = 20 * 1024 * 1024  # of a page with all that it brings
LOOKED_THROUGH, AT_ONCE = 1_000, 5
VIA = "capture"
END = 12  # bytes of the chunk with which a PNG ends


class Errand(NamedTuple):
    capture_id: int
    url: str
    limits: Limits


def capture_due_listings(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Returns how many were tried. Without a browser nothing is captured, and the program says so on its pages."""
    if settings.chromium is None:
        return 0
    with sessions() as session:
        waiting = [found for agency_id in agencies(session) for found in due(session, agency_id, settings)]
    tried = 0
    for item_id, clock_id, url, limits in waiting[:AT_ONCE]:
        if (capture_id := claim(sessions, item_id, clock_id)) is not None:
            make(sessions, settings.chromium, vault_from(settings.evidence_url), Errand(capture_id, url, limits))
            tried += 1
    return tried


def agencies(session: Session) -> list[int]:
    """Those that ever named a host."""
    return list(session.scalars(sa.select(Practice.agency_id).distinct().order_by(Practice.agency_id)))


def due(session: Session, agency_id: int, settings: Settings) -> list[tuple[int, int, str, Limits]]:
    """Listings on allowed hosts that wait for a look and were not captured for it, the first due first."""
    hosts, now = hosts_of(session, agency_id), time.now()
    if not hosts:
        return []
    limits = Limits(hosts, MOST_BYTES, settings.webhook_allow_private)
    done = sa.select(Capture.id).where(Capture.clock_id == Clock.id)
    done = done.where(sa.or_(Capture.made_at.is_not(None), Capture.claimed_until > now, Capture.tries >= TRIES))
    asked = looks_due_of(agency_id, now + AHEAD).where(~done.exists()).order_by(Clock.due_at, Clock.id)
    found = []
    for item, running in session.execute(asked.limit(LOOKED_THROUGH)):
        url = str(item.snapshot["listing"]["url"] or "")
        parts = parts_of(url)
        if parts is not None and is_allowed(parts.host, hosts):
            found.append((item.id, running.id, url, limits))
    return found


def claim(sessions: sessionmaker[Session], item_id: int, clock_id: int) -> int | None:
    """Take it for a while; None where somebody else has."""
    now = time.now()
    lease = {"claimed_until": now + LEASE}
    again = (
        sa.update(Capture)
        .where(Capture.clock_id == clock_id, Capture.made_at.is_(None), Capture.claimed_until <= now)
        .where(Capture.tries < TRIES)
        .values(tries=Capture.tries + 1, **lease)
        .returning(Capture.id)
    )
    try:
        with sessions.begin() as session:
            if (taken := session.scalars(again).one_or_none()) is not None:
                return taken
            new = Capture(item_id=item_id, clock_id=clock_id, tries=1, reasons=[], **lease)
            session.add(new)
            session.flush()
            return new.id
    except IntegrityError:
        return None


def make(sessions: sessionmaker[Session], chromium: Path, vault: Vault, errand: Errand) -> None:
    """The browser runs with no transaction open. A page that cannot be had is a finding too."""
    met = meet(chromium, errand.url, errand.limits)
    with sessions.begin() as session:
        kept = session.get_one(Capture, errand.capture_id)
        if isinstance(met, CaptureProblem):
            fail(kept, met)
        else:
            keep(session, vault, kept, met)


def meet(chromium: Path, url: str, limits: Limits) -> Page | CaptureProblem:
    """What a browser finds there, in bounded time and size; or why it finds nothing."""
    try:
        with Proxy(limits) as proxy:
            return capture(chromium, url, proxy)
    except Failed as failed:
        return failed.problem
    except (OSError, ValueError, KeyError):
        log.exception("not captured")
        return CaptureProblem.BROWSER


def fail(kept: Capture | PageCapture, problem: CaptureProblem) -> None:
    kept.problem, kept.claimed_until = problem, time.now()
    if problem is CaptureProblem.NOT_ALLOWED or kept.tries >= TRIES:
        kept.made_at = time.now()


def keep(session: Session, vault: Vault, kept: Capture, page: Page) -> None:
    """Picture and words become evidence of the notice, held by the agency's own program account."""
    item, now = kept.item, time.now()
    by = program(session, item.agency_id)
    picture, text = as_files(page, now)
    files = [take_in(session, vault, each, kind=EvidenceKind.CAPTURE, by=by).sha256 for each in (picture, text)]
    found = suggest(page.status, page.title, page.text, title_of(item))
    details = {"clock": kept.clock_id, "suggests": found.what, "sha256": files[0]}
    record(session, item.notice, "capture", by=by, part=item, details=details)
    for sha256 in files:
        attach(session, item.notice, sha256, EvidenceKind.CAPTURE, by=by, part=item)
    kept.made_at, kept.problem, kept.claimed_until = now, None, None
    kept.http_status, kept.address = page.status, page.address
    kept.title = page.title[:LONGEST_TITLE].replace("\0", "\ufffd")
    kept.suggests, kept.reasons = found.what, list(found.reasons)
    kept.sha256, kept.text_sha256 = files


def program(session: Session, agency_id: int) -> Actor:
    agency = session.get_one(Organisation, agency_id)
    return Actor.working_in(program_of(session, agency, Role.COORDINATOR, by=SYSTEM), VIA)


def as_files(page: Page, at: datetime) -> tuple[bytes, bytes]:
    """Its picture (PNG), and what stood there as text, which names the picture."""
    picture = stamped(page.picture, f"{page.address} HTTP {page.status} {at.isoformat()}")
    return picture, as_text(page, picture, at)


def stamped(png: bytes, says: str) -> bytes:
    """With where and when it was taken in the file itself: a page that has not changed makes another file each time."""
    body = b"tEXtComment\0" + says.encode("latin-1", "replace")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:-END] + chunk + png[-END:]


def as_text(page: Page, picture: bytes, at: datetime) -> bytes:
    """What a picture cannot show: where it ended, how it was answered, what could be read and what the picture is."""
    shown = hashlib.sha256(picture).hexdigest()
    head = f"{page.address}\nHTTP {page.status}\n{at.isoformat()}\nSHA-256 {shown}\n\n{page.title}\n\n"
    return f"{head}{page.text}\n".replace("\0", "\ufffd").encode(errors="replace")
