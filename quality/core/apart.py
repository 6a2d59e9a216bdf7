"""A stranger's file is read by a program of its own, which may be lost without harm (lab/pdf_text.py)."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

PIECE = 1 << 20


def asked(program: Path, *words: str, file: BinaryIO, most_bytes: int, most_seconds: int) -> Any | None:
    """What `program` says of the file on its standard input, as JSON; None where it is larger than `most_bytes` (then
    nobody reads it), takes longer, or is one that the program falls over."""
    with tempfile.TemporaryFile() as copy:
        file.seek(0)
        while piece := file.read(PIECE):
            copy.write(piece)
            if copy.tell() > most_bytes:
                return None
        copy.seek(0)
        command = [sys.executable, "-I", str(program), *words]
        try:
            done = subprocess.run(command, stdin=copy, capture_output=True, timeout=most_seconds, check=False)
        except subprocess.TimeoutExpired:
            return None
    return json.loads(done.stdout) if done.returncode == 0 else None
