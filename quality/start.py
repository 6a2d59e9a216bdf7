"""What stands before the first page of `make run`: tables of this version, and the demonstration in an empty database.

The second time both are there, and one look says so. It is taken with Python's own SQLite: to import the program only
to learn that nothing is to be done would double the time until the first page.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from urllib.parse import quote

from quality.core.config import CHECKOUT, Settings
from quality.web.serve import serve

MINGCHA = [sys.executable, "-m", "quality.cli"]
SIGN_INS = [*MINGCHA, "demo", "accounts"]
LOADED = """SELECT (SELECT version_num FROM alembic_version), EXISTS (
    SELECT 1 FROM event WHERE subject_type = 'organisation' AND action = 'demonstration_loaded') AND NOT EXISTS (
    SELECT 1 FROM event WHERE subject_type = 'organisation' AND action = 'demonstration_clearing')"""


def start(port: int) -> int:
    """Make ready and serve. The exit status."""
    if code := make_ready():
        return code
    serve("127.0.0.1", port, workers=os.cpu_count() or 1, jobs=True, once=SIGN_INS)
    return 0


def make_ready() -> int:
    """0, or the exit status of the verb that could not do its part; it has said why."""
    if is_ready(Settings.read().database_url):
        return 0
    for words in (["db", "upgrade"], ["demo", "load"]):
        if code := subprocess.run([*MINGCHA, *words], cwd=CHECKOUT, check=False).returncode:
            return code
    return 0


def is_ready(database_url: str) -> bool:
    """Whether nothing is to be done. False also where it cannot be seen this way: the verbs look for themselves."""
    if not database_url.startswith("sqlite:///"):
        return False
    path = database_url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True)) as connection:
            found = connection.execute(LOADED).fetchone()
    except sqlite3.Error:
        return False
    return bool(found == ((CHECKOUT / "migrations" / ".head").read_text().strip(), 1))
