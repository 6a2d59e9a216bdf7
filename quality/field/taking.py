"""A whole upload of a program is taken in as evidence; what is wrong with it is kept for its sender to ask."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from quality.core.errors import FieldProblem, Invalid
from quality.core.words import _, in_each_language
from quality.evidence.operations import take_in
from quality.evidence.parts import PartStore
from quality.evidence.said import Said
from quality.evidence.vault import Vault
from quality.field.models import Upload
from quality.field.uploads import joined, let_go
from quality.people.actor import Actor


def take_in_plain(
    sessions: sessionmaker[Session], vault: Vault, store: PartStore, upload_id: int, *, by: Actor
) -> None:
    """Once; who comes second finds it done. Where the store does not answer, a job tries again."""
    problems: list[dict[str, Any]] = []
    try:
        with sessions.begin() as session:
            upload = session.get_one(Upload, upload_id)
            if upload.sha256 or upload.problems or upload.whole_at is None:
                return
            with joined(session, store, upload) as file:
                said = Said(sha256=upload.said_sha256)
                taken = take_in(session, vault, file, kind=upload.kind or "", by=by, said=said).sha256
    except Invalid as wrong:
        taken, problems = None, kept(wrong.problems)
    except FileNotFoundError:
        taken, problems = None, kept([FieldProblem("file", "lost", _("Its bytes are lost on our side; send it again"))])
    with sessions.begin() as session:
        told = sa.update(Upload).where(Upload.id == upload_id)
        session.execute(told.values(sha256=taken, problems=problems or None, next_try_at=None))
        names = let_go(session, session.get_one(Upload, upload_id))
    store.drop(names)


def kept(problems: Any) -> list[dict[str, Any]]:
    """What is wrong, in each language: its sender asks later."""
    return [{"field": p.field, "code": p.code, **in_each_language(p.text)} for p in problems]
