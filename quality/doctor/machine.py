"""This machine: its clock, its room, its libraries, its folders."""

from __future__ import annotations

import resource
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from quality.core import clock
from quality.core.words import _
from quality.doctor.finding import Finding, fault, ok, warning
from quality.doctor.told import Told
from quality.documents.render import PACKAGES, missing_libraries
from quality.watch.figures import places_of
from quality.watch.readiness import can_be_written

GIB = 1024**3
LITTLE, VERY_LITTLE = 5 * GIB, GIB // 2  # bytes free
LARGEST_UPLOAD = 2 * GIB
FILES = 1024  # that a process may have open
BEFORE = 2026  # a clock that shows an earlier year was never set
PYTHON = (3, 11)
ANSWERS_WITHIN = 20  # seconds, for a browser on a cold disk


def look(told: Told) -> Iterator[Finding]:
    yield from python()
    yield from time()
    yield from libraries()
    yield from browser(told)
    yield from open_files()
    yield from folders(told)
    yield from room(told)


def python() -> Iterator[Finding]:
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        yield fault("python", _("This is Python %(here)s", here=here), _("Python 3.11 or newer is needed"))
    else:
        yield ok("python", _("This is Python %(here)s", here=here))


def time() -> Iterator[Finding]:
    now = clock.now()
    if now.year < BEFORE:
        said = _("The clock of this machine shows %(moment)s", moment=clock.rfc3339(now))
        yield fault("clock", said, _("Set it, and let it be kept: timedatectl set-ntp true"))
    else:
        yield ok("clock", _("The clock of this machine shows %(moment)s", moment=clock.rfc3339(now)))


def libraries() -> Iterator[Finding]:
    if absent := missing_libraries():
        said = _("No PDF can be made here: %(absent)s is missing", absent=", ".join(absent))
        yield fault("pdf", said, _("apt-get install %(packages)s", packages=PACKAGES))
    else:
        yield ok("pdf", _("All libraries and a Chinese font for PDFs are there"))


def browser(told: Told) -> Iterator[Finding]:
    if "CHROMIUM" in told.unusable:
        return  # named among the settings
    if told.settings.chromium is None:
        yield ok("browser", _("No listing is captured by itself: CHROMIUM is not set. People look, as before"))
        return
    try:
        said = subprocess.run(
            [told.settings.chromium, "--version"], capture_output=True, timeout=ANSWERS_WITHIN, check=True
        ).stdout.decode(errors="replace")
    except (OSError, subprocess.SubprocessError) as failed:
        text = _("The browser that captures listings does not start: %(why)s", why=type(failed).__name__)
        yield warning("browser", text, _("Run it by hand: %(path)s --version", path=str(told.settings.chromium)))
    else:
        yield ok("browser", _("The browser that captures listings starts: %(version)s", version=said.strip()))


def open_files() -> Iterator[Finding]:
    most, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= most < FILES:
        said = _("A process may have %(most)s files open", most=most)
        yield warning("open_files", said, _("Allow %(wanted)s: LimitNOFILE= of its unit, or ulimit -n", wanted=FILES))
    else:
        yield ok("open_files", _("A process may have %(most)s files open", most=most))


def folders(told: Told) -> Iterator[Finding]:
    for name in ("FRAMES_FOLDER", "ROOTS_FOLDER"):
        if name not in told.unusable:
            yield folder(name, getattr(told.settings, name.lower()))
    if told.settings.database_url.startswith("sqlite:///") and "DATABASE_URL" not in told.unusable:
        yield folder("DATABASE_URL", Path(told.settings.database_url.removeprefix("sqlite:///")).parent)


def folder(name: str, path: Path) -> Finding:
    here = str(path)
    if not path.is_dir():
        said = _("%(name)s: the folder %(path)s is not there", name=name, path=here)
        return fault(name, said, _("mkdir -p %(path)s, as the user that runs the program", path=here))
    if not can_be_written(path):
        said = _("%(name)s: the folder %(path)s cannot be written", name=name, path=here)
        return fault(name, said, _("Give it to the user that runs the program; is the disk mounted read-only?"))
    if stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH and opens_to_others(path):
        said = _("%(name)s: anybody on this machine may read %(path)s", name=name, path=here)
        return warning(name, said, _("chmod o-rwx %(path)s", path=here))
    return ok(name, _("%(name)s: %(path)s can be written", name=name, path=here))


def opens_to_others(path: Path) -> bool:
    """Whether everybody may pass through all folders that lead there."""
    return all(stat.S_IMODE(each.stat().st_mode) & stat.S_IXOTH for each in (path, *path.parents))


def room(told: Told) -> Iterator[Finding]:
    places = {name: path for name, path in places_of(told.settings).items() if path.is_dir()}
    for name, path in {**places, "TMPDIR": Path(tempfile.gettempdir())}.items():
        free = shutil.disk_usage(path).free
        said = _("%(free)s GiB are free for %(name)s (%(path)s)", free=f"{free / GIB:.1f}", name=name, path=str(path))
        if free < VERY_LITTLE:
            yield fault(f"room_{name}", said, _('Make room now: see docs/operations.md, "The disk is full"'))
        elif free < (LARGEST_UPLOAD if name == "TMPDIR" else LITTLE):
            yield warning(f"room_{name}", said, _("Give it more: a file of evidence may have 2 GiB"))
        else:
            yield ok(f"room_{name}", said)
