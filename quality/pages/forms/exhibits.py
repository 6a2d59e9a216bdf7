"""Files that prove something about a case: chosen or taken with the phone, hashed on arrival."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from quality.core.words import _
from quality.evidence.models import EvidenceKind
from quality.evidence.operations import attach, take_in
from quality.evidence.vault import vault_from
from quality.evidence.words import WORDS
from quality.pages.forms.fields import Choice, Files, Form
from quality.pages.forms.sheet import Sheet
from quality.people.actor import Actor
from quality.permissions import Can
from quality.web import settings


class Proof(Form):
    kind = Choice(_("What it shows"))
    file = Files(_("Files"), _("Pictures, films, PDF or text; the originals, not screenshots of them"))


def add(session: Session, case: Any, form: Any, me: Actor, _version: int) -> None:
    """Whoever adds needs not have seen the latest state: a file more changes nothing of it."""
    for sha256 in taken_in(session, form.file.data, form.kind.data, by=me):
        attach(session, case, sha256, form.kind.data, by=me)


def taken_in(session: Session, files: Sequence[FileStorage], kind: EvidenceKind | str, *, by: Actor) -> list[str]:
    """The sha256 of each file that came with a form, once it is kept."""
    vault = vault_from(settings().evidence_url)
    return [take_in(session, vault, cast(BinaryIO, each.stream), kind=kind, by=by).sha256 for each in files]


def evidence_sheet(kinds: Sequence[EvidenceKind], is_due: Any = lambda _case: True) -> Sheet:
    def made(_session: Session, _case: Any, _me: Actor) -> Proof:
        form = Proof()
        form.kind.offer({kind.value: WORDS[kind] for kind in kinds})
        return form

    return Sheet(made, add, label=_("Add evidence"), by=Can.EVIDENCE_ADD, is_due=is_due)
