"""The two numbers by which a PDF is the report on this sample, looked for in its text."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO, NamedTuple

from quality.lab.models import Legible

PROGRAM = Path(__file__).with_name("pdf_text.py")
MOST_BYTES = 64 << 20  # a larger file is looked at by a person
MOST_SECONDS = 30  # a processor may be busy with others
PIECE = 1 << 20


class Look(NamedTuple):
    legible: Legible
    pages: int = 0
    has_report_no: bool = False
    has_blind_no: bool = False


def look_into(file: BinaryIO, report_no: str, blind_no: str) -> Look:
    """By a process of its own: who sends a PDF that takes all memory or time loses no more than that look.

    A blind number may be printed without its hyphens.
    """
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        while piece := file.read(PIECE):
            copy.write(piece)
            if copy.tell() > MOST_BYTES:
                return Look(Legible.TOO_MUCH)
        copy.seek(0)
        numbers = (report_no, blind_no, blind_no.replace("-", ""))
        command = [sys.executable, "-I", str(PROGRAM), *numbers]
        try:
            done = subprocess.run(command, stdin=copy, capture_output=True, timeout=MOST_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return Look(Legible.TOO_MUCH)
    if done.returncode != 0:  # no memory, no time, or a PDF that its reader falls over
        return Look(Legible.TOO_MUCH)
    said = json.loads(done.stdout)
    report, with_hyphens, without = said["found"]
    return Look(Legible(said["legible"]), said["pages"], report, with_hyphens or without)
