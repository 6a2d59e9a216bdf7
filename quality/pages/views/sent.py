"""A file that a party sent with its objection or report, for people of the agency: to be saved, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import NotFound
from quality.corrections.queries import one_visible as one_correction
from quality.evidence.media import ENDINGS
from quality.evidence.vault import vault_from
from quality.objections.models import SentFile
from quality.objections.queries import files_of, one_visible
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.web import settings

sent = Blueprint("sent", __name__, url_prefix="/desk")


@sent.get("/objection/<number>/sent/<int:file>")
@needs(Can.OBJECTION_READ, once_found=True)
def fetch(number: str, file: int) -> ResponseReturnValue:
    session = db.session()
    objection = one_visible(session, me, number)
    require_for(objection)
    return saved(files_of(session, objection), file)


@sent.get("/correction/<number>/sent/<int:file>")
@needs(Can.CORRECTION_READ, once_found=True)
def fetch_reported(number: str, file: int) -> ResponseReturnValue:
    session = db.session()
    correction = one_correction(session, me, number)
    require_for(correction)
    return saved(files_of(session, *correction.reports), file)


def saved(files: Sequence[SentFile], file: int) -> ResponseReturnValue:
    """Whatever its sender called it, a browser is told that it is bytes."""
    found = next((each for each in files if each.id == file), None)
    if found is None:
        raise NotFound(str(file))
    try:
        opened = vault_from(settings().evidence_url).open(found.sha256)
    except FileNotFoundError:
        raise NotFound(str(file)) from None
    name = name_of(found.name or found.sha256[:12], found.media_type)
    answer = send_file(opened, "application/octet-stream", True, name, conditional=False, etag=found.sha256)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def name_of(called: str, media_type: str) -> str:
    """With the ending of what is in it: a text that a stranger calls x.bat would be run by who opens it."""
    ending = "." + ENDINGS.get(media_type, "bin")
    return called if called.lower().endswith(ending) else called + ending
