"""Pages that a browser saved (HTML, MHTML): kept as they came, read as text, and shown to nobody as a page."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from quality.core.apart import asked
from quality.evidence.checks import LONGEST_TEXT

PROGRAM = Path(__file__).with_name("page_text.py")
MOST_SECONDS = 20


def text_of(file: BinaryIO) -> str | None:
    """Its title and what can be read there, at most 20,000 signs; None where it cannot be read."""
    said = asked(PROGRAM, file=file, most_bytes=LONGEST_TEXT, most_seconds=MOST_SECONDS)
    return None if said is None else f"{said['title']}\n\n{said['text']}\n"
