"""`mingcha capture URL`: one page as a browser of ours meets it now, in the bounds of the job, as two files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quality.captures.jobs import MOST_BYTES, as_files, meet
from quality.captures.models import CaptureProblem
from quality.captures.proxy import Limits
from quality.captures.words import WORDS
from quality.core import clock
from quality.core.clock import rfc3339
from quality.core.config import Settings
from quality.core.errors import FieldProblem, Invalid, Refused
from quality.core.words import _
from quality.delivery.guard import parts_of, problems_with


def capture_into(folder: Path, url: str, hosts: Sequence[str], settings: Settings) -> dict[str, Any]:
    """Both files lie in `folder`, each named by its sha256. Only the page's own host and `hosts` are gone to, at public
    addresses. `Invalid` where `url` is none, `Refused` where nothing was captured.
    """
    allow_private = settings.webhook_allow_private
    if problems := problems_with(url, allow_private=allow_private):
        raise Invalid(*problems)
    parts = parts_of(url)
    assert parts is not None, "it has no problems"
    if settings.chromium is None:
        raise Refused("no_browser", _("No browser is named: set CHROMIUM to the Chromium of this machine"))
    met = meet(settings.chromium, url, Limits([parts.host, *hosts], MOST_BYTES, allow_private))
    if isinstance(met, CaptureProblem):
        raise Refused(met.value, _("Not captured: %(why)s", why=WORDS["capture_problem"][met.value]))
    now = clock.now()
    files = dict(zip(("picture", "text"), as_files(met, now), strict=True))
    return {
        "url": url,
        "address": met.address,
        "http_status": met.status,
        "title": met.title,
        "captured_at": rfc3339(now),
        **{name: kept(folder, data, {"picture": "png", "text": "txt"}[name]) for name, data in files.items()},
    }


def kept(folder: Path, data: bytes, ending: str) -> dict[str, str]:
    sha256 = hashlib.sha256(data).hexdigest()
    place = folder / f"{sha256}.{ending}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    except OSError as failed:
        text = _("Cannot write into %(folder)s: %(why)s", folder=str(folder), why=failed.strerror or "")
        raise Invalid(FieldProblem("out", "not_written", text)) from failed
    return {"sha256": sha256, "file": str(place.resolve())}


def as_lines(told: dict[str, Any]) -> list[str]:
    lines = [f"{told['captured_at']} HTTP {told['http_status']} {told['address']}", told["title"]]
    return [*lines, *(f"sha256 {told[name]['sha256']}  {told[name]['file']}" for name in ("picture", "text"))]
