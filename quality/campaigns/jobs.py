"""Uploaded frame files: big ones are looked at, and those that nobody confirmed are taken away by time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.campaigns.frame.kept import BESIDE, beside, work_out_one
from quality.campaigns.frame.layered import DRAWN, LAYER
from quality.campaigns.frame.portrait import portray_one
from quality.campaigns.models import Campaign, FrameLayer
from quality.campaigns.uploads import look_at_what_waits, throw_away_old
from quality.core.shelf import KEPT, touched


def look_at_big_uploads(frames: Path, now: datetime) -> None:
    """And, where none waits, work out what is asked of a frame, or look through one that nobody looked through yet."""
    if not look_at_what_waits(frames, now) and not work_out_one(frames):
        portray_one(frames)


def throw_away_unused_layers(sessions: sessionmaker[Session], frames: Path, now: datetime) -> int:
    """Files of layers, and what was made of frames with them, that no campaign reads any more. Says how many.

    One of today may be on its way to its campaign.
    """
    old = [each for kind in (LAYER, DRAWN) for each in frames.glob(f"*{kind}") if touched(each) + KEPT <= now]
    if not old:
        return 0
    with sessions() as session:
        used = {f"{sha256}{LAYER}" for sha256 in session.scalars(sa.select(FrameLayer.sha256))}
        drawn_from = session.scalars(sa.select(Campaign.drawn_from).where(Campaign.drawn_from.is_not(None)))
        used |= {f"{sha256}{DRAWN}" for sha256 in drawn_from}
    unused = [each for each in old if each.name not in used]
    for each in unused:
        for file in (each, *(beside(each, what) for what in BESIDE)):
            file.unlink(missing_ok=True)
    return len(unused)


def throw_away_old_uploads(frames: Path, now: datetime) -> None:
    throw_away_old(frames, now)
