"""The two numbers by which a PDF is the report on this sample, looked for in its text."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple

from quality.core.apart import asked
from quality.lab.models import Legible

PROGRAM = Path(__file__).with_name("pdf_text.py")
MOST_BYTES = 64 << 20  # a larger file is looked at by a person
MOST_SECONDS = 30  # a processor may be busy with others


class Look(NamedTuple):
    legible: Legible
    pages: int = 0
    has_report_no: bool = False
    has_blind_no: bool = False


def look_into(file: BinaryIO, report_no: str, blind_no: str) -> Look:
    """By a process of its own: who sends a PDF that takes all memory or time loses no more than that look.

    A blind number may be printed without its hyphens.
    """
    numbers = (report_no, blind_no, blind_no.replace("-", ""))
    said = asked(PROGRAM, *numbers, file=file, most_bytes=MOST_BYTES, most_seconds=MOST_SECONDS)
    if said is None:
        return Look(Legible.TOO_MUCH)
    report, with_hyphens, without = said["found"]
    return Look(Legible(said["legible"]), said["pages"], report, with_hyphens or without)
