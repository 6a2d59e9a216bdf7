"""Capture the page of a listing for its task: where somebody asked for it, and by itself once a buyer is assigned."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.captures.browser import Page
from quality.captures.jobs import AT_ONCE, LEASE, LOOKED_THROUGH, MOST_BYTES, agencies, as_files, fail, meet, program
from quality.captures.models import LONGEST_TITLE, CaptureProblem, PageCapture
from quality.captures.pages import url_of
from quality.captures.proxy import Limits, is_allowed
from quality.captures.queries import hosts_of
from quality.core import clock
from quality.core.config import Settings
from quality.core.workflow import record
from quality.delivery.guard import parts_of
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import Vault, vault_from
from quality.purchases.models import Task, TaskStatus


def capture_pages_of_tasks(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Returns how many were tried. Without a browser none is."""
    if settings.chromium is None:
        return 0
    with sessions() as session:
        for agency_id in agencies(session):
            ask_for_assigned(sessions, session, agency_id)
    tried = 0
    for key in due(sessions):
        if claim(sessions, key):
            make(sessions, settings.chromium, vault_from(settings.evidence_url), key, settings.webhook_allow_private)
            tried += 1
    return tried


def ask_for_assigned(sessions: sessionmaker[Session], session: Session, agency_id: int) -> None:
    """Once for each task that has a buyer and no capture yet, at a host that its agency names."""
    hosts = hosts_of(session, agency_id)
    if not hosts:
        return
    there = sa.exists().where(PageCapture.task_id == Task.id)
    asked = sa.select(Task).where(Task.agency_id == agency_id, Task.status == TaskStatus.ASSIGNED, ~there)
    for task in session.scalars(asked.options(joinedload(Task.drawn)).order_by(Task.id.desc()).limit(LOOKED_THROUGH)):
        parts = parts_of(url_of(task))
        if parts is not None and is_allowed(parts.host, hosts):
            try:
                with sessions.begin() as own:
                    own.add(PageCapture(task_id=task.id, asked_at=clock.now(), tries=0))
            except IntegrityError:  # somebody asked for it meanwhile
                continue


def due(sessions: sessionmaker[Session]) -> list[int]:
    free = sa.or_(PageCapture.claimed_until.is_(None), PageCapture.claimed_until <= clock.now())
    asked = sa.select(PageCapture.id).where(PageCapture.made_at.is_(None), free)
    with sessions() as session:
        return list(session.scalars(asked.order_by(PageCapture.id).limit(AT_ONCE)))


def claim(sessions: sessionmaker[Session], key: int) -> bool:
    now = clock.now()
    free = sa.or_(PageCapture.claimed_until.is_(None), PageCapture.claimed_until <= now)
    taken = (
        sa.update(PageCapture)
        .where(PageCapture.id == key, PageCapture.made_at.is_(None), free)
        .values(tries=PageCapture.tries + 1, claimed_until=now + LEASE)
    )
    with sessions.begin() as session:
        return session.scalars(taken.returning(PageCapture.id)).one_or_none() is not None


def make(sessions: sessionmaker[Session], chromium: Path, vault: Vault, key: int, allow_private: bool) -> None:
    """The browser runs with no transaction open. What the agency names now counts, not when it was asked."""
    with sessions() as session:
        task = session.get_one(PageCapture, key).task
        url, limits = url_of(task), Limits(hosts_of(session, task.agency_id), MOST_BYTES, allow_private)
    met = meet(chromium, url, limits)
    with sessions.begin() as session:
        kept = session.get_one(PageCapture, key)
        if isinstance(met, CaptureProblem):
            fail(kept, met)
        else:
            keep(session, vault, kept, met)


def keep(session: Session, vault: Vault, kept: PageCapture, page: Page) -> None:
    """Picture and words become evidence of the task, held by the agency's own program account."""
    task, now = kept.task, clock.now()
    by = program(session, task.agency_id)
    files = [take_in(session, vault, each, kind=EvidenceKind.CAPTURE, by=by).sha256 for each in as_files(page, now)]
    record(session, task, "capture", by=by, details={"sha256": files[0], "address": page.address})
    for sha256 in files:
        attach(session, task, sha256, EvidenceKind.CAPTURE, by=by)
    kept.made_at, kept.problem, kept.claimed_until = now, None, None
    kept.http_status, kept.address = page.status, page.address
    kept.title = page.title[:LONGEST_TITLE].replace("\0", "\ufffd")
    kept.text = page.text.replace("\0", "\ufffd").encode(errors="replace").decode()
    kept.sha256, kept.text_sha256 = files
