"""A clamd of the tests' own: it knows one virus, the EICAR test file, and asks nobody on any network."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quality.evidence.clamd import Away, version

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"  # of eicar.org: harmless
NAME = "Eicar-Test.UNOFFICIAL"  # so clamd calls what is not of its makers
MOST = 3 * 1024 * 1024  # bytes that it takes


@contextmanager
def running_clamd() -> Iterator[str]:
    """Where it listens, as CLAMD_URL says it."""
    folder = Path(tempfile.mkdtemp(prefix="mingcha-clamd-"))
    (folder / "db").mkdir()
    (folder / "db" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    told = {"DatabaseDirectory": folder / "db", "LocalSocket": folder / "socket", "StreamMaxLength": MOST}
    told |= {"Foreground": "yes", "ConcurrentDatabaseReload": "no"}
    (folder / "conf").write_text("".join(f"{name} {value}\n" for name, value in told.items()))
    with (folder / "log").open("w") as log:
        start = ["setpriv", "--pdeathsig", "TERM", program(), "--config-file", str(folder / "conf")]
        process = subprocess.Popen(start, stdout=log, stderr=log, cwd=folder)
    try:
        wait_until_it_answers(f"unix://{folder}/socket", process, folder / "log")
        yield f"unix://{folder}/socket"
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _attempt in range(600):
        if process.poll() is not None:
            break
        try:
            assert version(url)
            return
        except Away:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"clamd did not start:\n{log.read_text()}")


def program() -> str:
    found = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if not found:
        raise RuntimeError("clamd is not installed; `make test` installs it")
    return found
