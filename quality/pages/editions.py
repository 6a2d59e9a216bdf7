"""The editions of a notice on its page: what each changed and why, who stands for it, and which one is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flask import url_for
from sqlalchemy.orm import Session

from quality.core.words import Text, _
from quality.documents.models import Document, Language
from quality.documents.queries import documents_for
from quality.documents.readers import reader_of
from quality.notices.editions import as_changes, editions_of, editions_since
from quality.notices.models import EditionKind, Notice, NoticeEdition
from quality.pages.moments import language_now
from quality.pages.reviewing import Difference, difference
from quality.pages.words import Tone, word
from quality.people.actor import Actor
from quality.permissions import Sees


class Edition(NamedTuple):
    number: int
    kind: Text
    tone: Tone
    stands: Text  # in force, superseded, waiting
    at: datetime | None  # issued
    reason: str
    differences: list[Difference]
    by: list[Text]  # who drafted and who approved; nothing of it to a platform
    paper: str | None  # the address of its PDF
    preview: str | None  # of one that is not issued


def editions(session: Session, notice: Notice, me: Actor) -> list[Edition]:
    """The newest first; none where there is only the original. What is not issued yet, the agency alone sees."""
    is_theirs = me.sees is Sees.PLATFORM
    found = editions_of(session, notice, issued_only=is_theirs)
    if len(found) <= 1:
        return []
    there = documents_for(session, [("notice", notice.id)], reader_of(me.sees))
    made = {each.code: each for each in there if fits(each)}
    return [shown(notice, each, made.get(each.code or ""), names=not is_theirs) for each in found]


def fits(document: Document) -> bool:
    """Made, and in the reader's language."""
    return document.sha256 is not None and document.language == Language(language_now())


def since(session: Session, read: Mapping[Notice, int]) -> list[tuple[Notice, list[Edition]]]:
    """What changed on each notice after the edition that was read. For who may see them."""
    found = editions_since(session, {notice.id: edition for notice, edition in read.items()})
    return [(notice, [shown(notice, each, None, names=False) for each in found.get(notice.id, [])]) for notice in read]


def shown(notice: Notice, edition: NoticeEdition, document: Document | None, *, names: bool) -> Edition:
    tone, stands = standing(notice, edition)
    number = notice.number or notice.reference
    paper = preview = None
    if document:
        paper = url_for(
            "papers.fetch", kind="notice", number=number, code=document.code, language=document.language.value
        )
    if edition.issued_at is None and edition.kind is not EditionKind.WITHDRAWAL:
        preview = url_for("drafts.preview", number=number, edition=edition.edition)
    return Edition(
        edition.edition,
        word("edition_kind", edition.kind),
        tone,
        stands,
        edition.issued_at,
        edition.reason,
        [difference("draft", each, in_words) for each in as_changes(edition.changed)],
        who(edition) if names else [],
        paper,
        preview,
    )


def standing(notice: Notice, edition: NoticeEdition) -> tuple[Tone, Text]:
    if edition.issued_at is None:
        return Tone.WAIT, _("Approved, being issued") if edition.approved_at else _("Waits for approval")
    if edition.kind is EditionKind.WITHDRAWAL:
        return Tone.VOID, _("Ends the notice")
    if edition.edition == notice.edition:
        return Tone.OK, _("The latest")
    return Tone.VOID, _("Superseded")


def who(edition: NoticeEdition) -> list[Text]:
    found: list[Text] = [_("drafted by %(name)s", name=edition.drafted_by.name)]
    if edition.approved_by:
        found.append(_("approved by %(name)s", name=edition.approved_by.name))
    return found


def in_words(field: str, value: str | None) -> Text:
    """A value of a notice (notices/versions.py) as people read it."""
    if value is None or value == "":
        return "—"
    codes = {"kind": "notice_kind", "measure": "measure"}
    return word(codes[field], value) if field in codes else value
