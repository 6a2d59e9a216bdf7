"""What this installation makes pages from, as one short name: its code, templates, catalogue, and what it was told.

The same on every machine that runs the same; another after an upgrade. It fetches next to nothing, so that a server can
begin to read before it imports the rest (app.py).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from quality.core.surroundings import CHECKOUT

READ_FROM = ("quality", "templates")
KINDS = (".py", ".html", ".txt", ".mo", ".json", ".csv", ".css", ".js", ".svg")


def digest_of_files() -> bytes:
    """Of every file by its name and content. Some fifty milliseconds."""
    read = hashlib.blake2b(digest_size=16)
    for top in READ_FROM:
        for path in files_in(str(CHECKOUT / top)):
            read.update(f"{path.removeprefix(str(CHECKOUT))}\0".encode())
            read.update(hashlib.blake2b(Path(path).read_bytes(), digest_size=16).digest())
    return read.digest()


def files_in(folder: str) -> Iterator[str]:
    """In one order everywhere."""
    with os.scandir(folder) as found:
        for each in sorted(found, key=lambda entry: entry.name):
            if each.is_dir(follow_symlinks=False):
                yield from files_in(each.path)
            elif each.name.endswith(KINDS):
                yield each.path


@cache
def begun() -> Future[bytes]:
    """The reading of all files, beside whatever else this process does.

    Threads are not there in a child: a worker divided off in the middle of it would wait for ever. So dividing waits.
    """
    reader = ThreadPoolExecutor(1, "release")
    reading = reader.submit(digest_of_files)
    reader.shutdown(wait=False)
    os.register_at_fork(before=reading.exception)
    return reading


def release(*told: str) -> bytes:
    """32 bytes. `told` is what pages depend on beside the files; a secret among it keeps others from guessing."""
    return hashlib.blake2b("\0".join(told).encode(), key=begun().result(), digest_size=32).digest()
