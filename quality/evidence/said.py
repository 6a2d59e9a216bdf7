"""What a sender says of a file beside the file itself: a phone says it of what it took, a form says nothing.

It is kept as it was said and believed in nothing; `findings.py` sets it beside what the server found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

SHA256 = re.compile(r"[0-9a-f]{64}")
FARTHEST_ZONE = 24 * 60  # minutes: what is farther from Greenwich is no zone (RFC 3339, 5.6)


class Source(StrEnum):
    """Where the phone says that it has the file from."""

    CAMERA = "camera"
    GALLERY = "gallery"
    SCREEN = "screen"


class Said(NamedTuple):
    """What the sender says. None where nothing is said."""

    sha256: str | None = None  # of the file, in hex, computed where it was taken
    taken_at: datetime | None = None
    phone_now: datetime | None = None  # what the phone's clock showed when it sent this
    zone_minutes: int | None = None  # of the phone, east of Greenwich: 480 in Beijing
    source: Source | None = None


UNSAID = Said()


def heard(told: Mapping[str, Any]) -> Said:
    """What a program says in JSON: moments as RFC 3339. What makes no sense counts as unsaid, for the file is whole."""
    sha256, zone, source = told.get("sha256"), told.get("zone_minutes"), told.get("source")
    is_zone = isinstance(zone, int) and not isinstance(zone, bool) and abs(zone) < FARTHEST_ZONE
    return Said(
        sha256=sha256.lower() if isinstance(sha256, str) and SHA256.fullmatch(sha256.lower()) else None,
        taken_at=moment_in(told.get("taken_at")),
        phone_now=moment_in(told.get("phone_now")),
        zone_minutes=zone if is_zone else None,
        source=Source(source) if source in list(Source) else None,
    )


def moment_in(told: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told)
        return moment if moment.utcoffset() is not None and moment.astimezone() else None
    except (TypeError, ValueError, OverflowError):
        return None
