"""Looks through the frames for what is like a tested listing: each finding once in each frame, when either is new."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, sessionmaker

from quality.campaigns.operations import known_platforms
from quality.core.db import insert_into
from quality.core.errors import Invalid
from quality.lab.models import Finding
from quality.likeness.frames import Found, Sought, look_through
from quality.likeness.matching import keys_of
from quality.likeness.models import Alike, LookedThrough
from quality.likeness.queries import not_looked_through
from quality.purchases.models import Sample, Task

log = logging.getLogger("mingcha.likeness")


def look_for_alike(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """How many looks were made: one of a finding in a frame. All findings that a frame waits for are asked at once.

    Of two processes that look at the same, the second finds that the first has written it down. A frame that cannot
    be read is told in the log, and keeps no other waiting.
    """
    with sessions() as session:
        waiting: dict[str, list[int]] = {}
        for finding, frame in session.execute(not_looked_through().order_by(Finding.id)):
            waiting.setdefault(str(frame), []).append(finding)
        platforms = known_platforms(session) if waiting else {}
    return sum(
        look_in(sessions, frames, frame, findings, platforms=platforms, now=now) for frame, findings in waiting.items()
    )


def look_in(
    sessions: sessionmaker[Session],
    frames: Path,
    frame: str,
    findings: Sequence[int],
    *,
    platforms: Mapping[str, int],
    now: datetime,
) -> int:
    with sessions() as session:
        sought = [sought_by(finding) for finding in tested(session, findings)]
    try:
        seen = look_through(frames / f"{frame}.parquet", sought, platforms)
    except Invalid as problem:
        log.warning("frame %s was not looked through: %s", frame, problem)
        return 0
    by_finding: dict[int, list[Found]] = {finding: [] for finding in findings}
    for each in seen.found:
        by_finding[each.finding].append(each)
    made = 0
    for finding, found in by_finding.items():
        try:
            with sessions.begin() as session:
                looked = LookedThrough(finding_id=finding, frame_sha256=frame, at=now)
                looked.found, looked.left_out = len(found), seen.left_out.get(finding, 0)
                keep(session, looked, found)
            made += 1
        except IntegrityError:
            continue  # another process was quicker
    return made


def tested(session: Session, findings: Sequence[int]) -> Sequence[Finding]:
    asked = sa.select(Finding).where(Finding.id.in_(findings)).order_by(Finding.id)
    return session.scalars(
        asked.options(joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn))
    ).all()


def sought_by(finding: Finding) -> Sought:
    """What its label said, and where that said nothing, what the listing did."""
    sample = finding.sample
    drawn = sample.purchase.drawn
    label = {name: getattr(sample, name) for name in ("barcode", "brand", "model", "producer_name")}
    said = drawn.listing | {name: text for name, text in label.items() if text}
    return Sought(finding.id, drawn.listing_id, keys_of(said, drawn.platform_id))


def keep(session: Session, looked: LookedThrough, found: Sequence[Found]) -> None:
    """In one transaction what was found and that it was looked for. What an earlier frame brought stays as it is."""
    session.add(looked)
    agency_id = session.get_one(Finding, looked.finding_id).agency_id
    rows = [
        {
            "version": 1,
            "agency_id": agency_id,
            "finding_id": looked.finding_id,
            "platform_id": each.platform,
            "listing_id": each.listing["listing_id"],
            "kind": each.match.kind,
            "sure": each.match.sure,
            "why": [*each.match.why],
            "listing": each.listing,
            "frame_sha256": looked.frame_sha256,
            "found_at": looked.at,
            "reason": "",
        }
        for each in found
    ]
    if rows:
        session.execute(insert_into(session, Alike).on_conflict_do_nothing(), rows)
