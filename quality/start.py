"""What stands before the first page of `make run`: tables of this version, and the demonstration in an empty database.

The second time both are there, and one look says so. It is taken with Python's own SQLite, and the web server begins
before all else is fetched: to import the program only to learn that nothing is to be done would double the time until
the first page.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from urllib.parse import quote

from quality.core.surroundings import CHECKOUT, DATABASE, LOG_FORMAT, everything_given
from quality.web.children import Running, divided_web, tally_folder, why_not

HOST = "127.0.0.1"
WORKERS = os.cpu_count() or 1
MINGCHA = [sys.executable, "-m", "quality.cli"]
SIGN_INS = [*MINGCHA, "demo", "accounts"]
LOADED = """SELECT (SELECT version_num FROM alembic_version), EXISTS (
    SELECT 1 FROM event WHERE subject_type = 'organisation' AND action = 'demonstration_loaded') AND NOT EXISTS (
    SELECT 1 FROM event WHERE subject_type = 'organisation' AND action = 'demonstration_clearing')"""


def main() -> None:
    """`python -m quality.start [PORT]`: the web server, if nothing must come before it; then who watches over it."""
    port = int(sys.argv[1]) if sys.argv[1:] else 8000
    given = everything_given()
    # what is shown of this run leads back to it, at whatever port it is
    os.environ["PUBLIC_URL"] = given.get("PUBLIC_URL", f"http://{HOST}:{port}")
    web = None
    if not is_ready(given.get("DATABASE_URL", DATABASE)):
        make_ready()
    elif not why_not(HOST, port):
        tally_folder()
        web = divided_web(HOST, port, WORKERS, given.get("LOG_FORMAT", LOG_FORMAT))
        wait_for(web, port)
    from quality.cli import main as mingcha  # noqa: PLC0415

    mingcha(["serve", "--host", HOST, "--port", str(port)], beside={"web": web, "once": SIGN_INS})


def wait_for(web: Running, port: int) -> None:
    """Until it is there, or gone: two that fetch at once make each other late, and where we are is true then."""
    try:
        while web.poll() is None and not is_open(port):
            time.sleep(0.05)
    except KeyboardInterrupt:  # the child ends with us
        sys.exit(128 + signal.SIGINT)


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((HOST, port)) == 0


def make_ready() -> None:
    """Or end with the exit status of the verb that could not do its part; it has said why."""
    for words in (["db", "upgrade"], ["demo", "load"]):
        if code := subprocess.run([*MINGCHA, *words], cwd=CHECKOUT, check=False).returncode:
            sys.exit(code)


def is_ready(database_url: str) -> bool:
    """Whether nothing is to be done. False also where it cannot be seen this way: the verbs look for themselves."""
    if not database_url.startswith("sqlite:///"):
        return False
    path = CHECKOUT / database_url.removeprefix("sqlite:///")
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            found = connection.execute(LOADED).fetchone()
    except sqlite3.Error:
        return False
    return bool(found == ((CHECKOUT / "migrations" / ".head").read_text().strip(), 1))


if __name__ == "__main__":
    main()
