"""What an agency knows when it scores a frame: its findings, its complaints, its earlier frames."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from quality.campaigns.models import Frame
from quality.clocks.days import day_of
from quality.lab.models import Finding, FindingStatus, Report, Verdict
from quality.likeness.jobs import sought_by
from quality.people.actor import Actor, within
from quality.permissions import Can
from quality.purchases.models import Sample, Task
from quality.targeting.risk.complaints.listed import visible_to
from quality.targeting.risk.known import Concluded, Told
from quality.targeting.risk.models import Complaint
from quality.targeting.risk.scores import COMPLAINTS_FOR, FINDINGS_FOR
from quality.targeting.risk.scoring import Earlier

MOST_FRAMES = 24  # earlier ones, the last imported: each is read once
AT_ONCE = 500


def findings(session: Session, actor: Actor, now: datetime) -> Iterator[Concluded]:
    """Confirmed in the last three years, of the own agency and those below it; by what their labels said.

    What was concluded on its label alone was not tested: it makes a share of tested ones neither greater nor smaller.
    """
    if not actor.can(Can.FINDING_READ):
        return
    asked = (
        sa.select(Finding)
        .join(Finding.report)
        .where(
            within(Finding, actor),
            Report.laboratory_id != Report.agency_id,
            Finding.status == FindingStatus.CONFIRMED,
            Finding.confirmed_at >= now - timedelta(days=FINDINGS_FOR),
        )
    )
    with_listing = joinedload(Finding.sample).joinedload(Sample.task).joinedload(Task.drawn)
    last = 0
    while some := session.scalars(
        asked.where(Finding.id > last).order_by(Finding.id).limit(AT_ONCE).options(with_listing)
    ).all():
        yield from (Concluded(sought_by(each), each.verdict is Verdict.NONCONFORMING) for each in some)
        last = some[-1].id


def complaints(session: Session, actor: Actor, now: datetime) -> list[Told]:
    """Received in the last year."""
    columns = (Complaint.platform_id, Complaint.listing_id, Complaint.shop_id, Complaint.barcode)
    since = day_of(now) - timedelta(days=COMPLAINTS_FOR)
    own = visible_to(actor).with_only_columns(*columns)
    return [Told(*row) for row in session.execute(own.where(Complaint.received_on >= since))]


def earlier_frames(session: Session, agency_id: int, sha256: str, frames: Path) -> list[Earlier]:
    """Those that were imported before the frame of this sha256, and are still kept."""
    this = sa.select(Frame).where(Frame.agency_id == agency_id, Frame.sha256 == sha256)
    frame = session.scalars(this).one_or_none()
    if frame is None:
        return []
    asked = sa.select(Frame).where(Frame.agency_id == agency_id, Frame.id < frame.id)
    before = session.scalars(asked.order_by(Frame.id.desc()).limit(MOST_FRAMES)).all()
    found = [Earlier(frames / f"{each.sha256}.parquet", (frame.imported_at - each.imported_at).days) for each in before]
    return [each for each in found if each.path.is_file()]
