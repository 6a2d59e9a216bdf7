"""How much one request may bring: little from nobody in particular, a file from who is signed in.

What a request brings is never in memory as a whole: fields are bounded (`MAX_FORM_MEMORY_SIZE`, 500 kB), files lie on
the disk (TMPDIR) from the first half megabyte on.
"""

from __future__ import annotations

from flask import Flask, request

SMALL = 4 * 1024 * 1024  # bytes: any form of ours without a file
LARGEST_FILE = 2 * 1024 * 1024 * 1024  # bytes: a quarter of an hour of a telephone's video
A_FORM = 1024 * 1024  # bytes around the files of a form
WITH_FILES = LARGEST_FILE + A_FORM


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = SMALL


def let_files_in() -> None:
    """Whoever asks is known, and may send a file. To be said before anything is read."""
    request.max_content_length = WITH_FILES
