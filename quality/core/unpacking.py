"""Workbooks of strangers: unpacked under a bound, and read in a process whose memory and time are bounded.

A small workbook can unpack to any size, repeat one long text in a million cells, or span a million empty columns;
whoever reads it holds it all in memory at once, so that only a limit on the process is a limit.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from re import Pattern

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import Text, _

CHUNK = 1 << 20
DAMAGED = _("The file is damaged or cut off, and cannot be read to its end: export it again and send it anew")
MOST_PARTS = 2_000
RUN = """
import importlib, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
from pathlib import Path
getattr(importlib.import_module(sys.argv[3]), sys.argv[4])(*map(Path, sys.argv[5:]))
"""


def unpack(source: Path, target: Path, *, parts: Pattern[str], most: int, too_big: Text) -> None:
    """Copy the `parts` that make the table, stored, while their true size is counted: `most` bytes in all."""
    left = most
    try:
        with zipfile.ZipFile(source) as packed, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as copy:
            wanted = [part for part in packed.infolist() if parts.fullmatch(part.filename)]
            if len(wanted) > MOST_PARTS:
                raise that_is_too_big(too_big)
            for part in wanted:
                with packed.open(part) as read, copy.open(part.filename, "w", force_zip64=True) as written:
                    while chunk := read.read(CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise that_is_too_big(too_big)
                        written.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise damaged() from problem


def apart(function: str, *paths: Path, memory: int, seconds: int, most: int, too_big: Text) -> None:
    """Call a function, by module and name, in a process of bounded memory, time and files (`most` bytes each)."""
    told = [str(memory), str(most), *function.rsplit(".", 1), *map(str, paths)]
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN, *told], capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise that_is_too_big(too_big) from problem
    if done.returncode < 0 or any(limit in done.stderr for limit in ("MemoryError", "File too large")):
        raise that_is_too_big(too_big)
    if done.returncode:
        raise damaged()


def that_is_too_big(says: Text) -> Invalid:
    return Invalid(FieldProblem("file", "too_big", says))


def damaged() -> Invalid:
    """What a library says of it is left out: it is English, and tells whoever sent the file nothing to do."""
    return Invalid(FieldProblem("file", "unreadable", DAMAGED))
