"""Uploaded frame files: big ones are looked at, and those that nobody confirmed are taken away by time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from quality.campaigns.frame.portrait import portray_one
from quality.campaigns.uploads import look_at_what_waits, throw_away_old


def look_at_big_uploads(frames: Path, now: datetime) -> None:
    """And, where none waits, look through a frame that nobody has looked through yet."""
    if not look_at_what_waits(frames, now):
        portray_one(frames)


def throw_away_old_uploads(frames: Path, now: datetime) -> None:
    throw_away_old(frames, now)
