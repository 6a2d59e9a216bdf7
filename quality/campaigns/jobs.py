"""What time takes away: frame files that were uploaded, and that nobody confirmed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from quality.campaigns.uploads import throw_away_old


def throw_away_old_uploads(frames: Path, now: datetime) -> None:
    throw_away_old(frames, now)
