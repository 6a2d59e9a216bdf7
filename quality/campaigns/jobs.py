"""Uploaded frame files: big ones are looked at, and those that nobody confirmed are taken away by time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from quality.campaigns.uploads import look_at_what_waits, throw_away_old


def look_at_big_uploads(frames: Path, now: datetime) -> None:
    look_at_what_waits(frames, now)


def throw_away_old_uploads(frames: Path, now: datetime) -> None:
    throw_away_old(frames, now)
