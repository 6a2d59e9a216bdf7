"""A big table is looked at by a job, which makes the table that is given back, and enters it if its sender said so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from quality.core import shelf
from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _, in_each_language
from quality.lab.workbook import uploads
from quality.lab.workbook.uploads import Upload, Word
from quality.people.actor import Actor
from quality.people.keys import who_still_works


def look_at_what_waits(sessions: sessionmaker[Session], place: Path, now: datetime, word: Word) -> int:
    """Look at each big table that nobody works on, and make what is given back; how many."""

    def look(folder: Path, asked: dict[str, Any]) -> None:
        with sessions() as session:
            found = _looked_at(session, folder, asked)
        if asked.get("confirm"):
            found = _entered_as_asked(sessions, found, asked)
        if found.count(*uploads.BAD):
            shelf.tell(folder, "writing", 0, found.rows)
            uploads.annotated(found, folder / f"annotated-{asked['language']}", asked["language"], word)

    return shelf.look_at_what_waits(place / uploads.FOLDER, now, look)


def _looked_at(session: Session, folder: Path, asked: dict[str, Any]) -> Upload:
    by = sender_of(session, *asked["by"])
    shelf.tell(folder, "reading")
    uploads.look_now(session, folder, asked, by=by, tell=lambda done, of: shelf.tell(folder, "judging", done, of))
    return uploads.find(folder.name.rpartition("-")[2], by=by, place=folder.parent.parent)


def _entered_as_asked(sessions: sessionmaker[Session], found: Upload, asked: dict[str, Any]) -> Upload:
    """Its sender confirmed it when they sent it. What keeps it from being entered is noted for them."""
    try:
        with sessions.begin() as session:
            by, only_good = sender_of(session, *asked["by"]), asked["confirm"] == "good"
            numbers = uploads.enter(session, found, by=by, only_good=only_good)
    except Invalid as wrong:
        said = [(each.field, each.code, in_each_language(each.text)) for each in wrong.problems]
        return uploads.note(found, not_entered=said)
    return uploads.note_entered(found, numbers)


def sender_of(session: Session, person: int, organisation: int, role: str, via: str = "") -> Actor:
    """Who sent it, if they, and the key that they sent it by, may still do so."""
    if actor := who_still_works(session, person, organisation, role, via):
        return actor
    text = _("Whoever sent this table does not work here any more")
    if via:
        text = _("The key that sent this table is not in force any more")
    raise Invalid(FieldProblem("file", "sender_left", text))
