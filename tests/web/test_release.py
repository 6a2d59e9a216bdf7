"""What a server is made of is read beside its start, and every process that it divides into knows it."""

from __future__ import annotations

import subprocess
import sys

from quality.core.surroundings import CHECKOUT
from quality.web.release import begun, digest_of_files, release

DIVIDES_MEANWHILE = """
import os, threading
from quality.web import release

divided = threading.Event()
read = release.digest_of_files
def slowly():
    divided.wait(1)  # a slow disk: whoever divides comes first, if it does not wait
    return read()
release.digest_of_files = slowly
release.begun()
child = os.fork()
divided.set()
if child == 0:
    os.write(1, release.release("told").hex().encode())
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def test_a_worker_that_is_divided_off_while_files_are_read_knows_what_it_is_made_of() -> None:
    command = [sys.executable, "-c", DIVIDES_MEANWHILE]
    said = subprocess.run(command, cwd=CHECKOUT, capture_output=True, timeout=60, check=True)
    assert said.stdout.decode() == release("told").hex(), said.stderr.decode()


def test_it_is_read_once_and_told_apart_by_what_was_told() -> None:
    assert begun() is begun()
    assert begun().result() == digest_of_files()
    assert release("a", "b") != release("a", "c")
    assert release("a") == release("a")
