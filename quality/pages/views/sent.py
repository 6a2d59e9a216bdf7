"""A file that a party sent with its objection, for people of the agency: as a file to be saved, and nothing else."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from quality.core.db import db
from quality.core.errors import NotFound
from quality.evidence.media import ENDINGS
from quality.evidence.vault import vault_from
from quality.objections.queries import files_of, one_visible
from quality.people.access import me, needs, require_for
from quality.permissions import Can
from quality.web import settings

sent = Blueprint("sent", __name__, url_prefix="/desk/objection/<number>/sent")


@sent.get("/<int:file>")
@needs(Can.OBJECTION_READ, once_found=True)
def fetch(number: str, file: int) -> ResponseReturnValue:
    """Whatever its sender called it, a browser is told that it is bytes."""
    session = db.session()
    objection = one_visible(session, me, number)
    require_for(objection)
    found = next((each for each in files_of(session, objection) if each.id == file), None)
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
