"""Pictures of the demonstration for who does not look at them: it has two thousand, and drawing them takes a third of
its loading."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from typing import Any

from PIL import Image

from quality.core.clock import BEIJING
from quality.demonstration.pictures import picture
from quality.evidence.models import EvidenceKind
from quality.evidence.traits import DATE_TIME_ORIGINAL, EXIF_IFD

DRAWN: set[tuple[Any, ...]] = set()  # what has been drawn as in life: one of each make


def quick_picture(kind: EvidenceKind, *seen: str, category: str = "", at: datetime | None = None) -> bytes:
    """Another for another, as in life, and taken when it was; a few pixels, but for the first of its make."""
    make = kind, len(seen), category, at is None
    if make not in DRAWN:
        DRAWN.add(make)
        return picture(kind, *seen, category=category, at=at)
    told = hashlib.sha256("\n".join((kind.value, *seen, category, str(at))).encode()).digest()
    image, exif, kept = Image.frombytes("RGB", (5, 2), told[:30]), Image.Exif(), io.BytesIO()
    if at:
        exif.get_ifd(EXIF_IFD)[DATE_TIME_ORIGINAL] = f"{at.astimezone(BEIJING):%Y:%m:%d %H:%M:%S}"
    image.resize((40, 16), Image.Resampling.NEAREST).save(kept, "JPEG", exif=exif)
    return kept.getvalue()
